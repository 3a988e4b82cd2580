import { afterEach, describe, expect, it } from 'vitest';
import { file } from '../../support/definitions.js';
import { Rig } from '../../support/rig.js';
import { VirtualClock } from '../../support/virtual-clock.js';

let rig: Rig;
let clock: VirtualClock;
afterEach(() => rig?.stop());

const widgets = { kind: 'App', name: 'widgets', spec: { displayName: 'Widgets', description: 'As defined' } };

/** A managed app, deleted by somebody else, where what is deleted is recreated. */
async function deleted(): Promise<void> {
  clock = new VirtualClock();
  rig = await Rig.start({ clock, timeoutMs: 2_000, settings: { onDeleted: 'recreate' } });
  await rig.write('widgets.yaml', file(widgets));
  await rig.sweep();
  const [app] = await rig.apps('Widgets');
  await rig.tenant.api('DELETE', `/api/v1/apps/${app?.id}`, {});
}

async function statusAfterSweeps(count: number): Promise<string | undefined> {
  for (let round = 0; round < count; round += 1) {
    await rig.sweep();
    await clock.advance(60_000);
  }
  return (await rig.plan()).plan.standings.find(({ key }) => key === 'App/widgets')?.status;
}

describe('an object that is recreated', () => {
  it.each(['apply', 'before'] as const)(
    'is recreated once, when the answer is lost and the work was to %s',
    async (after) => {
      await deleted();
      await rig.tenant.faults({ match: 'POST /api/v1/apps', status: 'timeout', times: 1, after });
      expect(await statusAfterSweeps(8)).toBe('Synced');
      expect(await rig.apps('Widgets')).toHaveLength(1);
    },
  );

  it('is not made beside one that turned up under its name meanwhile', async () => {
    await deleted();
    await rig.tenant.api('POST', '/api/v1/apps', { displayName: 'Widgets', description: 'By hand' });
    expect(await statusAfterSweeps(3)).toBe('Synced');
    expect(await rig.apps('Widgets')).toMatchObject([{ description: 'As defined' }]);
  });

  it('is recreated a minute after it was deleted in the middle of its create', async () => {
    clock = new VirtualClock();
    rig = await Rig.start({ clock, settings: { onDeleted: 'recreate' } });
    const owners = ['alice@acme.example'];
    const owned = { ...widgets, spec: { ...widgets.spec, owners } };
    await rig.write('widgets.yaml', file(owned));
    await rig.tenant.faults({ match: 'PUT /api/v1/apps/*', status: 404, times: 1 });
    await rig.sweep('all', 'interval');
    const [app] = await rig.apps('Widgets');
    await rig.tenant.api('DELETE', `/api/v1/apps/${app?.id}`, {});
    await rig.sweep('all', 'interval');
    expect(rig.core.statusStore.get('App/widgets')).toMatchObject({ status: 'Failed' });
    await clock.advance(61_000);
    await rig.sweep('all', 'interval');
    expect(await rig.apps('Widgets')).toHaveLength(1);
  });
});
