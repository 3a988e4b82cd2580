import { afterEach, describe, expect, it } from 'vitest';
import type { AdoptMode } from '../../../src/core/observe/matching.js';
import { idOf } from '../../../src/emulator/ids.js';
import { type Doc, file } from '../../support/definitions.js';
import { Rig, type RigOptions } from '../../support/rig.js';
import { says } from '../../support/says.js';

let rig: Rig;
afterEach(() => rig?.stop());

const GITHUB = idOf('app/GitHub');
const github: Doc = { kind: 'App', name: 'github', spec: { displayName: 'GitHub' } };
const marksOf = (name: string) => ({
  managed_by: 'c1sync',
  iac_workspace: 'test',
  iac_resource_address: `App/${name}`,
});

async function begin(docs: readonly Doc[], options: RigOptions = {}): Promise<void> {
  rig = await Rig.start(options);
  await rig.write('all.yaml', file(...docs));
}

async function annotate(id: string, annotations: Record<string, string>): Promise<void> {
  await rig.tenant.api('POST', `/api/v1/apps/${id}`, { app: { annotations }, updateMask: 'annotations' });
  await rig.tenant.clearRequests();
}

async function expectQuiet(): Promise<void> {
  await rig.writes();
  const { plan } = await rig.sweep();
  expect(plan.changes).toEqual([]);
  expect(plan.bookkeeping).toEqual([]);
  expect(await rig.writes()).toEqual([]);
}

const appOf = async (name: string) => (await rig.apps(name))[0];

describe('an existing app', () => {
  it('is neither changed nor created again where it carries the marks of a definition that has another object', async () => {
    await begin([github]);
    await rig.sweep();
    const body = { displayName: 'Copy of GitHub', annotations: marksOf('github') };
    await rig.tenant.api('POST', '/api/v1/apps', body);
    const copy: Doc = { kind: 'App', name: 'copy', spec: { displayName: 'Copy of GitHub' } };
    await rig.write('all.yaml', file(github, copy));
    await rig.writes();
    const { plan, done } = await rig.sweep();
    const standing = plan.standings.find(({ key }) => key === 'App/copy');
    expect(standing).toMatchObject({
      status: 'Held',
      reason: expect.stringContaining('marks of App/github'),
    });
    expect([done, await rig.writes()]).toEqual([[], []]);

    const [{ id } = { id: '' }] = await rig.apps('Copy of GitHub');
    await rig.write('all.yaml', file(github, { ...copy, id: String(id) }));
    await rig.sweep();
    expect((await appOf('Copy of GitHub'))?.annotations).toEqual(marksOf('copy'));
    await expectQuiet();
  });

  it('comes under management by its name with its marks and what differs, in one call', async () => {
    await begin([{ ...github, spec: { ...github.spec, description: 'Ours', monthlyCostUsd: 21 } }]);
    const { plan } = await rig.sweep();
    expect(plan.summary).toMatchObject({ adopt: 1, create: 0, update: 0 });
    expect(plan.changes[0]).toMatchObject({
      action: 'adopt',
      id: GITHUB,
      fields: [
        { path: 'annotations.managed_by', to: 'c1sync' },
        { path: 'annotations.iac_workspace', to: 'test' },
        { path: 'annotations.iac_resource_address', to: 'App/github' },
        { path: 'description', from: 'Source control', to: 'Ours' },
      ],
    });
    expect(await rig.writes()).toEqual([
      { method: 'POST', path: `/api/v1/apps/${GITHUB}`, mask: 'description,annotations', status: 200 },
    ]);
    expect((await appOf('GitHub'))?.annotations).toEqual(marksOf('github'));
    expect(rig.store.object('App/github')).toMatchObject({ id: GITHUB, origin: 'adopted', marked: true });
    await expectQuiet();
  });

  it.each<AdoptMode>(['marked', 'never'])('is held under adopt: %s, with the way out', async (adopt) => {
    await begin([github], { adopt });
    for (let sweep = 0; sweep < 2; sweep += 1) {
      const { plan } = await rig.sweep();
      expect(plan.summary).toMatchObject({ adopt: 0, create: 0, held: 1 });
      expect(plan.standings[0]).toMatchObject({
        status: 'Held',
        reason: says(`'GitHub' (${GITHUB})`, 'may not adopt', `metadata.id: ${GITHUB}`, 'display name'),
      });
    }
    expect(await rig.writes()).toEqual([]);
    expect(await rig.apps('GitHub')).toHaveLength(1);
  });

  it.each<AdoptMode>(['matching', 'marked', 'never'])('is known by our marks under %s', async (adopt) => {
    await begin([{ ...github, spec: { displayName: 'Renamed since' } }], { adopt });
    await annotate(GITHUB, marksOf('github'));
    const { plan } = await rig.sweep();
    expect(plan.summary).toMatchObject({ update: 1, adopt: 0, create: 0 });
    expect((await rig.writes()).map(({ mask }) => mask)).toEqual(['displayName']);
    expect(rig.store.object('App/github')?.origin).toBe('recovered');
  });

  it.each<AdoptMode>(['matching', 'never'])(
    'gets its marks as bookkeeping when it is pinned, under %s',
    async (adopt) => {
      await begin([{ ...github, id: GITHUB, spec: { description: 'Source control' } }], { adopt });
      const { plan } = await rig.sweep();
      expect(plan.changes).toEqual([]);
      expect(plan.summary).toMatchObject({ unmarked: 1, unchanged: 1, adopt: 0, update: 0 });
      expect((await rig.writes()).map(({ mask }) => mask)).toEqual(['annotations']);
      expect((await appOf('GitHub'))?.annotations).toEqual(marksOf('github'));
      expect((await rig.sweep()).plan.summary.unmarked).toBe(0);
      await expectQuiet();
    },
  );

  it('gets what differs and its marks in one call when it is pinned and differs', async () => {
    await begin([{ ...github, id: GITHUB, spec: { description: 'Ours' } }], { adopt: 'never' });
    const { plan } = await rig.sweep();
    expect(plan.changes[0]).toMatchObject({ action: 'adopt', updateMask: 'description,annotations' });
    expect((await rig.writes()).map(({ mask }) => mask)).toEqual(['description,annotations']);
    await expectQuiet();
  });

  it('is Gone, not made, when a pinned id leads nowhere', async () => {
    await begin([{ ...github, id: 'nothing' }]);
    const { plan } = await rig.sweep();
    expect(plan.standings[0]).toMatchObject({
      status: 'Gone',
      reason: says('id nothing', 'metadata.id'),
    });
    expect(await rig.writes()).toEqual([]);
  });
});

describe('doubt', () => {
  it('about which of two objects is meant is an error that names both', async () => {
    await begin([github, { kind: 'App', name: 'other', spec: { displayName: 'Other' } }]);
    await rig.tenant.api('POST', '/api/v1/apps', { displayName: 'GitHub' });
    const [first, second] = (await rig.apps('GitHub')).map(({ id }) => id);
    await rig.writes();
    const { plan } = await rig.sweep();
    expect(plan.standings).toMatchObject([
      {
        status: 'Failed',
        reason: says('2 objects', String(first), String(second), 'metadata.id'),
      },
      { key: 'App/other' },
    ]);
    expect((await rig.writes()).map(({ path }) => path)).toEqual(['/api/v1/apps']);
  });

  it.each([
    ['both by name', {}, {}],
    ['one by id and one by name', { id: GITHUB }, {}],
    ['one by id without a name', { id: GITHUB, spec: { description: 'x' } }, {}],
  ])('about which of two definitions is meant is an error: %s', async (_, one, other) => {
    await begin([
      { ...github, name: 'one', ...one },
      { ...github, name: 'two', ...other },
    ]);
    const { plan } = await rig.sweep();
    const reasons = plan.standings.filter(({ status }) => status === 'Failed').map(({ reason }) => reason);
    expect(reasons.length).toBeGreaterThan(0);
    for (const reason of reasons) expect(reason).toEqual(says('App/one', 'App/two', 'same object'));
    expect(await rig.apps('GitHub')).toHaveLength(1);
    expect(plan.summary.create).toBe(0);
  });

  it('arises from a copy of a definition that is in force: the original goes on, the copy is an error', async () => {
    await begin([github]);
    await rig.sweep();
    await rig.write('copy.yaml', file({ ...github, name: 'copy' }));
    await rig.writes();
    const { plan } = await rig.sweep();
    expect(plan.standings).toMatchObject([
      { key: 'App/copy', status: 'Failed' },
      { key: 'App/github', status: 'Synced' },
    ]);
    expect(plan.standings[0]?.reason).toEqual(says('App/copy', 'App/github', 'same object'));
    expect(await rig.writes()).toEqual([]);
  });

  it('is none when a name passes from one definition to another', async () => {
    await begin([github]);
    await rig.sweep();
    await rig.write(
      'all.yaml',
      file({ ...github, spec: { displayName: 'Old' } }, { ...github, name: 'new' }),
    );
    await rig.sweep();
    expect((await appOf('Old'))?.id).toBe(GITHUB);
    expect(await rig.apps('GitHub')).toHaveLength(1);
    await expectQuiet();
  });
});

describe('another owner', () => {
  const foreign = {
    managed_by: 'terraform',
    iac_workspace: 'prod',
    iac_resource_address: 'conductorone_app.gh',
  };
  const elsewhere = { managed_by: 'c1sync', iac_workspace: 'other', iac_resource_address: 'App/github' };

  it.each([
    ['another tool', foreign, 'terraform'],
    ['another workspace', elsewhere, 'c1sync/other'],
  ])('%s keeps what it manages until it is handed over', async (_, marks, owner) => {
    const connector: Doc = {
      kind: 'Connector',
      name: 'github-cloud',
      spec: { app: 'github', catalog: 'github-v2', displayName: 'GitHub v2', description: 'Ours' },
    };
    await begin([{ ...github, spec: { ...github.spec, description: 'Ours' } }, connector]);
    await annotate(GITHUB, marks);
    const { plan } = await rig.sweep();
    expect(plan.standings.map(({ status }) => status)).toEqual(['ForeignOwner', 'ForeignOwner']);
    expect(plan.standings[0]?.reason).toContain(`c1sync/take-from: "${owner}"`);
    expect(await rig.writes()).toEqual([]);

    const handed = { ...github, annotations: { 'c1sync/take-from': owner } };
    await rig.write('all.yaml', file(handed, connector));
    const taken = await rig.sweep();
    expect(taken.plan.changes.map(({ kind, action }) => [kind, action])).toEqual([
      ['App', 'adopt'],
      ['Connector', 'adopt'],
    ]);
    expect((await appOf('GitHub'))?.annotations).toEqual(marksOf('github'));
    await expectQuiet();
    // The annotation may stay: there is nothing to take any more.
    expect((await rig.sweep()).plan.summary).toMatchObject({ adopt: 0, unchanged: 2 });
  });

  it('keeps a pinned object, which gets no record by an observation', async () => {
    await begin([{ ...github, id: GITHUB }]);
    await annotate(GITHUB, foreign);
    expect((await rig.sweep()).plan.standings[0]?.status).toBe('ForeignOwner');
    expect(rig.store.object('App/github')).toBeUndefined();
    await rig.remove('all.yaml');
    await rig.sweep();
    expect((await rig.plan()).plan.standings).toEqual([]);
  });

  it('is not the one that a definition takes from: still refused', async () => {
    await begin([{ ...github, annotations: { 'c1sync/take-from': 'opentofu' } }]);
    await annotate(GITHUB, foreign);
    expect((await rig.sweep()).plan.standings[0]?.status).toBe('ForeignOwner');
    expect(await rig.writes()).toEqual([]);
  });
});

it('marks an app whose annotations are ignored, and leaves them at that', async () => {
  rig = await Rig.start();
  await rig.tenant.api('POST', '/api/v1/apps', { displayName: 'Widgets', annotations: { note: 'theirs' } });
  const spec = { displayName: 'Widgets', annotations: { team: 'ours' } };
  const annotations = { 'c1sync/ignore': 'annotations' };
  await rig.write('all.yaml', file({ kind: 'App', name: 'widgets', annotations, spec }));
  await rig.sweep();
  expect(rig.core.statusStore.get('App/widgets')).toMatchObject({ status: 'Synced', reason: '' });
  await rig.write('all.yaml', file({ kind: 'App', name: 'widgets', spec }));
  await rig.sweep();
  expect((await rig.apps('Widgets'))[0]?.annotations).toMatchObject({ note: 'theirs', team: 'ours' });
});
