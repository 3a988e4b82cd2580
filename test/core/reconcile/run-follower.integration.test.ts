import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { steadyClock } from '../../../src/core/model/clock.js';
import type { HealthAfterChange } from '../../../src/core/model/events.js';
import { RunFollower } from '../../../src/core/reconcile/run-follower.js';
import type { SeedInput } from '../../../src/emulator/index.js';
import type { JsonObject } from '../../../src/emulator/json.js';
import { type Doc, file } from '../../support/definitions.js';
import { passTime } from '../../support/pace.js';
import { Rig } from '../../support/rig.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const MINUTE = 60_000;
const SECOND = 1_000;
const BEFORE = '2025-12-31T23:59:00Z';
const LATER = '2026-01-01T00:30:00Z';

let clock: VirtualClock;
let rig: Rig;
let follower: RunFollower;
let outcomes: HealthAfterChange[];

const seed: SeedInput = {
  users: [{ id: 'u', displayName: 'Bob', email: 'bob@acme.example' }],
  apps: [{ id: 'app', displayName: 'Hub' }],
  connectorTypes: [
    { catalogId: 'type', displayName: 'Type', fields: [{ name: 'org', type: 'string', required: false }] },
  ],
  connectors: ['one', 'two'].map((name) => ({
    id: name,
    appId: 'app',
    displayName: name,
    catalogId: 'type',
    config: { configuration: { org: { stringValue: 'first' } } },
    configUpdatedAt: BEFORE,
    status: { status: 'SYNC_STATUS_DONE', startedAt: BEFORE, completedAt: BEFORE },
  })),
};

const docs = (org: Readonly<Record<string, string>>, more: Partial<Doc> = {}): Doc[] => [
  { kind: 'App', name: 'hub', spec: { displayName: 'Hub' } },
  ...Object.entries(org).map(([name, value]) => ({
    kind: 'Connector',
    name,
    spec: { app: 'hub', catalogId: 'type', displayName: name, config: { org: value } },
    ...more,
  })),
];

async function define(org: Readonly<Record<string, string>>, more: Partial<Doc> = {}): Promise<void> {
  await rig.write('all.yaml', file(...docs(org, more)));
  await rig.sweep();
  await rig.tenant.clearRequests();
}

/** The tenant shows this as the last sync of a connector. */
const sync = (id: string, status: JsonObject): Promise<void> =>
  rig.tenant.webEdit({ kind: 'Connector', id, user: 'bob@acme.example', set: { status } });

const start = async (id: string): Promise<void> => {
  const { status } = await rig.tenant.api('POST', `/api/v1/apps/app/connectors/${id}/force_sync`, {});
  expect(status).toBe(200);
};

/** How often the connectors of the app were listed. */
const lists = async (): Promise<number> =>
  (await rig.tenant.requests()).filter(({ path }) => /\/apps\/app\/connectors(\?|$)/.test(path)).length;

const seen = () => outcomes.map(({ name, health }) => `${name} ${health}`);

beforeEach(async () => {
  clock = new VirtualClock();
  rig = await Rig.start({ clock, emulator: { seed } });
  outcomes = [];
  rig.bus.on('health after change', (event) => outcomes.push(event));
  follower = new RunFollower({ ...rig.core, events: rig.bus, clock: steadyClock(clock) });
  await define({ one: 'first', two: 'first' });
});
afterEach(async () => {
  await follower.stop();
  await rig.stop();
});

describe('the sync after a change of a configuration', () => {
  it('is awaited with one list a minute for all connectors of an app, and its outcome emitted once', async () => {
    await define({ one: 'second', two: 'second' });
    await passTime(clock, 61 * SECOND);
    expect([await lists(), seen()]).toEqual([1, []]);
    await start('one');
    await sync('two', { status: 'SYNC_STATUS_ERROR', lastError: 'no access', startedAt: LATER });
    await passTime(clock, MINUTE);
    expect(await lists()).toBe(2);
    expect(outcomes).toEqual([
      {
        kind: 'Connector',
        name: 'one',
        id: 'one',
        health: 'Healthy',
        reason: undefined,
        waitedMs: expect.any(Number),
      },
      {
        kind: 'Connector',
        name: 'two',
        id: 'two',
        health: 'Failing',
        reason: 'its last error: no access',
        waitedMs: expect.any(Number),
      },
    ]);
    await passTime(clock, 3 * MINUTE);
    expect([await lists(), seen().length]).toEqual([2, 2]);
  });

  it('is not one that was under way during the change, and unknown after an hour', async () => {
    await sync('one', { status: 'SYNC_STATUS_RUNNING', startedAt: LATER });
    await define({ one: 'second', two: 'first' });
    await sync('one', { status: 'SYNC_STATUS_DONE', startedAt: LATER, completedAt: LATER });
    await passTime(clock, 58 * MINUTE);
    expect(seen()).toEqual([]);
    await passTime(clock, 4 * MINUTE);
    expect(seen()).toEqual(['one Unknown']);
    expect(outcomes[0]?.reason).toContain('within 60 minutes');
    expect(await lists()).toBeLessThanOrEqual(61);
  });

  it('is awaited again after another change', async () => {
    await define({ one: 'second', two: 'first' });
    await passTime(clock, 40 * MINUTE);
    await define({ one: 'third', two: 'first' });
    await passTime(clock, 40 * MINUTE);
    expect(seen()).toEqual([]);
    await start('one');
    await passTime(clock, 2 * MINUTE);
    expect(seen()).toEqual(['one Healthy']);
  });

  it('is not awaited after a change of anything else', async () => {
    const spec = { app: 'hub', catalogId: 'type', displayName: 'one', description: 'new' };
    await rig.write('all.yaml', file(docs({})[0] as Doc, { kind: 'Connector', name: 'one', spec }));
    await rig.sweep();
    await rig.tenant.clearRequests();
    await passTime(clock, 2 * MINUTE);
    expect(await lists()).toBe(0);
  });

  it.each([
    [
      'is suspended',
      () => define({ one: 'second', two: 'first' }, { annotations: { 'c1sync/suspend': 'audit' } }),
    ],
    ['has no definition any more', () => define({ two: 'first' })],
    [
      'is deleted',
      async () => {
        await rig.tenant.api('DELETE', '/api/v1/apps/app/connectors/one');
        await rig.sweep();
      },
    ],
  ])('is not awaited any more when the connector %s', async (_how, act) => {
    await define({ one: 'second', two: 'first' });
    await act();
    await rig.tenant.clearRequests();
    await passTime(clock, 5 * MINUTE);
    expect([await lists(), seen()]).toEqual([0, []]);
  });

  it('is awaited on where a list fails, and ends with a pause', async () => {
    await define({ one: 'second', two: 'first' });
    await rig.tenant.faults({ match: 'GET /api/v1/apps/app/connectors', status: 403 });
    await passTime(clock, 61 * SECOND);
    expect(seen()).toEqual([]);
    await rig.tenant.api('POST', '/api/v1/apps/app/connectors/one/pause', {});
    await passTime(clock, MINUTE);
    expect(seen()).toEqual(['one Paused']);
  });
});
