import { beforeEach, describe, expect, it } from 'vitest';
import { EventBus, type Reconciled } from '../../src/core/model/events.js';
import type { DaemonView } from '../../src/core/status/views.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { daemonView, objectsView } from '../support/views.js';
import { VirtualClock } from '../support/virtual-clock.js';

let events: EventBus;
let clock: VirtualClock;
let view: DaemonView;
let metrics: Metrics;
beforeEach(() => {
  events = new EventBus();
  clock = new VirtualClock();
  view = daemonView();
  metrics = new Metrics({ version: view.about.version, kinds: view.about.kinds });
  metrics.follow({
    events,
    clock,
    daemon: () => view,
    budget: () => ({ rate: 5, limit: 10, pausedUntil: clock.now() + 1000, queued: 3, inFlight: 2 }),
  });
});

/** The value of a series as Prometheus would read it; undefined where there is none. */
async function value(series: string): Promise<number | undefined> {
  const line = (await metrics.text()).split('\n').find((text) => text.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

/** Names and labels of all series that are ours. */
async function series(): Promise<string[]> {
  const lines = (await metrics.text()).split('\n').filter((line) => line.startsWith('c1sync_'));
  return lines.map((line) => line.slice(0, line.lastIndexOf(' ')));
}

function reconciled(name: string, facts: Partial<Reconciled> = {}): void {
  events.emit('reconciled', {
    reconcileId: name,
    kind: 'App',
    name,
    action: 'update',
    trigger: 'interval',
    fields: [],
    updateMask: '',
    outcome: 'done',
    durationMs: 700,
    requests: 1,
    revision: 'abc',
    status: 'Synced',
    ...facts,
  });
}

describe('metrics', () => {
  it.each([
    'c1sync_build_info{version="1.2.3"} 1',
    'c1sync_reconciliations_total{kind="Connector",action="delete",outcome="failed"} 0',
    'c1sync_reconcile_duration_seconds_count{kind="App"} 0',
    'c1sync_objects{kind="App",status="Contested"} 0',
    'c1sync_api_requests_total{method="POST",code="429"} 0',
    'c1sync_api_request_duration_seconds_count{method="GET"} 0',
    'c1sync_sweeps_total{scope="full",outcome="failed"} 0',
    'c1sync_sweep_duration_seconds_count{scope="targeted"} 0',
    'c1sync_last_successful_sweep_timestamp_seconds 0',
    'c1sync_drift_age_seconds 0',
    'c1sync_objects_by_health{health="Failing"} 0',
    'c1sync_objects_by_phase{kind="Connector",phase="waiting"} 0',
    'c1sync_health_after_change_total{health="Failing"} 0',
    'c1sync_health_after_change_total{health="Unknown"} 0',
    'c1sync_queue_depth{state="waiting"} 0',
    'c1sync_tenant_reachable 0',
    'c1sync_held_groups 0',
    'c1sync_definitions 0',
    'c1sync_definition_problems 0',
    'c1sync_commands_total{command="approve",by="dashboard"} 0',
  ])('are there from the start: %s', async (line) => {
    expect((await metrics.text()).split('\n')).toContain(line);
  });

  it('count events', async () => {
    reconciled('a');
    reconciled('b', { outcome: 'failed' });
    events.emit('call', { method: 'POST', path: '/api/v1/apps/x', status: 503, durationMs: 200, attempt: 1 });
    events.emit('call', { method: 'GET', path: '/api/v1/apps', durationMs: 30_000, attempt: 1 });
    events.emit('health after change', { kind: 'App', name: 'a', id: 'a', health: 'Failing', waitedMs: 1 });
    expect(await value('c1sync_health_after_change_total{health="Failing"}')).toBe(1);
    events.emit('commanded', { command: 'approve', by: 'alice', via: 'api', targets: [], keys: [] });
    expect(await value('c1sync_reconciliations_total{kind="App",action="update",outcome="done"}')).toBe(1);
    expect(await value('c1sync_reconciliations_total{kind="App",action="update",outcome="failed"}')).toBe(1);
    expect(await value('c1sync_reconcile_duration_seconds_sum{kind="App"}')).toBeCloseTo(1.4);
    expect(await value('c1sync_api_requests_total{method="POST",code="503"}')).toBe(1);
    expect(await value('c1sync_api_requests_total{method="GET",code="none"}')).toBe(1);
    expect(await value('c1sync_api_request_duration_seconds_sum{method="POST"}')).toBeCloseTo(0.2);
    expect(await value('c1sync_commands_total{command="approve",by="api"}')).toBe(1);
  });

  it('show the state at the moment of the scrape', async () => {
    const since = new Date(clock.now()).toISOString();
    await clock.advance(90_000);
    const actions = { create: 0, update: 1, adopt: 0, delete: 0 };
    view = daemonView({
      tenant: { reachable: true, since, reason: null },
      objects: { ...objectsView({ Held: 4, Synced: 7 }), notInLineSince: since },
      held: [
        { hash: 'sha256:1', reason: 'x', objects: 3, actions, keys: [], oldest: since },
        { hash: 'sha256:2', reason: 'y', objects: 1, actions, keys: [], oldest: since },
      ],
      definitions: { revision: 'abc', count: 12, problems: 2, complete: false },
      queue: { waiting: 5, running: 1 },
      sweeps: { last: null, lastSuccess: since, next: null, open: [], revision: null },
    });
    expect(await value('c1sync_objects{kind="App",status="Held"}')).toBe(4);
    expect(await value('c1sync_drift_age_seconds')).toBe(90);
    expect(await value('c1sync_tenant_reachable')).toBe(1);
    expect(await value('c1sync_held_groups')).toBe(2);
    expect(await value('c1sync_held_changes')).toBe(4);
    expect(await value('c1sync_definitions')).toBe(12);
    expect(await value('c1sync_definition_problems')).toBe(2);
    expect(await value('c1sync_queue_depth{state="waiting"}')).toBe(5);
    expect(await value('c1sync_last_successful_sweep_timestamp_seconds')).toBe(Date.parse(since) / 1000);
    expect(await value('c1sync_api_rate')).toBe(5);
    expect(await value('c1sync_api_paused')).toBe(1);
    expect(await value('c1sync_api_requests{state="waiting"}')).toBe(3);
  });

  it('do not grow with the number of objects, and name none of them', async () => {
    const before = await series();
    for (let number = 0; number < 10_000; number += 1) {
      reconciled(`object-${number}`);
      const path = `/api/v1/apps/object-${number}`;
      events.emit('call', { method: 'GET', path, status: 200, durationMs: 1, attempt: 1 });
    }
    expect(await series()).toEqual(before);
    expect(await metrics.text()).not.toContain('object-1');
  });
});
