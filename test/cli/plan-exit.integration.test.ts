import { afterEach, expect, it } from 'vitest';
import { exitCodeOf } from '../../src/cli/plan.js';
import { renderPlan } from '../../src/cli/render/text.js';
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

it('a plan without the values of secrets that were written says that it cannot compare them', async () => {
  const env: Record<string, string> = { TOKEN: 'abc' };
  rig = await Rig.start({ env, settings: { refuseUnset: false } });
  const app = { kind: 'App', name: 'git', spec: { displayName: 'Git' } };
  const config = {
    C1_selected_field_group_name: 'github_personal_access_token_group',
    github_access_token: { valueFrom: { env: 'TOKEN' } },
  };
  const connector = {
    kind: 'Connector',
    name: 'git',
    spec: { app: 'git', catalog: 'github-v2', displayName: 'Git', config },
  };
  await rig.write('git.yaml', file(app, connector));
  await rig.sweep();
  const planned = async () => {
    const { plan, load } = await rig.core.reconciler.plan('all');
    return { text: renderPlan(plan, { colour: false, width: 200 }), code: exitCodeOf(plan, load, true) };
  };
  expect(await planned()).toMatchObject({ code: 0 });
  delete env.TOKEN;
  const { text, code } = await planned();
  expect(text).toContain('Connector/git: secrets cannot be compared without their values');
  expect(text).toContain('Bookkeeping: 1 connector whose secrets have no value here.');
  expect(text).not.toContain('unverified');
  expect(code).toBe(2);
});
