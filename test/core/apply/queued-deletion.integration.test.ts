import { afterEach, describe, expect, it } from 'vitest';
import type { Sweep } from '../../../src/core/reconcile/reconcile.js';
import { type Doc, file } from '../../support/definitions.js';
import { Rig } from '../../support/rig.js';
import { VirtualClock } from '../../support/virtual-clock.js';

let rig: Rig;
let release: () => void;
afterEach(() => rig?.stop());

const app = (name: string, displayName: string): Doc => ({ kind: 'App', name, spec: { displayName } });
const other = app('gadgets', 'Gadgets');

/** A queued deletion, and the function that releases it. */
async function waiting(): Promise<Sweep> {
  const clock = new VirtualClock();
  rig = await Rig.start({ clock, settings: { prune: true } });
  await rig.write('all.yaml', file(app('widgets', 'Widgets'), other));
  await rig.sweep();
  await rig.write('all.yaml', file(other));
  await rig.sweep();
  await clock.advance(60_000);
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  for (let n = 0; n < 5; n += 1) void rig.core.queue.add({ key: `busy-${n}`, priority: 9, run: () => gate });
  const sweep = await rig.timed(rig.core.reconciler.reconcileOnce({ trigger: 'interval', scope: 'all' }));
  expect(sweep.plan.changes).toMatchObject([{ action: 'delete', key: 'App/widgets', held: null }]);
  return sweep;
}

describe('a queued deletion', () => {
  it('is carried out when all is as it was', async () => {
    const { results } = await waiting();
    release();
    expect(await rig.timed(results)).toMatchObject([{ outcome: 'done', status: 'Gone' }]);
    expect(await rig.apps('Widgets')).toEqual([]);
  });

  it('is queued once, and its success is the last word', async () => {
    const first = await waiting();
    const queued = rig.core.queue.size;
    const second = await rig.timed(rig.core.reconciler.reconcileOnce({ trigger: 'command', scope: 'all' }));
    expect(rig.core.queue.size).toEqual(queued);
    const late = await rig.plan();
    rig.events.length = 0;
    release();
    await rig.timed(Promise.all([first.results, second.results]));
    const load = await rig.core.reconciler.load();
    const third = await rig.core.reconciler.execute({ ...late, load }, { trigger: 'retry', scope: 'all' });
    await rig.timed(third.results);
    expect(rig.events).toMatchObject([{ name: 'widgets', action: 'delete', outcome: 'done' }]);
    expect(rig.core.statusStore.get('App/widgets')).toBeUndefined();
  });

  it('is called off when its definition comes back', async () => {
    const first = await waiting();
    await rig.write('all.yaml', file(app('widgets', 'Widgets'), other));
    const second = await rig.timed(rig.core.reconciler.reconcileOnce({ trigger: 'file', scope: 'all' }));
    release();
    await rig.timed(Promise.all([first.results, second.results]));
    expect(await rig.apps('Widgets')).toHaveLength(1);
  });

  it('is called off when another definition has come to mean its object', async () => {
    const first = await waiting();
    const scope = new Set(['App/things']);
    await rig.write('all.yaml', file(app('things', 'Widgets'), other));
    const second = await rig.timed(rig.core.reconciler.reconcileOnce({ trigger: 'file', scope }));
    release();
    await rig.timed(Promise.all([first.results, second.results]));
    expect(await rig.apps('Widgets')).toHaveLength(1);
    expect([...rig.store.records().objects.keys()].sort()).toEqual(['App/gadgets', 'App/things']);
  });

  it('is called off when a definition that is only loaded yet means its object', async () => {
    const { results } = await waiting();
    await rig.write('all.yaml', file(app('things', 'Widgets'), other));
    await rig.core.reconciler.load();
    release();
    await rig.timed(results);
    expect(await rig.apps('Widgets')).toHaveLength(1);
  });

  it('is cancelled when a person takes the object over', async () => {
    const { results } = await waiting();
    const [widgets] = await rig.apps('Widgets');
    const edit = {
      kind: 'App',
      id: String(widgets?.id),
      set: { description: 'Mine' },
      user: 'bob@acme.example',
    };
    await rig.tenant.webEdit({ ...edit, kind: 'App' });
    release();
    await rig.timed(results);
    expect(await rig.apps('Widgets')).toHaveLength(1);
  });
});
