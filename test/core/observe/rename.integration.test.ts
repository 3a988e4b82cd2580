import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { AdoptMode } from '../../../src/core/observe/matching.js';
import { type Doc, file } from '../../support/definitions.js';
import { Rig, type RigOptions } from '../../support/rig.js';
import { says } from '../../support/says.js';
import { VirtualClock } from '../../support/virtual-clock.js';

let rig: Rig;
afterEach(() => rig?.stop());

const app: Doc = { kind: 'App', name: 'old', spec: { displayName: 'Widgets', description: 'Ours' } };
const connector: Doc = {
  kind: 'Connector',
  name: 'old-cloud',
  spec: {
    app: 'old',
    catalog: 'github-v2',
    displayName: 'Cloud',
    config: { github_access_token: { valueFrom: { env: 'TOKEN' } } },
  },
};

async function begin(adopt: AdoptMode = 'never'): Promise<string> {
  rig = await Rig.start({ adopt, env: { TOKEN: 'planted' } });
  await rig.write('all.yaml', file(app, connector));
  await rig.sweep();
  await rig.sweep();
  await rig.writes();
  return String((await rig.apps('Widgets'))[0]?.id);
}

async function expectMoved(): Promise<void> {
  expect((await rig.writes()).map(({ mask }) => mask)).toEqual(['annotations']);
  expect([...rig.store.records().objects.keys()].sort()).toEqual(['App/new', 'Connector/new-cloud']);
  expect(rig.store.object('App/new')?.origin).toBe('created');
  expect((await rig.apps('Widgets')).map(({ annotations }) => annotations)).toEqual([
    { managed_by: 'c1sync', iac_workspace: 'test', iac_resource_address: 'App/new' },
  ]);
  const { plan } = await rig.sweep();
  expect([plan.changes, plan.bookkeeping, await rig.writes()]).toEqual([[], [], []]);
  expect(plan.standings.map(({ status }) => status)).toEqual(['Synced', 'Synced']);
}

const under = { ...connector.spec, app: 'new' };

describe('a rename of metadata.name', () => {
  it('of a suspended object ends with the first write after it, marks included', async () => {
    rig = await Rig.start();
    await rig.write('all.yaml', file(app));
    await rig.sweep();
    const renamed = { ...app, name: 'new' };
    await rig.write('all.yaml', file({ ...renamed, annotations: { 'c1sync/suspend': 'moving' } }));
    await rig.sweep();
    await rig.write('all.yaml', file({ ...renamed, spec: { ...app.spec, description: 'Theirs' } }));
    await rig.writes();
    await rig.sweep();
    expect((await rig.writes()).map(({ mask }) => mask)).toEqual(['description,annotations']);
    const { plan } = await rig.plan();
    expect([plan.changes, plan.bookkeeping]).toEqual([[], []]);
  });

  it.each<[string, Partial<Doc>, RigOptions['settings']]>([
    ['a suspended object', { annotations: { 'c1sync/suspend': 'moving' } }, {}],
    ['an object that a limit holds', {}, { limits: { updates: { count: 0 } } }],
  ])('moves the record of %s, with any later definition', async (_, more, settings) => {
    const clock = new VirtualClock();
    rig = await Rig.start({ clock, settings: { prune: true, pruneAfterMs: 60_000, ...settings } });
    const suspended = { ...app, ...more };
    const another: Doc = { kind: 'App', name: 'another', spec: { displayName: 'Gadgets' } };
    for (const [name, displayName] of [
      ['old', 'Widgets'],
      ['new', 'Widgets'],
      ['new', 'Renamed'],
    ] as const) {
      await rig.write(
        'all.yaml',
        file({ ...(name === 'old' ? app : suspended), name, spec: { displayName } }, another),
      );
      for (const _ of [1, 2, 3]) {
        await rig.sweep();
        await clock.advance(61_000);
      }
    }
    expect(await rig.apps('Widgets')).toHaveLength(1);
    expect([...rig.store.records().objects.keys()].sort()).toEqual(['App/another', 'App/new']);
  });

  it('is not seen in a load from another source without the former name', async () => {
    await begin('matching');
    const elsewhere = path.join(rig.root, 'elsewhere');
    await mkdir(elsewhere);
    const theirs = file({ ...app, name: 'new', spec: { ...app.spec, description: 'Theirs' } });
    await writeFile(path.join(elsewhere, 'theirs.yaml'), theirs);
    await rig.restart({ directory: 'elsewhere' });
    const { plan } = await rig.sweep();
    expect([await rig.writes(), [...rig.store.records().objects.keys()].sort()]).toEqual([
      [],
      ['App/old', 'Connector/old-cloud'],
    ]);
    expect(plan.standings.find(({ key }) => key === 'App/new')).toMatchObject({
      status: 'Held',
      reason: expect.stringMatching(
        /which App\/old manages, and its last definition was in \S+definitions, another source; load .* c1sync\/renamed-from /,
      ),
    });
    await writeFile(
      path.join(elsewhere, 'theirs.yaml'),
      file({ ...app, name: 'new', annotations: { 'c1sync/renamed-from': 'old' } }),
    );
    await rig.sweep();
    expect((await rig.writes()).map(({ mask }) => mask)).toEqual(['annotations']);
    expect(rig.store.object('App/old')).toBeUndefined();
  });

  it('does not count against the limits without a write', async () => {
    rig = await Rig.start({ env: { TOKEN: 'planted' }, settings: { limits: { updates: { count: 0 } } } });
    await rig.write('all.yaml', file(app, connector));
    await rig.sweep();
    await rig.sweep();
    await rig.write('all.yaml', file(app, { ...connector, name: 'new-cloud' }));
    expect((await rig.sweep()).done).toMatchObject([{ key: 'Connector/new-cloud', outcome: 'done' }]);
    const changed = { ...connector.spec, description: 'Changed' };
    await rig.write('all.yaml', file(app, { ...connector, name: 'new-cloud', spec: changed }));
    await rig.writes();
    expect((await rig.sweep()).plan.changes).toMatchObject([{ held: { status: 'Held' } }]);
    expect(await rig.writes()).toEqual([]);
  });

  it('moves the record that a failed adoption left', async () => {
    rig = await Rig.start();
    await rig.tenant.api('POST', '/api/v1/apps', { displayName: 'Widgets' });
    await rig.tenant.faults({ match: 'POST /api/v1/apps/*', times: 1, status: 403 });
    await rig.write('all.yaml', file(app));
    await rig.sweep();
    const annotations = { 'c1sync/renamed-from': 'old' };
    await rig.write('all.yaml', file({ ...app, name: 'new', annotations }));
    await rig.sweep();
    expect([...rig.store.records().objects.keys()]).toEqual(['App/new']);
  });

  it.each<[string, Partial<Doc>]>([
    ['c1sync/renamed-from', { annotations: { 'c1sync/renamed-from': 'old' } }],
    ['an unchanged display name', {}],
  ])('is seen by %s, and moves the record', async (_, how) => {
    await begin();
    const from = (name: string): Partial<Doc> =>
      how.annotations === undefined ? {} : { annotations: { 'c1sync/renamed-from': name } };
    await rig.write(
      'all.yaml',
      file(
        { ...app, ...how, name: 'new' },
        { ...connector, ...from('old-cloud'), name: 'new-cloud', spec: under },
      ),
    );
    const { plan } = await rig.sweep();
    expect(plan.summary).toMatchObject({ create: 0, adopt: 0, update: 2 });
    expect(plan.changes[0]?.fields).toEqual([
      { path: 'metadata.name', from: 'old', to: 'new' },
      { path: 'annotations.iac_resource_address', from: 'App/old', to: 'App/new' },
    ]);
    expect(plan.changes[1]?.fields).toEqual([{ path: 'metadata.name', from: 'old-cloud', to: 'new-cloud' }]);
    await expectMoved();
  });

  it('is seen by a pinned id', async () => {
    const id = await begin();
    const cloud = String((await rig.connectors('Cloud'))[0]?.id);
    await rig.write(
      'all.yaml',
      file({ ...app, name: 'new', id }, { ...connector, name: 'new-cloud', id: cloud, spec: under }),
    );
    await rig.sweep();
    await expectMoved();
  });

  it('leaves one record where the object was still being created under the old name', async () => {
    await begin();
    const record = rig.store.object('Connector/old-cloud');
    if (record === undefined) throw new Error('there is no record of Connector/old-cloud');
    await rig.store.putObject({ ...record, key: 'Connector/new-cloud' });
    await rig.write('all.yaml', file(app, { ...connector, name: 'new-cloud' }));
    await rig.sweep();
    expect([...rig.store.records().objects.keys()]).toEqual(['App/old', 'Connector/new-cloud']);
    await rig.sweep();
    expect(rig.core.statusStore.get('Connector/new-cloud')?.status).toBe('Synced');
  });

  it('also writes a new display name', async () => {
    await begin();
    const annotations = { 'c1sync/renamed-from': 'old' };
    const spec = { ...app.spec, displayName: 'Gadgets' };
    await rig.write('all.yaml', file({ ...app, name: 'new', annotations, spec }));
    await rig.sweep();
    expect((await rig.writes()).map(({ mask }) => mask)).toEqual(['displayName,annotations']);
    expect(await rig.apps('Gadgets')).toHaveLength(1);
    expect(await rig.apps('Widgets')).toEqual([]);
  });

  it('is known by the marks when the records are lost too', async () => {
    const id = await begin();
    await rig.store.close();
    await rm(path.join(rig.root, 'state'), { recursive: true });
    await rig.open();
    const annotations = { 'c1sync/renamed-from': 'old' };
    const spec = { ...app.spec, displayName: 'Gadgets' };
    await rig.write('all.yaml', file({ ...app, name: 'new', annotations, spec }));
    const { plan } = await rig.sweep();
    expect(plan.changes).toMatchObject([{ action: 'update', id, name: 'new' }]);
    expect(await rig.apps('Gadgets')).toHaveLength(1);
  });

  it('that nothing shows is a new object beside the old one, which stays as it is', async () => {
    await begin();
    await rig.write('all.yaml', file({ ...app, name: 'new', spec: { displayName: 'Gadgets' } }));
    const { plan } = await rig.sweep();
    expect(plan.summary).toMatchObject({ create: 1, update: 0 });
    expect(plan.standings.map(({ key, status }) => [key, status])).toEqual([
      ['App/new', 'Pending'],
      ['App/old', 'Orphaned'],
      ['Connector/old-cloud', 'Orphaned'],
    ]);
    expect(await rig.apps('Widgets')).toHaveLength(1);
    expect(await rig.apps('Gadgets')).toHaveLength(1);
  });

  it('does not take an object from a definition that still holds it', async () => {
    await begin();
    const annotations = { 'c1sync/renamed-from': 'old' };
    await rig.write(
      'all.yaml',
      file(app, connector, { ...app, name: 'new', annotations, spec: { displayName: 'Gadgets' } }),
    );
    const { plan } = await rig.sweep();
    expect(plan.summary).toMatchObject({ create: 1, update: 0, unchanged: 2 });
  });

  it('is undone by the next one', async () => {
    await begin();
    await rig.write('all.yaml', file({ ...app, name: 'new' }, { ...connector, spec: under }));
    await rig.sweep();
    await rig.write('all.yaml', file(app, connector));
    await rig.sweep();
    expect([...rig.store.records().objects.keys()].sort()).toEqual(['App/old', 'Connector/old-cloud']);
    await rig.writes();
    expect((await rig.sweep()).plan.changes).toEqual([]);
    expect(await rig.writes()).toEqual([]);
  });
});

describe('a change of parent', () => {
  it('is held, and has the remedy', async () => {
    const id = await begin();
    const other: Doc = { kind: 'App', name: 'other', spec: { displayName: 'Other' } };
    await rig.write(
      'all.yaml',
      file(app, other, { ...connector, spec: { ...connector.spec, app: 'other' } }),
    );
    await rig.sweep();
    const { plan } = await rig.sweep();
    const held = plan.standings.find(({ key }) => key === 'Connector/old-cloud');
    expect(held).toMatchObject({ status: 'Held' });
    expect(held?.reason).toMatch(
      new RegExp(`^spec\\.app cannot change in place: the object \\w+ lives under ${id}; revert it, or `),
    );
    expect(await rig.connectors('Cloud')).toHaveLength(1);
  });

  it('that comes from a deleted and forgotten app is a connector that is gone', async () => {
    const id = await begin();
    await rig.tenant.api('DELETE', `/api/v1/apps/${id}`);
    const gone = await rig.sweep();
    expect(gone.plan.standings).toMatchObject([
      { key: 'App/old', status: 'Gone' },
      {
        key: 'Connector/old-cloud',
        status: 'Gone',
        reason: says('App/old', 'deleted'),
      },
    ]);
    await rig.store.removeObject('App/old');
    await rig.sweep();
    const { plan } = await rig.sweep();
    expect(plan.standings).toMatchObject([
      { key: 'App/old', status: 'Synced' },
      {
        key: 'Connector/old-cloud',
        status: 'Gone',
        reason: expect.stringContaining('c1sync state forget Connector/old-cloud'),
      },
    ]);
  });
});

it('a definition that is renamed leaves no orphan behind, not even in the plan that renames it', async () => {
  rig = await Rig.start();
  const app = { kind: 'App', name: 'widgets', spec: { displayName: 'Widgets' } };
  await rig.write('widgets.yaml', file(app));
  await rig.sweep();
  await rig.write('widgets.yaml', file({ ...app, name: 'gadgets' }));
  const { plan } = await rig.plan();
  expect(plan.standings.map(({ key, status }) => [key, status])).toEqual([['App/gadgets', 'Pending']]);
});
