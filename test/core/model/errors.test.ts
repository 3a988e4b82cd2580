import { describe, expect, it } from 'vitest';
import {
  AppearedError,
  CallError,
  codeOf,
  effectOf,
  isTerminal,
  messageOf,
  TerminalError,
} from '../../../src/core/model/errors.js';

const call = (facts: Partial<ConstructorParameters<typeof CallError>[1]>): CallError =>
  new CallError('no', { terminal: false, effect: 'unknown', ...facts });

describe('a failure', () => {
  it.each<[string, unknown, { terminal: boolean; effect: 'none' | 'unknown'; message: string }]>([
    ['of a rule', new TerminalError('held'), { terminal: true, effect: 'none', message: 'held' }],
    ['of a call that may help later', call({}), { terminal: false, effect: 'unknown', message: 'no' }],
    [
      'of a call that never helps',
      call({ terminal: true, effect: 'none' }),
      { terminal: true, effect: 'none', message: 'no' },
    ],
    [
      'of credentials',
      call({ terminal: true, isTenantWide: true }),
      { terminal: false, effect: 'unknown', message: 'no' },
    ],
    ['before the call', new AppearedError('new'), { terminal: false, effect: 'none', message: 'new' }],
    ['without a message', new TypeError(), { terminal: false, effect: 'none', message: 'TypeError' }],
    ['that is no error', 'thrown', { terminal: false, effect: 'none', message: 'thrown' }],
  ])('%s', (_, error, { terminal, effect, message }) => {
    expect(isTerminal(error)).toBe(terminal);
    expect(effectOf(error)).toBe(effect);
    expect(messageOf(error)).toBe(message);
  });

  it.each<[unknown, string | undefined]>([
    [Object.assign(new Error('gone'), { code: 'ENOENT' }), 'ENOENT'],
    [Object.assign(new Error('gone'), { code: 2 }), undefined],
    [new Error('ENOENT'), undefined],
    [{ code: 'ENOENT' }, undefined],
  ])('has the code of the system, if it has one: %j', (error, code) => {
    expect(codeOf(error)).toBe(code);
  });
});
