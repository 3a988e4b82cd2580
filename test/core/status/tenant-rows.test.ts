import { describe, expect, it } from 'vitest';
import { byNeed, idleRow, runningRow } from '../../../src/core/status/tenant-rows.js';
import type { DaemonView, ObjectRow } from '../../../src/core/status/views.js';
import { planOf, standingOf } from '../../support/changes.js';
import { daemonView, objectsView } from '../../support/views.js';

const SINCE = '2026-01-01T00:00:00.000Z';
const worst: ObjectRow = {
  ...standingOf('App/wiki', 'Failed', 'the tenant refused it'),
  id: null,
  phase: 'out-of-sync',
  displayName: 'Wiki',
  labels: {},
  since: SINCE,
  lastAttempt: null,
  lastSuccess: null,
  action: null,
  held: false,
  source: null,
};

const sweeps = (reason: string | null): DaemonView['sweeps'] => ({
  ...daemonView().sweeps,
  last: {
    at: SINCE,
    trigger: 'interval',
    scope: 'full',
    outcome: reason === null ? 'done' : 'failed',
    reason,
    summary: planOf([]).summary,
    failures: 0,
    durationMs: 1,
    requests: 1,
    revision: 'r1',
  },
});
const definitions = (problems: number): DaemonView['definitions'] => ({
  count: 1,
  problems,
  complete: problems === 0,
  revision: 'r1',
});

describe('the phase of a tenant', () => {
  it.each<
    [string, Partial<DaemonView>, ObjectRow | undefined, ReturnType<typeof runningRow>['phase'], string]
  >([
    [
      'not reached',
      { tenant: { reachable: false, since: SINCE, reason: 'ECONNREFUSED' } },
      undefined,
      'failing',
      'the tenant cannot be reached: ECONNREFUSED',
    ],
    [
      'swept in vain',
      { sweeps: sweeps('the disk is full') },
      undefined,
      'failing',
      'the last sweep failed: the disk is full',
    ],
    [
      'with a mistake',
      { started: true, definitions: definitions(1) },
      undefined,
      'out-of-sync',
      'the definitions have 1 mistake',
    ],
    [
      'with mistakes',
      { started: true, definitions: definitions(2), objects: objectsView({ Held: 1 }) },
      worst,
      'out-of-sync',
      'the definitions have 2 mistakes',
    ],
    [
      'with mistakes and an object',
      { definitions: definitions(2), objects: objectsView({ Failed: 1 }) },
      worst,
      'out-of-sync',
      '1 out of sync: App/wiki: the tenant refused it',
    ],
    ['out of sync', { objects: objectsView({ Failed: 2 }) }, undefined, 'out-of-sync', '2 out of sync'],
    [
      'waiting for a person',
      { objects: objectsView({ Held: 1, Synced: 1 }) },
      undefined,
      'waiting',
      '1 waiting for a person',
    ],
    ['not started', { objects: objectsView({ Synced: 1 }) }, undefined, 'progressing', ''],
    [
      'at work',
      { started: true, objects: objectsView({ Synced: 1, Pending: 1 }) },
      undefined,
      'progressing',
      '',
    ],
    ['set aside', { started: true, objects: objectsView({ Suspended: 1 }) }, undefined, 'set-aside', ''],
    [
      'partly set aside',
      { started: true, objects: objectsView({ Suspended: 1, Synced: 1 }) },
      undefined,
      'in-sync',
      '',
    ],
    ['without objects', { started: true }, undefined, 'in-sync', ''],
  ])('%s', (_, facts, object, phase, reason) => {
    expect(runningRow('acme', daemonView(facts), object)).toMatchObject({ phase, reason });
  });
});

it('tenants that need attention most come first, among equals the one that has needed it longest', () => {
  const about = { tenant: null, workspace: null, mode: null };
  const failed = (name: string, since: string | null) =>
    idleRow(name, about, { state: 'failed', reason: 'x', since, nextTry: null, lastCompleteSweep: null });
  const starting = idleRow('starting', about, {
    state: 'starting',
    reason: '',
    since: null,
    nextTry: null,
    lastCompleteSweep: null,
  });
  const calm = runningRow('calm', daemonView({ started: true }), undefined);
  const rows = [
    calm,
    starting,
    failed('unknown', null),
    failed('late', '2026-01-02'),
    failed('early', SINCE),
  ];
  expect(byNeed(rows).map(({ name }) => name)).toEqual(['early', 'late', 'unknown', 'starting', 'calm']);
});
