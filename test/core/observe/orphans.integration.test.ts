import { afterEach, expect, it } from 'vitest';
import { type Doc, file } from '../../support/definitions.js';
import { Rig } from '../../support/rig.js';

let rig: Rig;
afterEach(() => rig?.stop());

const app = (name: string): Doc => ({ kind: 'App', name, spec: { displayName: name } });

it('a definition that is gone does not cause one full sweep after another in observe mode', async () => {
  rig = await Rig.start({ settings: { prune: true } });
  await rig.write('all.yaml', file(app('one'), app('two')));
  await rig.sweep();
  await rig.restart({ settings: { mode: 'observe' } });
  await rig.write('all.yaml', file(app('one')));
  await rig.sweep();
  const { plan } = await rig.sweep();
  const two = plan.standings.find(({ key }) => key === 'App/two');
  expect(two).toMatchObject({ status: 'Orphaned', reason: expect.stringContaining('sync.mode: enforce') });
  expect(two?.requeueAt).toBeUndefined();
});
