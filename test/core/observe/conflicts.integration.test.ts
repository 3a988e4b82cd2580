import { cp, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Doc, file } from '../../support/definitions.js';
import { Rig } from '../../support/rig.js';
import { says } from '../../support/says.js';

let rig: Rig;
afterEach(() => rig?.stop());

const app = (name: string, displayName: string, more: Partial<Doc> = {}): Doc => ({
  kind: 'App',
  name,
  spec: { displayName, description: `The app ${displayName}` },
  ...more,
});
const cloud = (name: string, displayName: string, secret: string): Doc => ({
  kind: 'Connector',
  name,
  spec: {
    app: 'x',
    catalog: 'github-v2',
    displayName,
    config: {
      C1_selected_field_group_name: 'github_personal_access_token_group',
      github_access_token: { valueFrom: { env: secret } },
    },
  },
});

async function begin(...docs: readonly Doc[]): Promise<void> {
  rig = await Rig.start({ env: { ONE: 'planted-1', TWO: 'planted-2' } });
  await converge(...docs);
}

async function converge(...docs: readonly Doc[]): Promise<void> {
  await rig.write('all.yaml', file(...docs));
  await rig.sweep();
  await rig.sweep();
  await rig.writes();
}

async function idOf(displayName: string): Promise<string> {
  return String([...(await rig.apps(displayName)), ...(await rig.connectors(displayName))][0]?.id);
}

/** How the objects stand after a sweep that may write nothing. */
async function standing(): Promise<Record<string, string>> {
  const { plan } = await rig.sweep();
  expect(plan.changes).toEqual([]);
  expect(await rig.writes()).toEqual([]);
  return Object.fromEntries(plan.standings.map(({ key, status, reason }) => [key, `${status}: ${reason}`]));
}

const folder = (name: string): string => path.join(rig.root, name);

async function restore(): Promise<void> {
  await rig.store.close();
  await cp(folder('backup'), folder('state'), { recursive: true });
  await rig.open();
}

describe('two apps with the same marks', () => {
  it('are a conflict that writes nothing, until one is pinned', async () => {
    await begin(app('x', 'Widgets'));
    const [made] = await rig.apps('Widgets');
    const { annotations } = made ?? {};
    await rig.tenant.api('POST', '/api/v1/apps', { displayName: 'Copy', annotations });
    await rig.tenant.clearRequests();
    await rig.write(
      'all.yaml',
      file(app('x', 'Widgets', { spec: { displayName: 'Widgets', description: 'New' } })),
    );
    expect((await standing())['App/x']).toMatch(
      /^Failed: 2 objects carry the marks.*metadata\.id.*state move.*state forget/,
    );
    await rig.sweep(new Set(['App/x']));
    expect(await rig.writes()).toEqual([]);
    await converge(app('x', 'Widgets', { id: String(made?.id) }));
    expect((await standing())['App/x']).toBe('Synced: ');
  });

  it('are a conflict under the former name that a definition gives, too, when the records are lost', async () => {
    await begin(app('x', 'Widgets'));
    const { annotations } = (await rig.apps('Widgets'))[0] ?? {};
    await rig.tenant.api('POST', '/api/v1/apps', { displayName: 'Copy', annotations });
    await rig.store.close();
    await rm(folder('state'), { recursive: true });
    await rig.open();
    await rig.tenant.clearRequests();
    const renamed = { 'c1sync/renamed-from': 'x' };
    await rig.write('all.yaml', file(app('y', 'Gadgets', { annotations: renamed })));
    expect((await standing())['App/y']).toMatch(
      /^Failed: 2 objects carry the marks of App\/x .*metadata\.id/,
    );
  });
});

describe('an app with the marks of a name that a definition has just got', () => {
  it('is a conflict with the former object of the definition, until the definition names its former name', async () => {
    await begin(app('x', 'Widgets'));
    const [{ id = undefined, annotations = {} } = {}] = await rig.apps('Widgets');
    const marked = { ...(annotations as object), iac_resource_address: 'App/y' };
    await rig.tenant.api('POST', '/api/v1/apps', { displayName: 'Copy', annotations: marked });
    await rig.tenant.clearRequests();
    await rig.write('all.yaml', file(app('y', 'Widgets')));
    expect((await standing())['App/y']).toMatch(
      /^Failed: 'Copy' .* carries its marks, and 'Widgets' .* renamed from App\/x; .*metadata\.id.*state forget App\/x/,
    );
    await converge(app('y', 'Widgets', { annotations: { 'c1sync/renamed-from': 'x' } }));
    expect(rig.store.records().objects.get('App/y')?.id).toBe(id);
  });
});

describe('an old state', () => {
  it('does not win over marks that name another address', async () => {
    await begin(app('x', 'Widgets'));
    await cp(folder('state'), folder('backup'), { recursive: true });
    await converge(app('y', 'Widgets'));
    await converge(app('y', 'Widgets'), app('x', 'Gadgets'));
    await restore();
    const shown = await standing();
    expect(shown['App/x']).toEqual(says('Failed', 'records', "'Gadgets'"));
    expect(shown['App/y']).toMatch(/^Failed: 'Widgets' .* carries its marks, and the records name App\/x/);
    // The records as they ought to be.
    await rig.store.removeObject('App/x');
    await converge(app('y', 'Widgets'), app('x', 'Gadgets'));
    expect(rig.store.object('App/y')?.displayName).toBe('Widgets');
    expect(rig.store.object('App/x')?.displayName).toBe('Gadgets');
  });

  it('follows a rename that the marks show, and keeps one record', async () => {
    await begin(app('x', 'Widgets'));
    await cp(folder('state'), folder('backup'), { recursive: true });
    await converge(app('y', 'Widgets'));
    await restore();
    await converge(app('y', 'Widgets'));
    expect([...rig.store.records().objects.keys()]).toEqual(['App/y']);
    expect(await standing()).toEqual({ 'App/y': 'Synced: ' });
  });

  it('knows the object that was recreated since by its marks', async () => {
    await begin(app('x', 'Widgets'));
    await cp(folder('state'), folder('backup'), { recursive: true });
    await rig.tenant.api('DELETE', `/api/v1/apps/${await idOf('Widgets')}`);
    await rig.sweep();
    await rig.resume('App/x');
    await converge(app('x', 'Widgets'));
    const id = await idOf('Widgets');
    await restore();
    expect((await standing())['App/x']).toBe('Synced: ');
    expect(rig.store.object('App/x')?.id).toBe(id);
  });

  it('does not send a connector the secrets of another one whose name it has now', async () => {
    await begin(app('x', 'Widgets'), cloud('one', 'One', 'ONE'), cloud('two', 'Two', 'TWO'));
    const [one, two] = [await rig.connectors('One'), await rig.connectors('Two')].flat();
    for (const [made, displayName] of [
      [one, 'Two'],
      [two, 'One'],
    ] as const) {
      await rig.tenant.api('POST', `/api/v1/apps/${made?.appId}/connectors/${made?.id}`, {
        connector: { displayName },
        updateMask: 'displayName',
      });
    }
    await rig.tenant.clearRequests();
    const shown = await standing();
    expect(shown['Connector/one']).toEqual(says('Failed', "'One'", 'Connector/two'));
    expect(shown['Connector/two']).toEqual(says('Failed', "'Two'", 'Connector/one'));
    await rig.store.removeObject('Connector/one');
    await rig.store.removeObject('Connector/two');
    await rig.sweep();
    expect(rig.store.object('Connector/one')?.id).toBe(two?.id);
  });
});

describe('a rename in one commit with a new object under the old name', () => {
  it.each<[string, (id: string) => Partial<Doc>, boolean]>([
    ['by renamed-from', () => ({ annotations: { 'c1sync/renamed-from': 'x' } }), false],
    ['by a pinned id', (id) => ({ id }), false],
    ['by a moved record', () => ({}), true],
  ])('is possible %s', async (_, how, moves) => {
    await begin(app('x', 'Widgets'));
    const id = await idOf('Widgets');
    if (moves) await rig.store.move('App/x', 'App/y');
    await rig.write('all.yaml', file(app('y', 'Widgets', how(id)), app('x', 'Gadgets')));
    const { done } = await rig.sweep();
    expect(done.map(({ key, outcome }) => [key, outcome])).toEqual([
      ['App/x', 'done'],
      ['App/y', 'done'],
    ]);
    expect(rig.store.object('App/y')?.id).toBe(id);
    expect(await rig.apps('Widgets')).toMatchObject([{ id, annotations: { iac_resource_address: 'App/y' } }]);
    expect(await rig.apps('Gadgets')).toMatchObject([{ annotations: { iac_resource_address: 'App/x' } }]);
    await rig.writes();
    expect(await standing()).toEqual({ 'App/x': 'Synced: ', 'App/y': 'Synced: ' });
  });

  it('leaves the object where it is while the old name still means it', async () => {
    await begin(app('x', 'Widgets'));
    const id = await idOf('Widgets');
    await converge(app('x', 'Widgets'), app('y', 'Gadgets', { annotations: { 'c1sync/renamed-from': 'x' } }));
    expect(rig.store.object('App/x')?.id).toBe(id);
    expect(rig.store.object('App/y')?.displayName).toBe('Gadgets');
  });
});
