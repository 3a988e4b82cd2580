import { afterEach, expect, it } from 'vitest';
import { exitCodeOf } from '../../src/cli/plan.js';
import { file } from '../support/definitions.js';
import { Rig } from '../support/rig.js';

let rig: Rig;
afterEach(() => rig.stop());

it.each([
  ['got no answer', 'reset', [2, 0]],
  ['failed with an unknown outcome', 500, [1, 1]],
] as const)(
  'a plan is not called empty while an object is missing whose create %s',
  async (_, status, codes) => {
    rig = await Rig.start();
    const app = { kind: 'App', name: 'widgets', spec: { displayName: 'Widgets' } };
    const connector = {
      kind: 'Connector',
      name: 'widgets',
      spec: { app: 'widgets', catalog: 'github-v2', displayName: 'Widgets' },
    };
    await rig.write('widgets.yaml', file(app, connector));
    await rig.tenant.faults({ match: 'POST /api/v1/apps', status });
    await rig.sweep();
    const { plan, load } = await rig.core.reconciler.plan('all');
    expect(plan.changes).toEqual([]);
    expect([true, false].map((isDetailed) => exitCodeOf(plan, load, isDetailed))).toEqual(codes);
  },
);
