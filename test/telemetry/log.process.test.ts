import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CallError } from '../../src/core/model/errors.js';
import { Secret } from '../../src/core/model/secret.js';
import { Redactor } from '../../src/core/redact/redactor.js';
import { createLog, type LogOptions } from '../../src/telemetry/log.js';
import { compile } from '../support/compiled.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { Lines } from './lines.js';

function make(options: Partial<LogOptions> = {}) {
  const lines = new Lines();
  const redactor = new Redactor();
  const log = createLog({ level: 'info', format: 'json', destination: lines, redactor, ...options });
  return { lines, log, redactor };
}

const NASTY = 'pa"ss\\wo rd/+\n%é&=';

describe('createLog', () => {
  it('writes a line of JSON with time, level, message and fields', () => {
    const { lines, log } = make();
    log.info({ count: 2 }, 'loaded');
    log.debug('not shown');
    expect(lines.parsed).toEqual([{ level: 'info', time: expect.any(String), count: 2, msg: 'loaded' }]);
    expect(Date.parse(String(lines.parsed[0]?.time))).toBeGreaterThan(Date.parse('2026-01-01'));
  });

  it('reads the time of a line from its clock', () => {
    const { lines, log } = make({ clock: new VirtualClock(Date.parse('2031-05-06T07:08:09.010Z')) });
    log.info('later');
    expect(lines.parsed).toMatchObject([{ time: '2031-05-06T07:08:09.010Z' }]);
  });

  it('writes for people, in colour only on request', () => {
    const plain = make({ format: 'pretty' });
    plain.log.warn({ reason: 'because' }, 'held');
    expect(plain.lines.all).toMatch(/^\d\d:\d\d:\d\d ! held {2}reason=because\n$/);
    expect(plain.lines.all).not.toContain('\u001b');
    const coloured = make({ format: 'pretty', colour: true });
    coloured.log.warn('held');
    expect(coloured.lines.all).toContain('\u001b');
  });

  const reconciled = {
    kind: 'App',
    name: 'slack',
    action: 'update',
    fields: ['description'],
    outcome: 'done',
  };

  it.each([
    [
      { ...reconciled, trigger: 'drift', actor: 'bob@acme.example' },
      'reconciled',
      '✓ App/slack reverted description (changed by bob@acme.example)',
    ],
    [{ ...reconciled, trigger: 'file' }, 'reconciled', '✓ App/slack updated description'],
    [
      { ...reconciled, action: 'create', approvedBy: 'ann' },
      'reconciled',
      '✓ App/slack created (approved by ann)',
    ],
    [
      { ...reconciled, outcome: 'held', status: 'Held', reason: 'a freeze' },
      'reconciled',
      '· App/slack Held: a freeze',
    ],
    [
      {
        trigger: 'interval',
        scope: 'full',
        outcome: 'done',
        summary: { create: 0, update: 2 },
        revision: 'a'.repeat(40),
        requests: 3,
        durationMs: 12,
      },
      'sweep finished',
      '✓ sweep finished: 2 update (full, interval; revision aaaaaaaaaaaa; 3 requests; 12 ms)',
    ],
    [
      {
        err: new CallError(
          'call failed',
          { terminal: false, effect: 'none' },
          { cause: new Error('refused') },
        ),
      },
      'watching failed',
      '· watching failed  err=CallError: call failed; caused by Error: refused',
    ],
    [
      { url: 'http://127.0.0.1:1', list: ['a b'] },
      'listening',
      '· listening  url=http://127.0.0.1:1 list=["a b"]',
    ],
  ])('says in a line for people: %j', (fields, message, expected) => {
    const { lines, log } = make({
      format: 'pretty',
      clock: new VirtualClock(Date.parse('2031-05-06T07:08:09Z')),
    });
    log.info(fields, message);
    expect(lines.all).toMatch(/^\d\d:\d\d:09 /);
    expect(lines.all.slice('hh:mm:ss '.length)).toBe(`${expected}\n`);
  });

  it('has written everything at the end of the process', async () => {
    const script = await compile(join(import.meta.dirname, 'log-and-exit.ts'));
    try {
      for (const format of ['json', 'pretty']) {
        const child = spawn(process.execPath, [script.script, format], { stdio: ['ignore', 'pipe', 'pipe'] });
        const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
        expect(err).toBe('');
        expect(out.trimEnd().split('\n')).toHaveLength(2000);
        expect(out.trimEnd().split('\n').at(-1)).toContain('1999');
      }
    } finally {
      await script.remove();
    }
  });

  it.each(['info', 'debug'] as const)(
    'logs message, code and cause of an error, and at %s the stack as fits',
    (level) => {
      const { lines, log } = make({ level });
      const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED', request: { headers: 'x' } });
      const error = new CallError('call failed', { terminal: false, effect: 'none' }, { cause });
      log.error({ err: error, other: cause }, 'sweep failed');
      log.error(error);
      const [first, second] = lines.parsed;
      const stack = level === 'debug' ? { stack: expect.stringContaining('log.process.test') } : {};
      const expected = { type: 'Error', message: 'refused', code: 'ECONNREFUSED', ...stack };
      expect(first).toMatchObject({ msg: 'sweep failed' });
      expect(first?.err).toEqual({ type: 'CallError', message: 'call failed', cause: expected, ...stack });
      expect(first?.other).toEqual(expected);
      expect(second).toMatchObject({ err: { message: 'call failed' } });
      expect(lines.all).not.toContain('headers');
    },
  );
});

describe('secrets', () => {
  it('shows a Secret as [secret] at any depth', () => {
    const { lines, log } = make();
    const secret = new Secret('hunter22', 'env A');
    log.info({ secret, deep: { list: [secret] }, text: `${secret}` }, 'planned');
    log.child({ secret }).info('planned');
    expect(lines.all).not.toContain('hunter22');
    expect(lines.parsed[0]).toMatchObject({
      secret: '[secret]',
      deep: { list: ['[secret]'] },
      text: '[secret]',
    });
    expect(lines.parsed[1]).toMatchObject({ secret: '[secret]' });
  });

  it('hides credentials by the names of their fields', () => {
    const { lines, log } = make();
    log.info(
      { authorization: 'Bearer a', req: { headers: { authorization: 'Bearer b' }, token: 'c' } },
      'call',
    );
    expect(lines.parsed[0]).toMatchObject({
      authorization: '[secret]',
      req: { headers: { authorization: '[secret]' }, token: '[secret]' },
    });
  });

  it.each(['json', 'pretty'] as const)('hides planted secrets at any place of a line, in %s', (format) => {
    const { lines, log, redactor } = make({ format, level: 'debug' });
    redactor.add([NASTY, 'tiny', '4711471147']);
    const child = log.child({ component: `of ${NASTY}` });
    child.info({ text: `a ${NASTY} b`, list: [{ deep: NASTY, [NASTY]: 1 }] }, 'message');
    log.info(
      { body: JSON.stringify({ inner: NASTY }), twice: JSON.stringify([JSON.stringify([NASTY])]) },
      'body',
    );
    log.info(
      { url: `https://x/?t=${encodeURIComponent(NASTY)}`, form: `${new URLSearchParams({ t: NASTY })}` },
      'u',
    );
    log.info({ header: `Basic ${Buffer.from(`id:${NASTY}`).toString('base64')}` }, 'basic');
    log.info({ whole: Buffer.from(NASTY).toString('base64url'), number: 4711471147, small: 'tiny' }, 'forms');
    log.error({ err: new Error(`bad ${NASTY}`) }, 'failed');
    for (const form of formsOf(NASTY)) expect(lines.all).not.toContain(form);
    expect(lines.all).not.toContain('4711471147');
    expect(lines.all.match(/tiny/g)).toBeNull();
    if (format === 'json') {
      expect(lines.parsed).toHaveLength(6);
      expect(lines.parsed[0]).toMatchObject({ text: 'a [secret] b', list: [{ '[secret]': 1 }] });
    }
  });

  it('hides a secret with an end of line that its source had, and single lines of a key file', () => {
    const { lines, log, redactor } = make();
    redactor.add(['hunter22\n', '-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEF\nabc\n']);
    log.info({ token: 'x hunter22 y', text: 'x hunter22 y', line: 'MIIEvQIBADANBgkqhkiG9w0BAQEF' }, 'read');
    expect(lines.parsed[0]).toMatchObject({ text: 'x [secret] y', line: '[secret]' });
  });

  it('leaves lines alone that hold none, and does not hide what is too short', () => {
    const { lines, log, redactor } = make();
    redactor.add(['abc', '', 'hunter22']);
    log.info({ text: 'abc', list: [1, null, true] }, 'fine');
    expect(lines.parsed[0]).toMatchObject({ text: 'abc', list: [1, null, true], msg: 'fine' });
    expect(lines.all.endsWith('}\n')).toBe(true);
  });

  it('hides any secret and still writes JSON, even for a secret that equals part of the line', () => {
    const secret = fc.string({ minLength: 4, unit: 'binary' }).filter((text) => !'[secret]'.includes(text));
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (planted, before, after) => {
        const { lines, log, redactor } = make();
        redactor.add([planted]);
        log.info({ text: `${before}${planted}${after}` }, 'x');
        const [line] = lines.parsed;
        for (const value of Object.values(line ?? {})) {
          expect(String(value).replaceAll('[secret]', '\u0000')).not.toContain(planted);
        }
      }),
    );
  });

  it.each(['info', '"level', '","time":"', 'time', '2026'])(
    'stays valid JSON when the secret is %j',
    (planted) => {
      const { lines, log, redactor } = make();
      redactor.add([planted]);
      log.info({ text: planted }, 'x');
      expect(lines.parsed[0]?.text).toBe('[secret]');
    },
  );

  it('leaves its fixed vocabulary and messages alone, even if a secret equals one of them', () => {
    const { lines, log, redactor } = make();
    redactor.add(['info', 'warn', 'reconciled', 'update', 'outcome', 'App/', 'reason', 'Failed', 'drift']);
    log.info({ kind: 'App', action: 'update', outcome: 'done', reason: 'it was drift' }, 'reconciled');
    log.warn({ status: 'Failed', trigger: 'drift' }, 'reconciled');
    expect(lines.parsed).toMatchObject([
      { level: 'info', action: 'update', outcome: 'done', reason: 'it was [secret]', msg: 'reconciled' },
      { level: 'warn', status: 'Failed', trigger: 'drift', msg: 'reconciled' },
    ]);
  });

  it('keeps the text of an error that is logged by itself out of the message', () => {
    const { lines, log, redactor } = make();
    redactor.add(['hunter22']);
    log.error(new Error('bad hunter22'));
    log.error(new Error('bad hunter22'), 'failed');
    expect(lines.parsed).toMatchObject([
      { err: { message: 'bad [secret]' }, msg: 'error' },
      { err: { message: 'bad [secret]' }, msg: 'failed' },
    ]);
    expect(lines.all).not.toContain('hunter22');
  });

  it('hides each of many secrets', () => {
    const { lines, log, redactor } = make();
    redactor.add(Array.from({ length: 300 }, (_, i) => `secret-number-${i}-of-many`));
    for (let i = 0; i < 500; i += 1) log.info({ text: `secret-number-${i % 300}-of-many`, i }, 'line');
    expect(lines.all).not.toContain('secret-number');
  });
});

function formsOf(secret: string): string[] {
  const escaped = JSON.stringify(secret).slice(1, -1);
  const base64 = Buffer.from(secret).toString('base64');
  return [
    secret,
    escaped,
    encodeURIComponent(secret),
    base64,
    base64.slice(3, -6),
    base64.replaceAll('+', '-'),
  ];
}

it.each(['json', 'pretty'] as const)('escapes control characters in a line, in %s', (format) => {
  const { lines, log } = make({ format });
  const name = 'a\u001b[2J\u009b31m\u202e\u2066\u200f\u061c\u2028\u0007b';
  log.info({ name, deep: [{ [name]: name }], err: new Error(name) }, 'read');
  expect(lines.all.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  if (format === 'json') expect(lines.parsed[0]).toMatchObject({ name, deep: [{ [name]: name }] });
});
