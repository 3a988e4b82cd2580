import { afterEach, expect, it } from 'vitest';
import { file } from '../../support/definitions.js';
import { Rig } from '../../support/rig.js';

let rig: Rig;
afterEach(() => rig.stop());

const app = (description: string): string =>
  file({ kind: 'App', name: 'one', spec: { displayName: 'One', description } });

it('a change beyond every limit admits no further change of its object within one', async () => {
  rig = await Rig.start({ settings: { limits: {} } });
  await rig.write('one.yaml', app('first'));
  await rig.sweep();
  await rig.write('one.yaml', app('second'));
  await rig.sweep();
  await rig.writes();
  await rig.restart({ settings: { limits: { updates: { count: 0 } } } });
  await rig.write('one.yaml', app('third'));
  const { plan } = await rig.sweep();
  expect(plan.changes.map(({ held }) => held?.reason)).toEqual([
    expect.stringContaining('sync.limits.updates allows none'),
  ]);
  expect(await rig.writes()).toEqual([]);
});
