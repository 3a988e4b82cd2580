import { describe, expect, it } from 'vitest';
import type { ObjectRecord } from '../../../src/core/model/record.js';
import { correctionHash, MOST_CORRECTIONS, restingField } from '../../../src/core/plan/settle.js';
import { says } from '../../support/says.js';

const keyedHash = (value: unknown): string => JSON.stringify(value);
const difference = { changes: [{ path: 'description', from: 'Theirs', to: 'Ours' }], send: 'Ours' };
const live = { id: 'i', displayName: 'x', values: {}, stamps: {}, facts: {}, updatedAt: 'now' };
const record: ObjectRecord = {
  key: 'App/x',
  id: 'i',
  displayName: 'x',
  origin: 'created',
  marked: true,
  sent: {},
  secrets: {},
  corrections: {
    description: {
      hash: correctionHash('description', difference, keyedHash),
      count: MOST_CORRECTIONS,
      at: 0,
      updatedAt: 'before',
    },
  },
};

describe('a field that another writer keeps changing back', () => {
  it.each([
    ['bob@acme.example', says('bob@acme.example', 'description', 'c1sync/ignore')],
    [undefined, says('another writer', 'description', 'c1sync/ignore')],
  ])('names the writer: %s', (actor, reason) => {
    const context = { record, keyedHash, settleMs: 0, now: 0, actor };
    expect(restingField('description', difference, live, context)).toEqual({
      path: 'description',
      status: 'Contested',
      reason,
    });
  });
});
