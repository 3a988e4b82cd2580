import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HeldGroup } from '../../../src/core/guard/hold.js';
import type { Standing, Status } from '../../../src/core/model/change.js';
import { EventBus } from '../../../src/core/model/events.js';
import type { ObjectRecord } from '../../../src/core/model/record.js';
import { EMPTY_SUMMARY } from '../../../src/core/plan/summary.js';
import { Redactor } from '../../../src/core/redact/redactor.js';
import { DecisionStore } from '../../../src/core/state/decision-store.js';
import { Overview, type OverviewParts } from '../../../src/core/status/overview.js';
import type { ChangeJson } from '../../../src/core/status/shown.js';
import { StatusStore } from '../../../src/core/status/status-store.js';
import { VirtualClock } from '../../support/virtual-clock.js';

let clock: VirtualClock;
let statusStore: StatusStore;
let events: EventBus;
let records: Map<string, ObjectRecord>;
let groups: HeldGroup[];
let startIt: () => void;
let overview: Overview;

beforeEach(() => {
  clock = new VirtualClock();
  statusStore = new StatusStore(clock);
  events = new EventBus();
  records = new Map();
  groups = [];
  const started = new Promise<void>((resolve) => {
    startIt = resolve;
  });
  const empty = { objects: new Map(), intents: new Map(), notes: new Map() };
  const parts: OverviewParts = {
    about: { version: '1', workspace: 'test', mode: 'enforce', tenant: 'acme.example', kinds: ['App'] },
    statusStore,
    snapshot: { groups: () => groups },
    decisions: new DecisionStore({ records: () => empty, putNote: async () => {} }, clock),
    store: { object: (key) => records.get(key) },
    reconciler: { loaded: undefined, actedRevision: undefined },
    scheduler: { nextSweep: undefined, open: [], started },
    queue: { size: { waiting: 0, running: 0 } },
    events,
    clock,
    wall: clock,
    redactor: new Redactor(),
  };
  overview = new Overview(parts);
});
afterEach(() => startIt());

function stand(name: string, status: Status, id?: string): void {
  const standing: Standing = {
    key: `App/${name}`,
    kind: 'App',
    name,
    ...(id === undefined ? {} : { id }),
    status,
    reason: '',
    unverified: false,
    facts: {},
  };
  statusStore.note(standing);
}

const SWEEP = {
  trigger: 'start',
  scope: 'full',
  outcome: 'done',
  durationMs: 1,
  requests: 1,
  failures: 0,
  revision: 'abc',
  summary: EMPTY_SUMMARY,
} as const;

describe('ten thousand objects', () => {
  it('are searched, filtered and paged without making rows of all of them', () => {
    for (let number = 0; number < 10_000; number += 1)
      stand(`app-${String(number).padStart(5, '0')}`, number % 10 === 0 ? 'Held' : 'Synced', `id-${number}`);
    const first = overview.objects({ statuses: ['Held'], size: 100 });
    expect([first.total, first.objects.length, first.page]).toEqual([1000, 100, 1]);
    const last = overview.objects({ statuses: ['Held'], size: 100, page: 10 });
    expect(last.objects.at(-1)?.key).toBe('App/app-09990');
    expect(overview.objects({ text: 'APP-0123', size: 20 }).total).toBe(10);
    expect(overview.objects({ text: 'id-9999' }).objects.map(({ key }) => key)).toEqual(['App/app-09999']);
    expect(overview.objects({ page: 1_000_000 }).objects).toEqual([]);
    expect(overview.objects({ size: 1_000_000 }).objects).toHaveLength(500);
    expect(JSON.stringify(overview.daemon()).length).toBeLessThan(5_000);
  });
});

describe('the age of drift', () => {
  it('is that of the object that is out of sync for the longest time, without suspended ones', async () => {
    stand('calm', 'Suspended');
    await clock.advance(1000);
    stand('first', 'Failed');
    const since = new Date(clock.now()).toISOString();
    await clock.advance(1000);
    stand('second', 'Held');
    expect(overview.daemon().objects.notInLineSince).toBe(since);
    stand('first', 'Synced');
    stand('second', 'Synced');
    expect(overview.daemon().objects.notInLineSince).toBeNull();
  });
});

describe('a held change', () => {
  it('is shown with the hash that its group has now', () => {
    stand('a', 'Held');
    const held = { status: 'Held', reason: 'approve sha256:old', approval: 'sha256:old' } as const;
    const change: ChangeJson = {
      kind: 'App',
      name: 'a',
      id: 'id-a',
      action: 'update',
      source: 'a.yaml:1',
      fields: [{ path: 'description', from: 'x', to: 'y' }],
      updateMask: 'description',
      held,
      risk: null,
      hash: 'sha256:change',
    };
    statusStore.expect('App/a', change);
    groups = [{ hash: 'sha256:new', reason: 'approve sha256:new', keys: ['App/a'] }];
    const now = { status: 'Held', reason: 'approve sha256:new', approval: 'sha256:new' };
    expect(overview.object('App/a')?.change?.held).toEqual(now);
    expect(overview.plan(10).held).toMatchObject([
      { hash: 'sha256:new', objects: 1, changes: [{ held: now }] },
    ]);
    groups = [];
    expect(overview.plan(10)).toMatchObject({ held: [], blocked: { total: 1 }, pending: { total: 0 } });
  });
});

describe('readiness', () => {
  it('comes with the end of the first sweep', async () => {
    expect(overview.ready).toBe(false);
    startIt();
    await Promise.resolve();
    expect(overview.ready).toBe(true);
    expect(overview.daemon().started).toBe(true);
  });

  it('comes with a tenant that cannot be reached too, and stays', () => {
    events.emit('sweep finished', { ...SWEEP, outcome: 'failed', reason: 'the definitions cannot be read' });
    expect(overview.ready).toBe(false);
    events.emit('tenant unreachable', { reason: 'connection refused' });
    expect(overview.ready).toBe(true);
    expect(overview.daemon()).toMatchObject({
      started: false,
      tenant: { reachable: false, reason: 'connection refused' },
      sweeps: { last: { outcome: 'failed', reason: 'the definitions cannot be read' }, lastSuccess: null },
    });
    events.emit('tenant reachable', { downMs: 1000 });
    expect(overview.ready).toBe(true);
    expect(overview.daemon().tenant).toMatchObject({ reachable: true, reason: null });
  });
});

describe('the last success', () => {
  it('is a sweep of everything that was complete', async () => {
    events.emit('sweep finished', { ...SWEEP, scope: 'targeted' });
    events.emit('sweep finished', { ...SWEEP, outcome: 'failed' });
    expect(overview.daemon().sweeps.lastSuccess).toBeNull();
    events.emit('sweep finished', SWEEP);
    expect(overview.daemon().sweeps.lastSuccess).toBe(new Date(clock.now()).toISOString());
  });
});
