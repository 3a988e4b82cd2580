import { afterEach, describe, expect, it } from 'vitest';
import { Freshness } from '../../../src/core/apply/freshness.js';
import { type Clock, systemClock } from '../../../src/core/model/clock.js';
import type { SweepScope } from '../../../src/core/model/scope.js';
import { type Doc, file } from '../../support/definitions.js';
import { Rig } from '../../support/rig.js';
import { VirtualClock } from '../../support/virtual-clock.js';

let rig: Rig;
let clock: VirtualClock;
afterEach(() => rig?.stop());

const names = (count: number) => Array.from({ length: count }, (_, index) => `app-${100 + index}`);
const docs = (count: number, description: string): Doc[] =>
  names(count).map((name) => ({ kind: 'App', name, spec: { displayName: name, description } }));
const idIn = (name: string) => String(rig.store.object(`App/${name}`)?.id);

/** Managed apps in sync, whose definitions now have another description. */
async function begin(count: number): Promise<void> {
  clock = new VirtualClock();
  const apps = names(count).map((name) => ({
    displayName: name,
    description: 'First',
    annotations: { managed_by: 'c1sync', iac_workspace: 'test', iac_resource_address: `App/${name}` },
  }));
  rig = await Rig.start({ clock, emulator: { seed: { apps } } });
  await rig.write('all.yaml', file(...docs(count, 'First')));
  await rig.sweep();
  await rig.write('all.yaml', file(...docs(count, 'Second')));
  await rig.writes();
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly at: number;
}

async function calls(): Promise<Call[]> {
  const all = await rig.tenant.requests();
  await rig.tenant.clearRequests();
  return all.map(({ method, path, time }) => ({ method, path, at: Date.parse(time) }));
}

const isList = ({ method, path }: Call) => method === 'GET' && path.startsWith('/api/v1/apps?');
const isRead = ({ method, path }: Call) => method === 'GET' && /^\/api\/v1\/apps\/\w+$/.test(path);
const isWrite = ({ method, path }: Call) => method === 'POST' && /^\/api\/v1\/apps\/\w+$/.test(path);

/** Writes without a read of their object in the 30 seconds before. */
function unseen(all: readonly Call[]): Call[] {
  return all.filter(
    (write) =>
      isWrite(write) &&
      !all.some(
        (read) =>
          read.at <= write.at &&
          write.at - read.at <= 30_000 &&
          (isList(read) || (isRead(read) && read.path === write.path)),
      ),
  );
}

/** The first write is refused for so long that everything seen before is old. */
const pause = () => rig.tenant.faults({ match: 'POST /api/v1/apps/*', status: 429, retryAfter: 40 });

describe('a write', () => {
  it('is preceded by a refresh of an old observation: by list for many changes', async () => {
    await begin(60);
    await pause();
    const { done } = await rig.sweep();
    expect(done.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
    const all = await calls();
    expect(unseen(all)).toEqual([]);
    expect(all.filter(isWrite)).toHaveLength(61);
    expect(all.filter(isList).length).toBeLessThanOrEqual(4);
    expect(all.filter(isRead).length).toBeLessThanOrEqual(10);
  });

  it('is preceded by a refresh by id for few changes', async () => {
    await begin(8);
    await pause();
    await rig.sweep();
    const all = await calls();
    expect(all.filter(isList)).toHaveLength(1);
    expect(all.filter(isRead).length).toBeGreaterThan(0);
    expect(unseen(all)).toEqual([]);
  });

  it('is dropped or changed when the refresh shows another state', async () => {
    await begin(60);
    await pause();
    const sweeping = rig.core.reconciler.reconcileOnce({ trigger: 'command', scope: 'all' });
    const edit = (name: string, app: Record<string, unknown>) =>
      rig.tenant.api('POST', `/api/v1/apps/${idIn(name)}`, { app, updateMask: Object.keys(app).join() });
    const [ended, deleted, taken, gone] = ['app-120', 'app-121', 'app-122', 'app-123'];
    const hasPaused = async () => (await rig.tenant.requests()).some(({ status }) => Number(status) === 429);
    while (!(await hasPaused())) await clock.advance(10);
    await edit(ended ?? '', { description: 'Second' });
    await rig.tenant.api('DELETE', `/api/v1/apps/${idIn(deleted ?? '')}`);
    await edit(taken ?? '', { annotations: { managed_by: 'terraform' } });
    await rig.write('all.yaml', file(...docs(60, 'Second').filter(({ name }) => name !== gone)));
    const done = await rig.timed(sweeping.then(({ results }) => results));
    const of = (name: string | undefined) => done.find(({ key }) => key === `App/${name}`);
    expect(of(ended)).toMatchObject({ outcome: 'unchanged', status: 'Synced' });
    expect(of(deleted)).toMatchObject({ outcome: 'held', status: 'Gone' });
    expect(of(taken)).toMatchObject({ outcome: 'held', status: 'ForeignOwner' });
    const { apps } = await rig.tenant.state();
    expect(apps.find(({ displayName }) => displayName === taken)?.description).toBe('First');
  });

  it('is made once when two sweeps overlap', async () => {
    await begin(3);
    const sweep = () =>
      rig.core.reconciler.reconcileOnce({ trigger: 'command', scope: 'all' }).then(({ results }) => results);
    const [one, two] = await rig.timed(Promise.all([sweep(), sweep()]));
    expect((await calls()).filter(isWrite)).toHaveLength(3);
    expect([...one, ...two].filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    expect(names(3).map((name) => rig.core.statusStore.get(`App/${name}`)?.status)).toEqual(
      names(3).map(() => 'Synced'),
    );
  });

  it('is not made for what an earlier sweep planned and a later one did', async () => {
    await begin(3);
    const planned = await rig.plan();
    const load = await rig.core.reconciler.load();
    await rig.sweep();
    await calls();
    const late = await rig.core.reconciler.execute(
      { ...planned, load },
      { trigger: 'command', scope: 'all' },
    );
    const results = await rig.timed(late.results);
    expect(results.map(({ outcome, status }) => [outcome, status])).toEqual(
      names(3).map(() => ['unchanged', 'Synced']),
    );
    expect((await calls()).filter(isWrite)).toEqual([]);
  });

  it('is not made where it differs from the plan that was shown, and the next process makes it', async () => {
    await begin(1);
    const planned = await rig.plan();
    const load = await rig.core.reconciler.load();
    const [name = ''] = names(1);
    const app = { description: 'Third' };
    await rig.timed(rig.tenant.api('POST', `/api/v1/apps/${idIn(name)}`, { app, updateMask: 'description' }));
    await clock.advance(31_000);
    const sweep = await rig.core.reconciler.execute(
      { ...planned, load },
      { trigger: 'command', scope: 'all' },
    );
    const results = await rig.timed(sweep.results);
    expect(results).toMatchObject([{ outcome: 'failed', reason: expect.stringContaining('plan again') }]);
    await rig.restart();
    const { done } = await rig.sweep('all', 'start');
    expect(done).toMatchObject([{ outcome: 'done', status: 'Synced' }]);
  });

  it('is not made after a failed refresh, and retried', async () => {
    await begin(3);
    await pause();
    const sweeping = rig.core.reconciler.reconcileOnce({ trigger: 'command', scope: 'all' });
    await rig.timed(sweeping);
    await rig.tenant.faults({ match: 'GET /api/v1/apps/*', status: 500, times: 9 });
    const results = await rig.timed((await sweeping).results);
    const failed = results.filter(({ outcome }) => outcome === 'failed');
    for (const { reason, retryAt } of failed) {
      expect(reason).toMatch(/read.*: GET \/api\/v1\/apps\/\w+ answered 500/);
      expect(retryAt).toBeGreaterThan(0);
    }
    await rig.tenant.clearFaults();
    await rig.sweep();
    expect((await rig.sweep()).plan.summary).toMatchObject({ unchanged: 3 });
  });
});

describe('a refresh of some objects', () => {
  it('reads them one by one, or by list where that takes fewer requests', async () => {
    await begin(1020);
    const readsFor = async (count: number) => {
      await rig.plan(new Set(names(count).map((name) => `App/${name}`)));
      const all = await calls();
      return { reads: all.filter(isRead).length, lists: all.filter(isList).length };
    };
    expect(await readsFor(11)).toEqual({ reads: 11, lists: 0 });
    expect(await readsFor(12)).toEqual({ reads: 0, lists: 11 });
  });
});

it('an observation from before the clock was set back is refreshed before a write', async () => {
  rig = await Rig.start();
  const observed = await rig.plan();
  let shift = 0;
  const clock: Clock = { ...systemClock, now: () => observed.observation.at + shift };
  const freshness = new Freshness({ clock, requestsPerSecond: 10, refresh: () => rig.plan() });
  expect(freshness.isFresh('App/widgets', observed)).toBe(true);
  shift = -3_600_000;
  expect(freshness.isFresh('App/widgets', observed)).toBe(false);
});

it.each<[string, SweepScope, boolean]>([
  ['of everything', 'all', false],
  ['of the object', new Set(['App/widgets']), false],
  ['of other objects', new Set(['App/other']), true],
])('an earlier observation is fresh beside a later plan %s: %s %s', async (_, scope, isFresh) => {
  rig = await Rig.start();
  await rig.write('widgets.yaml', file({ kind: 'App', name: 'widgets', spec: { displayName: 'Widgets' } }));
  const observed = await rig.plan();
  const later = { ...observed, observation: { ...observed.observation } };
  const clock: Clock = { ...systemClock, now: () => observed.observation.at };
  const freshness = new Freshness({ clock, requestsPerSecond: 10, refresh: () => rig.plan() });
  freshness.supersedes(scope, observed);
  expect(freshness.isFresh('App/widgets', observed)).toBe(true);
  freshness.supersedes(scope, later);
  expect(freshness.isFresh('App/widgets', later)).toBe(true);
  expect(freshness.isFresh('App/widgets', observed)).toBe(isFresh);
});
