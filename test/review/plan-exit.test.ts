import { afterEach, expect, it } from 'vitest';
import { exitCodeOf } from '../../src/cli/plan.js';
import { file } from '../support/definitions.js';
import { Rig } from '../support/rig.js';

let rig: Rig;
afterEach(() => rig.stop());

it('a plan is not called empty while an object is missing whose create got no answer', async () => {
  rig = await Rig.start();
  const app = { kind: 'App', name: 'widgets', spec: { displayName: 'Widgets' } };
  const connector = {
    kind: 'Connector',
    name: 'widgets',
    spec: { app: 'widgets', catalog: 'github-v2', displayName: 'Widgets' },
  };
  await rig.write('widgets.yaml', file(app, connector));
  await rig.tenant.faults({ match: 'POST /api/v1/apps', status: 500 });
  await rig.sweep();
  const { plan, load } = await rig.core.reconciler.plan('all');
  expect(plan.changes).toEqual([]);
  expect(exitCodeOf(plan, load, true)).toBe(2);
  expect(exitCodeOf(plan, load, false)).toBe(0);
});
