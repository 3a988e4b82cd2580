import { afterEach, describe, expect, it } from 'vitest';
import { idOf } from '../../../src/emulator/ids.js';
import { type Doc, file } from '../../support/definitions.js';
import { Rig } from '../../support/rig.js';
import { says } from '../../support/says.js';
import { VirtualClock } from '../../support/virtual-clock.js';

let rig: Rig;
afterEach(() => rig?.stop());

const GITHUB = idOf('app/GitHub');
const app: Doc = { kind: 'App', name: 'github', spec: { displayName: 'GitHub' } };
const connector: Doc = {
  kind: 'Connector',
  name: 'cloud',
  spec: { app: { id: GITHUB }, catalog: 'salesforce', displayName: 'Cloud', description: 'Ours' },
};

/** The app and a connector below it that names it by id, both in sync. */
async function begin(): Promise<void> {
  rig = await Rig.start();
  await rig.write('all.yaml', file(app));
  await rig.sweep();
  await rig.write('all.yaml', file(app, connector));
  await rig.sweep();
  expect(await rig.connectors('Cloud')).toHaveLength(1);
  await rig.write('all.yaml', file(app, { ...connector, spec: { ...connector.spec, description: 'New' } }));
  await rig.writes();
}

async function standing(key = 'Connector/cloud') {
  const { plan } = await rig.sweep();
  return plan.standings.find((candidate) => candidate.key === key);
}

describe('a connector of an app that it names by id', () => {
  it('is created in the sweep that takes the app from its former owner', async () => {
    rig = await Rig.start();
    const annotations = { managed_by: 'terraform', iac_resource_address: 'app.one' };
    await rig.tenant.api('POST', '/api/v1/apps', { displayName: 'Theirs', annotations });
    const [theirs] = await rig.apps('Theirs');
    const taking = { ...app, name: 'theirs', spec: { displayName: 'Theirs' } };
    const below = { ...connector, spec: { app: { id: theirs?.id }, catalog: 'slack', displayName: 'Below' } };
    await rig.write('all.yaml', file({ ...taking, annotations: { 'c1sync/take-from': 'terraform' } }, below));
    await rig.writes();
    await rig.sweep();
    const paths = (await rig.writes()).map(({ path }) => path);
    expect(paths).toEqual([`/api/v1/apps/${theirs?.id}`, `/api/v1/apps/${theirs?.id}/connectors`]);
    expect((await rig.sweep()).plan.changes).toEqual([]);
  });

  it('is adopted in the sweep that adopts the app', async () => {
    const catalogId = '2k4W58EZuLALKVuoMIaFKRHvx9p';
    rig = await Rig.start({
      adopt: 'matching',
      emulator: {
        seed: {
          apps: [{ id: 'one', displayName: 'One' }],
          connectors: [{ id: 'green', appId: 'one', displayName: 'Green', catalogId }],
        },
      },
    });
    const below = { ...connector, spec: { app: { id: 'one' }, catalogId, displayName: 'Green' } };
    await rig.write('all.yaml', file({ ...app, spec: { displayName: 'One' } }, below));
    await rig.sweep();
    expect([...rig.store.records().objects.keys()]).toEqual(['App/github', 'Connector/cloud']);
    expect((await rig.plan()).plan.changes).toEqual([]);
  });

  it('is held with the app that a person took over', async () => {
    await begin();
    await rig.tenant.webEdit({
      kind: 'App',
      id: GITHUB,
      set: { description: 'Mine' },
      user: 'bob@acme.example',
    });
    expect(await standing()).toMatchObject({
      status: 'TakenOver',
      reason: says('App/github', 'web app', "'c1sync resume App/github'"),
    });
    expect(await rig.writes()).toEqual([]);
  });

  it('is held with the app that its definition suspends', async () => {
    await begin();
    const changed = { ...connector, spec: { ...connector.spec, description: 'New' } };
    await rig.write('all.yaml', file({ ...app, annotations: { 'c1sync/suspend': 'moving' } }, changed));
    expect(await standing()).toMatchObject({
      status: 'Suspended',
      reason: expect.stringMatching(/moving; remove c1sync\/suspend/),
    });
    expect(await rig.writes()).toEqual([]);
  });

  it('reports an unknown app', async () => {
    rig = await Rig.start();
    await rig.write('all.yaml', file({ ...connector, spec: { ...connector.spec, app: { id: 'nothing' } } }));
    expect(await standing()).toMatchObject({
      status: 'UnresolvedReference',
      reason: says('App', 'id nothing', 'spec.app'),
    });
  });

  it('is Gone with the name of its parent when the id that it pins is under another app', async () => {
    rig = await Rig.start();
    await rig.tenant.api('POST', '/api/v1/apps', { displayName: 'Other' });
    const [other] = await rig.apps('Other');
    const { connectorTypes } = await rig.tenant.state();
    const body = { catalogId: connectorTypes[0]?.catalogId, displayName: 'Elsewhere' };
    await rig.tenant.api('POST', `/api/v1/apps/${other?.id}/connectors`, body);
    const [elsewhere] = await rig.connectors('Elsewhere');
    expect(elsewhere?.appId).toBe(other?.id);
    await rig.write('all.yaml', file({ ...connector, id: String(elsewhere?.id) }));
    expect(await standing()).toMatchObject({
      status: 'Gone',
      reason: says('no Connector of its App', `id ${elsewhere?.id}`, 'metadata.id', 'spec.app'),
    });
    expect(await rig.connectors('Cloud')).toEqual([]);
  });
});

describe('a connector of an app that it names by definition', () => {
  const byName: Doc = { ...connector, spec: { ...connector.spec, app: 'github' } };

  it('shares the doubt about which app is meant', async () => {
    rig = await Rig.start();
    await rig.tenant.api('POST', '/api/v1/apps', { displayName: 'GitHub' });
    await rig.write('all.yaml', file(app, byName));
    expect(await standing()).toMatchObject({
      status: 'Failed',
      reason: says('App/github', '2 objects'),
    });
  });

  it('is blocked by an app whose adoption a limit holds, also in a sweep of the connector alone', async () => {
    rig = await Rig.start({ settings: { limits: { adopts: { count: 0 } } } });
    await rig.write('all.yaml', file(app));
    await rig.sweep();
    await rig.write('all.yaml', file(app, byName));
    const { plan } = await rig.sweep(new Set(['Connector/cloud']), 'file');
    expect(plan.standings.find(({ key }) => key === 'Connector/cloud')).toMatchObject({ status: 'Held' });
    expect(await rig.connectors('Cloud')).toHaveLength(0);
  });

  it('is blocked by the pending adoption of an app that a command excludes', async () => {
    rig = await Rig.start();
    await rig.write('all.yaml', file(app, byName));
    rig.core.planner.select(({ key }) => key === 'Connector/cloud');
    const { plan } = await rig.sweep();
    expect(plan.standings).toMatchObject([
      {
        key: 'Connector/cloud',
        status: 'Pending',
        reason: expect.stringMatching(/App\/github.*add App\/github to the targets/),
      },
    ]);
    expect(await rig.writes()).toEqual([]);
  });

  it('is created after its app in the same sweep', async () => {
    rig = await Rig.start();
    await rig.write('all.yaml', file({ ...app, spec: { displayName: 'New' } }, byName));
    const { done } = await rig.sweep();
    expect(done.map(({ key, outcome }) => [key, outcome])).toEqual([
      ['App/github', 'done'],
      ['Connector/cloud', 'done'],
    ]);
  });

  it('is not made, nor called failed, when the app is refused', async () => {
    rig = await Rig.start();
    await rig.write('all.yaml', file({ ...app, spec: { displayName: 'New' } }, byName));
    await rig.tenant.faults({ match: 'POST /api/v1/apps', status: 403, message: 'not you' });
    const { done } = await rig.sweep();
    expect(done).toMatchObject([
      { key: 'App/github', status: 'Failed' },
      {
        key: 'Connector/cloud',
        outcome: 'settling',
        status: 'Pending',
        reason: expect.stringMatching(
          /^it waits for App\/github: POST \/api\/v1\/apps answered 403: not you; correct that/,
        ),
      },
    ]);
    expect(rig.core.statusStore.get('Connector/cloud')).toMatchObject({ status: 'Pending' });
  });

  it('is not blocked by the former app of its definition', async () => {
    const clock = new VirtualClock();
    rig = await Rig.start({ clock, settings: { onDeleted: 'recreate' } });
    await rig.write('all.yaml', file({ ...app, spec: { displayName: 'New' } }, byName));
    await rig.tenant.faults({
      match: 'POST /api/v1/apps/*/connectors',
      status: 404,
      message: 'app not found',
    });
    await rig.sweep();
    expect(rig.core.statusStore.get('Connector/cloud')?.reason).toMatch(/404: app not found/);
    const [old] = await rig.apps('New');
    await rig.timed(rig.tenant.api('DELETE', `/api/v1/apps/${old?.id}`));
    await clock.advance(59_000);
    await rig.sweep('all', 'interval');
    await rig.writes();
    await clock.advance(2_000);
    await rig.sweep('all', 'interval');
    const [recreated] = await rig.apps('New');
    expect(await rig.connectors('Cloud')).toMatchObject([{ appId: recreated?.id }]);
  });

  it('comes under management after its app, not before', async () => {
    rig = await Rig.start();
    const live: Doc = {
      kind: 'Connector',
      name: 'github',
      spec: { app: 'github', catalog: 'github-v2', displayName: 'GitHub v2', description: 'Ours' },
    };
    await rig.write('all.yaml', file(app, live));
    await rig.sweep();
    const [first, second] = (await rig.writes()).map(({ path }) => path);
    expect(first).toBe(`/api/v1/apps/${GITHUB}`);
    expect(second).toBe(`/api/v1/apps/${GITHUB}/connectors/${idOf('connector/GitHub GitHub v2')}`);
  });
});
