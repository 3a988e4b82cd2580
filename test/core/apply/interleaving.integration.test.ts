import { afterEach, describe, expect, it } from 'vitest';
import { type Doc, file } from '../../support/definitions.js';
import { type TestEmulator, testEmulator } from '../../support/emulator.js';
import { type Between, startProxy } from '../../support/proxy.js';
import { Rig, type RigOptions } from '../../support/rig.js';
import { says } from '../../support/says.js';
import { VirtualClock } from '../../support/virtual-clock.js';

let rig: Rig;
let tenant: TestEmulator;
let proxy: Between;
afterEach(async () => {
  await rig?.stop();
  await proxy?.close();
  await tenant?.close();
});

const app = (description: string): Doc => ({
  kind: 'App',
  name: 'widgets',
  spec: { displayName: 'Widgets', description },
});

async function begin(settings: RigOptions['settings']): Promise<VirtualClock> {
  const clock = new VirtualClock();
  tenant = await testEmulator({ clock });
  proxy = await startProxy(tenant.url);
  rig = await Rig.start({ clock, tenant, url: proxy.url, ...(settings === undefined ? {} : { settings }) });
  await rig.write('all.yaml', file(app('First')));
  await rig.sweep();
  await rig.writes();
  return clock;
}

/** Does something once, when a write is on its way and the tenant has not seen it yet. */
function beforeTheWrite(act: () => Promise<unknown>): void {
  let isDone = false;
  proxy.hooks.before = async ({ method, path }) => {
    if (isDone || method !== 'POST' || !/^\/api\/v1\/apps\/\w+$/.test(path)) return;
    isDone = true;
    await act();
  };
}

const live = async () => (await rig.apps('Widgets'))[0];
const standing = async () => (await rig.sweep()).plan.standings[0];

describe('a web edit between the observation and the write', () => {
  const edit = async (): Promise<void> =>
    tenant.webEdit({
      kind: 'App',
      id: String((await live())?.id),
      set: { description: 'Mine', monthlyCostUsd: 7 },
      user: 'bob@acme.example',
    });

  it('loses only the field that was being written, and is yielded to from the next observation on', async () => {
    await begin({ onTakeover: 'hold' });
    await rig.write('all.yaml', file(app('Second')));
    beforeTheWrite(edit);
    await rig.sweep();
    expect(await rig.writes()).toMatchObject([{ mask: 'description' }]);
    expect(await live()).toMatchObject({ description: 'Second', monthlyCostUsd: 7 });
    expect(await standing()).toMatchObject({ status: 'TakenOver' });
    expect(await rig.writes()).toEqual([]);
  });

  it('counts as the one edit that once reverts: the next is yielded to', async () => {
    await begin({ onTakeover: 'once' });
    await rig.write('all.yaml', file(app('Second')));
    beforeTheWrite(edit);
    await rig.sweep();
    await rig.sweep();
    expect((await rig.writes()).map(({ mask }) => mask)).toEqual(['description', 'annotations']);
    expect(await live()).toMatchObject({ annotations: { managed_by: 'c1sync' }, monthlyCostUsd: 7 });
    await edit();
    expect(await standing()).toMatchObject({ status: 'TakenOver' });
    expect(await live()).toMatchObject({ description: 'Mine' });
  });
});

describe('a definition that changes between an approval and the write', () => {
  it('is not what was approved: it is held again, and the approved change is not written either', async () => {
    await begin({ limits: { updates: { count: 0 } } });
    await rig.write('all.yaml', file(app('Second')));
    const { plan } = await rig.sweep();
    await rig.approve(plan.changes[0]?.held?.approval ?? '');
    await rig.write('all.yaml', file(app('Third')));
    expect(await standing()).toMatchObject({ status: 'Held' });
    expect([(await live())?.description, await rig.writes()]).toEqual(['First', []]);
  });

  it('is held while the approved change is queued', async () => {
    await begin({ limits: { updates: { count: 0 } } });
    await rig.write('all.yaml', file(app('Second')));
    const { plan } = await rig.sweep();
    await rig.approve(plan.changes[0]?.held?.approval ?? '');
    await whileItWaits(() => rig.write('all.yaml', file(app('Third'))));
    expect((await live())?.description).toBe('First');
    expect(await standing()).toMatchObject({ status: 'Held' });
  });
});

describe('an adoption of the object that a create under the former name creates', () => {
  const connector = (name: string): Doc => ({
    kind: 'Connector',
    name,
    spec: { app: 'widgets', catalog: 'slack', displayName: 'Widgets Chat', description: 'Ours' },
  });
  const ids = () => [...rig.store.records().objects.values()].map(({ key, id }) => [key, id]);

  it('is not made when the create ends between the observation and the adoption', async () => {
    await begin({});
    await rig.write('chat.yaml', file(connector('chat')));
    await rig.sweep();
    const made = rig.store.object('Connector/chat');
    if (made === undefined) throw new Error('no connector was made');
    await rig.store.removeObject(made.key);
    await rig.write('chat.yaml', file(connector('talk')));
    const planned = await rig.timed(rig.core.reconciler.plan('all'));
    expect(planned.plan.changes).toMatchObject([{ action: 'adopt', key: 'Connector/talk', id: made.id }]);
    await rig.store.putObject(made);
    const { results } = await rig.timed(
      rig.core.reconciler.execute(planned, { trigger: 'command', scope: 'all' }),
    );
    expect(await rig.timed(results)).toMatchObject([
      { outcome: 'failed', reason: says('recorded', 'Connector/chat') },
    ]);
    expect(ids()).toContainEqual(['Connector/chat', made.id]);
    await rig.sweep();
    expect(ids()).toEqual([expect.anything(), ['Connector/talk', made.id]]);
  });

  it('is not made while the create is under way', async () => {
    await begin({});
    await rig.write('chat.yaml', file(connector('chat')));
    let release = (): void => {};
    const gate = new Promise<undefined>((resolve) => {
      release = () => resolve(undefined);
    });
    let arrive = (): void => {};
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    proxy.hooks.answer = ({ method, path }) => {
      if (method !== 'POST' || !path.endsWith('/connectors')) return undefined;
      arrive();
      return gate;
    };
    const { reconciler } = rig.core;
    const first = await rig.timed(reconciler.reconcileOnce({ trigger: 'file', scope: 'all' }));
    await rig.timed(arrived);
    await rig.write('chat.yaml', file(connector('talk')));
    const second = await rig.timed(reconciler.reconcileOnce({ trigger: 'file', scope: 'all' }));
    release();
    await rig.timed(Promise.all([first.results, second.results]));
    await rig.sweep();
    expect(ids()).toEqual([expect.anything(), ['Connector/talk', expect.anything()]]);
    expect(await rig.connectors('Widgets Chat')).toHaveLength(1);
  });
});

/** Observes, then acts and observes again, before the change of the first observation is executed. */
async function whileItWaits(act: () => Promise<unknown>): Promise<void> {
  const { queue, reconciler } = rig.core;
  let release = (): void => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  for (let n = 0; n < 5; n += 1) void queue.add({ key: `busy-${n}`, priority: 9, run: () => gate });
  const first = await rig.timed(reconciler.reconcileOnce({ trigger: 'command', scope: 'all' }));
  expect(first.plan.changes.map(({ held }) => held)).toEqual([null]);
  await act();
  const second = await rig.timed(reconciler.reconcileOnce({ trigger: 'file', scope: 'all' }));
  release();
  await rig.timed(Promise.all([first.results, second.results]));
}

describe('a queued change', () => {
  const suspended = { ...app('Second'), annotations: { 'c1sync/suspend': 'incident 12' } };
  it.each([
    ['taken back', app('First'), 'Synced'],
    ['suspended', suspended, 'Suspended'],
  ])('is not made when its definition is %s meanwhile', async (_, changed, status) => {
    await begin({});
    await rig.write('all.yaml', file(app('Second')));
    await whileItWaits(() => rig.write('all.yaml', file(changed)));
    expect([(await live())?.description, await rig.writes()]).toEqual(['First', []]);
    expect(rig.core.statusStore.get('App/widgets')?.status).toBe(status);
  });

  it('is not made when its definition is removed meanwhile', async () => {
    await begin({});
    const other: Doc = { kind: 'App', name: 'other', spec: { displayName: 'Other' } };
    await rig.write('other.yaml', file(other));
    await whileItWaits(() => rig.remove('other.yaml'));
    expect([await rig.apps('Other'), await rig.writes()]).toEqual([[], []]);
    expect(rig.events.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
  });
});
