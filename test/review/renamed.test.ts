import { afterEach, expect, it } from 'vitest';
import { file } from '../support/definitions.js';
import { Rig } from '../support/rig.js';

let rig: Rig;
afterEach(() => rig.stop());

it('a definition that is renamed leaves no orphan behind, not even in the plan that renames it', async () => {
  rig = await Rig.start();
  const app = { kind: 'App', name: 'widgets', spec: { displayName: 'Widgets' } };
  await rig.write('widgets.yaml', file(app));
  await rig.sweep();
  await rig.write('widgets.yaml', file({ ...app, name: 'gadgets' }));
  const { plan } = await rig.plan();
  expect(plan.standings.map(({ key, status }) => [key, status])).toEqual([['App/gadgets', 'Pending']]);
});
