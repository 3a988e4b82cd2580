import { afterEach, describe, expect, it } from 'vitest';
import { file } from '../../support/definitions.js';
import { Rig } from '../../support/rig.js';

let rig: Rig;
afterEach(() => rig.stop());

const app = (name: string, description: string) => ({
  kind: 'App',
  name,
  spec: { displayName: `App ${name}`, description },
});

describe('what changed in the definitions', () => {
  it('is reported although a sweep of other objects has loaded it already', async () => {
    rig = await Rig.start();
    await rig.write('apps.yaml', file(app('one', 'first'), app('two', 'first')));
    await rig.sweep('all', 'start');
    await rig.write('apps.yaml', file(app('one', 'first'), app('two', 'second')));
    await rig.sweep(new Set(['App/one']), 'retry');
    expect(await rig.core.reconciler.changed()).toEqual(new Set(['App/two']));
    expect(await rig.core.reconciler.changed()).toEqual(new Set());
  });

  it('is reported again before the first sweep', async () => {
    rig = await Rig.start();
    await rig.write('apps.yaml', file(app('one', 'first')));
    await rig.tenant.faults({ match: 'GET /api/v1/apps', status: 403 });
    await expect(rig.sweep('all', 'start')).rejects.toThrow('403');
    expect(await rig.core.reconciler.changed()).toBe('all');
  });

  it('includes a move to another file, so that its loss is no removal', async () => {
    rig = await Rig.start({ settings: { prune: true } });
    await rig.write('kept.yaml', file(app('kept', 'first')));
    await rig.write('one.yaml', file(app('one', 'first')));
    await rig.sweep('all', 'start');
    await rig.remove('one.yaml');
    await rig.write('moved.yaml', file(app('one', 'first')));
    const moved = await rig.core.reconciler.changed();
    expect(moved).toEqual(new Set(['App/one']));
    await rig.sweep(moved, 'file');
    expect(rig.store.object('App/one')?.source?.path).toBe('moved.yaml');
    await rig.write('moved.yaml', '');
    await rig.restart({ settings: { prune: true } });
    const { plan } = await rig.core.reconciler.plan('all');
    expect(plan.standings.find(({ key }) => key === 'App/one')?.status).toBe('Invalid');
  });

  it('excludes changes that a full sweep has covered', async () => {
    rig = await Rig.start();
    await rig.write('apps.yaml', file(app('one', 'first')));
    await rig.sweep('all', 'start');
    await rig.write('apps.yaml', file(app('one', 'second')));
    await rig.sweep('all', 'signal');
    expect(await rig.core.reconciler.changed()).toEqual(new Set());
  });
});
