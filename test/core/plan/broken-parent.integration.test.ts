import { afterEach, describe, expect, it } from 'vitest';
import { idOf } from '../../../src/emulator/ids.js';
import { type Doc, file } from '../../support/definitions.js';
import { Rig } from '../../support/rig.js';

let rig: Rig;
afterEach(() => rig?.stop());

const GITHUB = idOf('app/GitHub');
const app = (spec = {}, annotations = {}): Doc => ({
  kind: 'App',
  name: 'github',
  spec: { displayName: 'GitHub', ...spec },
  annotations,
});
const connector: Doc = {
  kind: 'Connector',
  name: 'cloud',
  spec: { app: 'github', catalog: 'salesforce', displayName: 'Cloud' },
};
const UNKNOWN = { grantPolicy: 'No such policy' };

async function statuses(): Promise<Record<string, string>> {
  const { plan } = await rig.sweep();
  return Object.fromEntries(plan.standings.map(({ key, status }) => [key, status]));
}

async function mark(annotations: object): Promise<void> {
  await rig.tenant.api('POST', `/api/v1/apps/${GITHUB}`, { app: { annotations }, updateMask: 'annotations' });
  await rig.writes();
}

/** How the references or the reads of an app fail. */
const failures: readonly (readonly [string, object, () => Promise<unknown>, string])[] = [
  ['has a name that nothing matches', UNKNOWN, async () => {}, 'UnresolvedReference'],
  [
    'cannot be read whole',
    { owners: ['alice@acme.example'] },
    () => rig.tenant.faults({ match: `GET /api/v1/apps/${GITHUB}/owner*`, status: 403, times: 9 }),
    'Failed',
  ],
];

describe.each(failures)('a connector of an app that %s', (_, spec, breakIt, status) => {
  it('is not made where another tool marked the app', async () => {
    rig = await Rig.start();
    await mark({ managed_by: 'terraform', iac_workspace: 'infra', iac_resource_address: 'app.x' });
    await rig.write('all.yaml', file(app(spec), connector));
    await breakIt();
    expect(await statuses()).toEqual({ 'App/github': 'ForeignOwner', 'Connector/cloud': 'ForeignOwner' });
    expect(await rig.writes()).toEqual([]);
  });

  it('is blocked while the app is not adopted', async () => {
    rig = await Rig.start();
    await rig.write('all.yaml', file(app(spec), connector));
    await breakIt();
    expect(await statuses()).toEqual({ 'App/github': status, 'Connector/cloud': status });
    expect(await rig.writes()).toEqual([]);
  });

  it('is held where a person has taken the app over', async () => {
    rig = await Rig.start({ settings: { onTakeover: 'hold' } });
    const set = { description: 'Mine' };
    await rig.write('all.yaml', file(app({ description: 'Ours' })));
    await rig.sweep();
    await rig.tenant.webEdit({ kind: 'App', id: GITHUB, set, user: 'bob@acme.example' });
    await rig.sweep();
    await rig.writes();
    await rig.write('all.yaml', file(app({ description: 'Ours', ...spec }), connector));
    await breakIt();
    expect(await statuses()).toEqual({ 'App/github': 'TakenOver', 'Connector/cloud': 'TakenOver' });
    expect(await rig.writes()).toEqual([]);
  });

  it('is blocked if a person has edited the app since', async () => {
    rig = await Rig.start({ settings: { onTakeover: 'hold' } });
    await rig.write('all.yaml', file(app({ description: 'Ours' })));
    await rig.sweep();
    await rig.tenant.webEdit({
      kind: 'App',
      id: GITHUB,
      set: { description: 'Mine' },
      user: 'bob@acme.example',
    });
    await rig.writes();
    await rig.write('all.yaml', file(app({ description: 'Ours', ...spec }), connector));
    await breakIt();
    expect(await statuses()).toEqual({ 'App/github': status, 'Connector/cloud': status });
    expect(await rig.writes()).toEqual([]);
  });

  it('is made where the app is managed', async () => {
    rig = await Rig.start();
    await rig.write('all.yaml', file(app({ description: 'Ours' })));
    await rig.sweep();
    await rig.write('all.yaml', file(app({ description: 'Ours', ...spec }), connector));
    await breakIt();
    expect(await statuses()).toMatchObject({ 'App/github': status });
    expect(await rig.connectors('Cloud')).toHaveLength(1);
  });
});
