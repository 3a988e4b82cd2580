import { afterEach, expect, it } from 'vitest';
import { file } from '../../support/definitions.js';
import { Rig } from '../../support/rig.js';

let rig: Rig;
afterEach(() => rig?.stop());

const app = (name: string) => ({ kind: 'App', name, spec: { displayName: name.toUpperCase() } });
const under = (name: string) => ({
  kind: 'Connector',
  name,
  spec: { app: name, catalog: 'slack', displayName: `Cloud of ${name}` },
});

it('no connector is created under an app whose adoption a limit holds, and one approval releases both', async () => {
  rig = await Rig.start({ settings: { limits: { adopts: { count: 1 } } } });
  for (const name of ['one', 'two']) {
    await rig.tenant.api('POST', '/api/v1/apps', { displayName: name.toUpperCase() });
  }
  await rig.write('all.yaml', file(app('one'), app('two'), under('one'), under('two')));
  const { plan } = await rig.sweep();
  expect(plan.changes.map(({ key, held }) => [key, held?.status])).toEqual([
    ['App/one', undefined],
    ['App/two', 'Held'],
    ['Connector/one', undefined],
    ['Connector/two', 'Held'],
  ]);
  expect(await rig.connectors('Cloud of two')).toEqual([]);
  const [, two, , cloud] = plan.changes;
  expect(cloud?.held?.approval).toBe(two?.held?.approval);
  await rig.approve(two?.held?.approval ?? '');
  await rig.sweep();
  expect(await rig.connectors('Cloud of two')).toHaveLength(1);
});
