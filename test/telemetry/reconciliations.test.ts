import { describe, expect, it } from 'vitest';
import type { Summary } from '../../src/core/model/change.js';
import { type CoreEvents, EventBus, type EventName, type Reconciled } from '../../src/core/model/events.js';
import { createLog } from '../../src/telemetry/log.js';
import { logReconciliations } from '../../src/telemetry/reconciliations.js';
import { Lines } from './lines.js';

const reconciled: Reconciled = {
  status: 'Synced',
  reconcileId: 'r1',
  kind: 'App',
  name: 'github',
  id: 'id1',
  action: 'update',
  trigger: 'signal',
  fields: ['description'],
  updateMask: 'description',
  outcome: 'done',
  durationMs: 12,
  requests: 2,
  revision: 'abc',
  actor: 'bob@acme.example',
};

const summary: Summary = {
  create: 0,
  update: 1,
  adopt: 0,
  delete: 0,
  unchanged: 7,
  held: 0,
  invalid: 0,
  unverified: 0,
  bookkeeping: 0,
  unmarked: 0,
  failed: 0,
};

const sweep: CoreEvents['sweep finished'] = {
  trigger: 'interval',
  scope: 'full',
  outcome: 'done',
  summary,
  failures: 0,
  durationMs: 100,
  requests: 9,
  revision: 'abc',
};

function log<Name extends EventName>(
  name: Name,
  event: CoreEvents[Name],
): Record<string, unknown> | undefined {
  const lines = new Lines();
  const events = new EventBus();
  const end = logReconciliations(events, createLog({ level: 'debug', format: 'json', destination: lines }));
  events.emit(name, event);
  end();
  events.emit(name, event);
  expect(lines.texts.length).toBeLessThanOrEqual(1);
  return lines.parsed[0];
}

describe('logReconciliations', () => {
  it('writes one line a reconciliation, in one order', () => {
    const line = log('reconciled', reconciled);
    const { time: _, ...rest } = line ?? {};
    expect(rest).toEqual({ level: 'info', msg: 'reconciled', ...reconciled });
    expect(Object.keys(line ?? {})).toEqual([
      ...['level', 'time', 'reconcileId', 'kind', 'name', 'id', 'action', 'trigger', 'fields', 'updateMask'],
      ...['outcome', 'durationMs', 'requests', 'revision', 'actor', 'status', 'msg'],
    ]);
  });

  it.each([
    ['done', 'info'],
    ['unchanged', 'info'],
    ['settling', 'info'],
    ['drifted', 'info'],
    ['held', 'warn'],
    ['failed', 'error'],
  ] as const)('logs the outcome %s at %s', (outcome, level) => {
    expect(log('reconciled', { ...reconciled, outcome, reason: 'why' })).toMatchObject({
      level,
      outcome,
      reason: 'why',
    });
  });

  it.each([
    [
      'sweep finished',
      sweep,
      { level: 'info', msg: 'sweep finished', summary, trigger: 'interval', requests: 9 },
    ],
    [
      'sweep finished',
      { ...sweep, outcome: 'failed', reason: 'no answer' },
      { level: 'error', msg: 'sweep finished', reason: 'no answer' },
    ],
    [
      'problem',
      {
        position: { file: 'a.yaml', line: 4, column: 2 },
        key: 'App/a',
        path: 'spec.x',
        message: 'unknown field',
      },
      {
        level: 'error',
        file: 'a.yaml',
        line: 4,
        column: 2,
        key: 'App/a',
        path: 'spec.x',
        reason: 'unknown field',
      },
    ],
    [
      'definitions loaded',
      { revision: 'abc', definitions: 3, problems: 0, complete: true },
      { level: 'info', msg: 'definitions loaded', definitions: 3 },
    ],
    [
      'definitions loaded',
      { revision: 'abc', definitions: 3, problems: 1, complete: false },
      { level: 'warn' },
    ],
    [
      'call',
      { method: 'GET', path: '/api/v1/apps', status: 200, durationMs: 3, attempt: 1 },
      { level: 'debug' },
    ],
    ['tenant unreachable', { reason: 'refused' }, { level: 'error', reason: 'refused' }],
    ['tenant reachable', { downMs: 3 }, { level: 'info', downMs: 3 }],
    ['recovery begun', { marked: 3 }, { level: 'warn', msg: 'records lost, recovery begun', marked: 3 }],
    ['recovery ended', { undecided: 1 }, { level: 'info', msg: 'recovery ended', undecided: 1 }],
    [
      'attributed',
      { reconcileId: 'r1', kind: 'App', name: 'github', actor: 'bob' },
      { level: 'info', msg: 'attributed', reconcileId: 'r1', actor: 'bob' },
    ],
    [
      'status changed',
      {
        key: 'App/a',
        kind: 'App',
        name: 'a',
        status: 'Gone',
        reason: 'deleted',
        unverified: false,
        facts: {},
      },
      { level: 'debug', msg: 'status changed', name: 'a', status: 'Gone', reason: 'deleted' },
    ],
  ] as [EventName, CoreEvents[EventName], Record<string, unknown>][])('logs %s', (name, event, line) => {
    expect(log(name, event)).toMatchObject(line);
  });
});

describe('the outcome of the run that a change has started', () => {
  it.each([
    ['Healthy', 'info'],
    ['Paused', 'info'],
    ['Failing', 'error'],
    ['Unknown', 'warn'],
  ] as const)('is one line with a constant message: %s', (health, level) => {
    const event = { kind: 'Connector', name: 'hub', id: 'c', health, reason: 'why', waitedMs: 60_000 };
    expect(log('health after change', event)).toMatchObject({ msg: 'health after change', level, ...event });
  });
});
