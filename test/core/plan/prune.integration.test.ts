import { cp, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Rig, type RigOptions } from '../../support/rig.js';
import { says } from '../../support/says.js';
import { VirtualClock } from '../../support/virtual-clock.js';

let rig: Rig;
afterEach(() => rig?.stop());

const MINUTE = 60_000;

const app = (name: string, annotations = ''): string => `
apiVersion: c1sync/v1
kind: App
metadata: { name: ${name}${annotations} }
spec: { displayName: ${name.toUpperCase()} }
`;

const connector = (name: string, parent: string): string => `
apiVersion: c1sync/v1
kind: Connector
metadata: { name: ${name} }
spec: { app: ${parent}, catalog: slack, displayName: ${name.toUpperCase()} }
`;

/** Three managed apps, one with a connector. */
async function managed(options: RigOptions['settings'] = {}): Promise<VirtualClock> {
  const clock = new VirtualClock();
  rig = await Rig.start({ clock, settings: { prune: true, ...options } });
  await rig.write('one.yaml', app('one'));
  await rig.write('two.yaml', `${app('two')}---${connector('below-two', 'two')}`);
  await rig.write('three.yaml', app('three'));
  await rig.sweep();
  await rig.writes();
  return clock;
}

/** Sweeps that lie far enough apart for a definition to count as gone. */
async function sweeps(clock: VirtualClock, count = 3) {
  for (let round = 0; round < count; round += 1) {
    await rig.sweep().catch(() => undefined);
    await clock.advance(2 * MINUTE);
  }
  return rig.plan().catch(() => undefined);
}

const deletes = async (): Promise<string[]> =>
  (await rig.writes()).filter(({ method }) => method === 'DELETE').map(({ path: target }) => target);

const names = async (): Promise<string[]> =>
  (await rig.tenant.state()).apps
    .filter(
      ({ deletedAt, displayName }) => !deletedAt && ['ONE', 'TWO', 'THREE'].includes(String(displayName)),
    )
    .map(({ displayName }) => String(displayName))
    .sort();

describe('with prune', () => {
  it.each([
    ['with a record', false],
    ['that only its name identifies', true],
  ])('deletes nothing under an app %s whose definition suspends it', async (_, isForgotten) => {
    const clock = await managed({ onTakeover: 'hold' });
    const [two] = await rig.apps('TWO');
    await rig.write('two.yaml', app('two', ', annotations: { c1sync/suspend: incident }'));
    if (isForgotten) {
      const set = { description: 'from the web app' };
      await rig.timed(
        rig.tenant.webEdit({ kind: 'App', id: String(two?.id), set, user: 'bob@acme.example' }),
      );
      await rig.store.removeObject('App/two');
    }
    await sweeps(clock);
    expect(await deletes()).toEqual([]);
    expect(rig.core.statusStore.get('Connector/below-two')).toMatchObject({
      status: 'Suspended',
      reason: says('App/two'),
    });
  });

  /** The ways in which a definition `App/duo` may mean the object of `App/two`, and does not have it. */
  const doubts: readonly (readonly [string, () => Promise<void>, string])[] = [
    [
      'has been renamed and was last defined in another source',
      async () => {
        const record = rig.store.object('App/two');
        if (record === undefined) throw new Error('there is no record');
        await rig.store.putObject({ ...record, source: { root: '/elsewhere', path: 'two.yaml' } });
      },
      'TWO',
    ],
    ['has the name in another spelling', () => rig.store.removeObject('App/two'), 'Two'],
    [
      'has the name of two objects',
      async () => {
        await rig.store.removeObject('App/two');
        await rig.tenant.api('POST', '/api/v1/apps', { displayName: 'TWO' });
      },
      'TWO',
    ],
  ];
  const suspensions: readonly (readonly [string, string, () => Promise<unknown>])[] = [
    ['its definition suspends it', ', annotations: { c1sync/suspend: incident }', async () => {}],
    ['a person suspends it', '', () => rig.suspend({ target: 'App/duo', reason: 'incident' })],
  ];
  it.each(
    doubts.flatMap(([what, doubt, displayName]) =>
      suspensions.map(([who, annotations, suspend]) => ({
        what,
        doubt,
        displayName,
        who,
        annotations,
        suspend,
      })),
    ),
  )('deletes nothing under the app of a definition that $what, where $who', async (given) => {
    const clock = await managed({ onTakeover: 'hold' });
    const [two] = await rig.apps('TWO');
    // Its marks go, so that the record alone says whose it is.
    const annotations = {};
    await rig.tenant.api('POST', `/api/v1/apps/${two?.id}`, {
      app: { id: two?.id, annotations },
      updateMask: 'annotations',
    });
    await given.doubt();
    const definition = app('duo', given.annotations).replace('DUO', given.displayName);
    await rig.write('two.yaml', definition);
    await rig.sweep();
    await given.suspend();
    await rig.writes();
    await sweeps(clock);
    expect(await deletes()).toEqual([]);
    expect(rig.core.statusStore.get('Connector/below-two')).toMatchObject({
      status: 'Suspended',
      reason: says('App/duo'),
    });
  });

  it('deletes one object whose definition is gone, after a second sweep', async () => {
    const clock = await managed();
    await rig.remove('one.yaml');
    await rig.sweep();
    expect(await deletes()).toEqual([]);
    expect((await rig.plan()).plan.standings.find(({ key }) => key === 'App/one')?.status).toBe('Orphaned');
    await clock.advance(2 * MINUTE);
    const [planned] = (await rig.plan()).plan.changes;
    expect(planned).toMatchObject({ action: 'delete', position: { line: 2 } });
    expect(planned?.position.file).toContain('one.yaml');
    await rig.sweep();
    expect(await deletes()).toHaveLength(1);
    expect(await names()).toEqual(['THREE', 'TWO']);
    // No notification reports it as a gone object.
    expect(rig.core.statusStore.get('App/one')).toBeUndefined();
    await rig.sweep();
    expect((await rig.plan()).plan.standings.some(({ key }) => key === 'App/one')).toBe(false);
  });

  it('counts an absence from its own beginning, also where the tenant could not be read in between', async () => {
    const clock = await managed();
    await rig.remove('one.yaml');
    await rig.sweep();
    await rig.write('one.yaml', app('one'));
    await rig.tenant.faults({ match: 'GET /api/v1/apps*', status: 403, times: 9 });
    await rig.sweep().catch(() => undefined);
    await rig.tenant.clearFaults();
    await rig.remove('one.yaml');
    await clock.advance(2 * MINUTE);
    await rig.sweep();
    expect(await deletes()).toEqual([]);
    await clock.advance(2 * MINUTE);
    await rig.sweep();
    expect(await deletes()).toHaveLength(1);
  });

  it('deletes connectors before their app', async () => {
    const clock = await managed();
    await rig.remove('two.yaml');
    await sweeps(clock);
    const calls = await deletes();
    expect(calls).toHaveLength(2);
    expect(calls[0]).toContain('/connectors/');
    expect(calls[1]).not.toContain('/connectors/');
    expect(await names()).toEqual(['ONE', 'THREE']);
  });

  it('keeps an app with an unrecorded object', async () => {
    const clock = await managed();
    const two = (await rig.tenant.state()).apps.find(({ displayName }) => displayName === 'TWO');
    await rig.tenant.api('POST', `/api/v1/apps/${two?.id}/connectors`, {
      catalogId: '2O43lWTqeK6kY25TBMLDyIRU00o',
      displayName: 'By hand',
    });
    await rig.remove('two.yaml');
    const planned = await sweeps(clock);
    expect(await names()).toContain('TWO');
    const standing = planned?.plan.standings.find(({ key }) => key === 'App/two');
    expect(standing).toMatchObject({ status: 'Held', reason: expect.stringContaining("'By hand'") });
  });

  it('keeps what a person has taken over, and what its last definition protects', async () => {
    const clock = await managed({ onTakeover: 'hold' });
    const one = (await rig.tenant.state()).apps.find(({ displayName }) => displayName === 'ONE');
    await rig.tenant.webEdit({
      kind: 'App',
      id: String(one?.id),
      set: { description: 'x' },
      user: 'bob@acme.example',
    });
    await rig.write('three.yaml', app('three', ', annotations: { c1sync/prune: "false" }'));
    await rig.sweep();
    await rig.remove('one.yaml');
    await rig.remove('three.yaml');
    const planned = await sweeps(clock);
    expect(await deletes()).toEqual([]);
    expect(planned?.plan.standings.map(({ key, status }) => [key, status])).toEqual(
      expect.arrayContaining([
        ['App/one', 'TakenOver'],
        ['App/three', 'Orphaned'],
      ]),
    );
  });

  it('keeps an object that a person takes over after its definition was removed', async () => {
    const clock = await managed();
    const one = (await rig.tenant.state()).apps.find(({ displayName }) => displayName === 'ONE');
    await rig.remove('one.yaml');
    await rig.sweep();
    await rig.tenant.webEdit({
      kind: 'App',
      id: String(one?.id),
      set: { description: 'x' },
      user: 'bob@acme.example',
    });
    const planned = await sweeps(clock);
    expect(await deletes()).toEqual([]);
    expect(planned?.plan.standings.find(({ key }) => key === 'App/one')?.status).toBe('TakenOver');
  });

  it.each([
    ['TakenOver', 'a person has taken over', { description: 'x' }],
    [
      'ForeignOwner',
      'another tool manages now',
      { annotations: { managed_by: 'terraform', iac_workspace: 'w' } },
    ],
  ])('keeps a connector under an app: %s, for %s', async (status, _, set) => {
    const clock = await managed({ onTakeover: 'hold' });
    const two = (await rig.tenant.state()).apps.find(({ displayName }) => displayName === 'TWO');
    await rig.tenant.webEdit({ kind: 'App', id: String(two?.id), set, user: 'bob@acme.example' });
    if ('annotations' in set) {
      const body = { app: set, updateMask: 'annotations' };
      await rig.tenant.api('POST', `/api/v1/apps/${two?.id}`, body);
    }
    await rig.write('two.yaml', app('two'));
    const planned = await sweeps(clock);
    expect(await deletes()).toEqual([]);
    const standing = planned?.plan.standings.find(({ key }) => key === 'Connector/below-two');
    expect(standing).toMatchObject({ status, reason: expect.stringContaining('App') });
  });

  it('keeps a connector under an app that its definition suspends', async () => {
    const clock = await managed();
    await rig.write('two.yaml', app('two', ', annotations: { c1sync/suspend: "an incident" }'));
    const planned = await sweeps(clock);
    expect(await deletes()).toEqual([]);
    const standing = planned?.plan.standings.find(({ key }) => key === 'Connector/below-two');
    expect(standing).toMatchObject({ status: 'Suspended' });
  });

  it('keeps a directory unless its last definition allows the deletion', async () => {
    const clock = new VirtualClock();
    rig = await Rig.start({ clock, settings: { prune: true } });
    const okta = (await rig.tenant.state()).apps.find(({ displayName }) => displayName === 'Okta');
    const pinned = (extra: string): string =>
      `apiVersion: c1sync/v1\nkind: App\nmetadata: { name: okta, id: ${okta?.id}${extra} }\nspec: { displayName: Okta }\n`;
    await rig.write('okta.yaml', pinned(''));
    await rig.write('one.yaml', app('one'));
    await rig.sweep();
    await rig.remove('okta.yaml');
    const planned = await sweeps(clock);
    expect(planned?.plan.standings.find(({ key }) => key === 'App/okta')).toMatchObject({
      status: 'Held',
      reason: expect.stringContaining('directory'),
    });
    expect(await deletes()).toEqual([]);
  });

  it.each<[string, () => Promise<unknown>]>([
    [
      'is emptied',
      async () => Promise.all(['one', 'two', 'three'].map((name) => rig.remove(`${name}.yaml`))),
    ],
    ['is deleted', () => rm(path.join(rig.root, 'definitions'), { recursive: true })],
    [
      'is a file',
      async () => {
        await rm(path.join(rig.root, 'definitions'), { recursive: true });
        await writeFile(path.join(rig.root, 'definitions'), '');
      },
    ],
    [
      'is a link that dangles',
      async () => {
        await rm(path.join(rig.root, 'definitions'), { recursive: true });
        await symlink(path.join(rig.root, 'nowhere'), path.join(rig.root, 'definitions'));
      },
    ],
    [
      'is another, empty one',
      async () => {
        await rename(path.join(rig.root, 'definitions'), path.join(rig.root, 'elsewhere'));
        await mkdir(path.join(rig.root, 'definitions'));
      },
    ],
    [
      'holds a file that cannot be read',
      async () => {
        await rig.remove('one.yaml');
        // The user of the tests may read everything, but a link to itself is unreadable for all.
        await rig.remove('three.yaml');
        await symlink('three.yaml', path.join(rig.root, 'definitions/three.yaml'));
      },
    ],
    [
      'cannot be read itself',
      async () => {
        await rm(path.join(rig.root, 'definitions'), { recursive: true });
        await symlink('definitions', path.join(rig.root, 'definitions'));
      },
    ],
    [
      'holds a file with a syntax error',
      async () => {
        await rig.remove('one.yaml');
        await rig.write('three.yaml', 'spec: [');
      },
    ],
    [
      'holds a file that was truncated',
      async () => {
        await rig.remove('one.yaml');
        await rig.write('three.yaml', '');
      },
    ],
  ])('deletes nothing when the folder %s', async (_, damage) => {
    const clock = await managed();
    await damage();
    await sweeps(clock, 4);
    expect(await deletes()).toEqual([]);
    expect(await names()).toEqual(['ONE', 'THREE', 'TWO']);
  });

  it('keeps orphans and pending deletions visible while another file is invalid', async () => {
    const clock = await managed({ limits: { deletes: { count: 0 } } });
    await rig.remove('one.yaml');
    await sweeps(clock);
    expect(rig.core.statusStore.get('App/one')?.status).toBe('Held');
    await rig.write('three.yaml', app('three').replace('displayName', 'displayNam'));
    await rig.sweep();
    expect(rig.core.statusStore.get('App/one')).toMatchObject({
      status: 'Orphaned',
      reason: expect.stringMatching(/others have errors, so it is not deleted; correct/),
    });
    expect(rig.core.statusStore.get('App/three')?.status).toBe('Invalid');
    expect(rig.core.statusStore.get('App/two')?.status).toBe('Synced');
    expect(await deletes()).toEqual([]);
  });

  it('deletes nothing while a file is truncated before it is rewritten', async () => {
    const clock = await managed();
    for (const text of ['', app('one'), '', '\n', app('one')]) {
      await rig.write('one.yaml', text);
      await sweeps(clock, 1);
    }
    expect(await deletes()).toEqual([]);
    expect((await rig.plan()).plan.standings.map(({ status }) => status)).toEqual(Array(4).fill('Synced'));
  });

  it('deletes nothing while git-sync or the kubelet swaps the folder under a load', async () => {
    const clock = await managed();
    const definitions = path.join(rig.root, 'definitions');
    // As git-sync does it: the folder is a link to a checkout, and an old checkout is removed after the swap.
    await rename(definitions, path.join(rig.root, 'checkout-0'));
    await symlink('checkout-0', definitions);
    let deleted = 0;
    for (let round = 1; round <= 12; round += 1) {
      const checkouts = [round - 1, round].map((number) => path.join(rig.root, `checkout-${number}`));
      const [before = '', after = ''] = checkouts;
      await cp(before, after, { recursive: true });
      const sweep = rig.sweep().catch(() => undefined);
      await symlink(after, `${definitions}.tmp`);
      await rename(`${definitions}.tmp`, definitions);
      await rm(before, { recursive: true });
      await sweep;
      await clock.advance(2 * MINUTE);
      deleted += (await deletes()).length;
    }
    // The checkout is removed too early: the link dangles, until the next one is there.
    await rm(path.join(rig.root, 'checkout-12'), { recursive: true });
    await sweeps(clock);
    expect([deleted, await deletes(), await names()]).toEqual([0, [], ['ONE', 'THREE', 'TWO']]);
  });

  it('deletes nothing when ..data is swapped in the middle of a load', async () => {
    const clock = await managed();
    const at = (name: string): string => path.join(rig.root, 'definitions', name);
    const files = ['one.yaml', 'two.yaml', 'three.yaml'];
    // As the kubelet lays out a ConfigMap: each file is a link through ..data, which is swapped as a whole.
    await mkdir(at('..0'));
    for (const name of files) {
      await rename(at(name), at(`..0/${name}`));
      await symlink(`..data/${name}`, at(name));
    }
    await symlink('..0', at('..data'));
    for (let round = 1; round <= 12; round += 1) {
      await cp(at(`..${round - 1}`), at(`..${round}`), { recursive: true });
      const sweep = rig.sweep().catch(() => undefined);
      await symlink(`..${round}`, at('..data_tmp'));
      await rename(at('..data_tmp'), at('..data'));
      await rm(at(`..${round - 1}`), { recursive: true });
      await sweep;
      await clock.advance(2 * MINUTE);
    }
    expect(await deletes()).toEqual([]);
    expect((await rig.plan()).plan.standings.map(({ status }) => status)).toEqual(Array(4).fill('Synced'));
    await rm(at('one.yaml'));
    await sweeps(clock);
    expect(await names()).toEqual(['THREE', 'TWO']);
  });

  it.each([
    ['BELOW-TWO', 'Failed'],
    ['Below-Two', 'Held'],
  ])(
    'deletes no object that a definition of the name %s cannot distinguish from a namesake',
    async (asked, status) => {
      const clock = await managed();
      const [below] = await rig.connectors('BELOW-TWO');
      const { appId, catalogId, displayName } = below ?? {};
      await rig.tenant.api('POST', `/api/v1/apps/${appId}/connectors`, { catalogId, displayName });
      await rig.write('two.yaml', `${app('two')}---${connector('below', 'two').replace('BELOW', asked)}`);
      await rig.writes();
      const planned = await sweeps(clock, 4);
      expect(await deletes()).toEqual([]);
      expect(planned?.plan.standings).toMatchObject([
        { key: 'App/one' },
        { key: 'App/three' },
        { key: 'App/two' },
        { key: 'Connector/below', status },
        {
          key: 'Connector/below-two',
          status: 'Held',
          reason: expect.stringMatching(/^Connector\/below may claim.*metadata\.id/),
        },
      ]);
    },
  );

  it('forgets an object that is gone in the tenant as well', async () => {
    const clock = await managed();
    const one = (await rig.tenant.state()).apps.find(({ displayName }) => displayName === 'ONE');
    await rig.tenant.api('DELETE', `/api/v1/apps/${one?.id}`, {});
    await rig.remove('one.yaml');
    await rig.writes();
    await sweeps(clock);
    expect(await deletes()).toEqual([]);
    expect(rig.store.object('App/one')).toBeUndefined();
  });

  it('finds managed objects by their marks after a loss of the records, and needs an approval', async () => {
    const clock = await managed();
    await rig.remove('one.yaml');
    await rig.closeStore();
    await rm(path.join(rig.root, 'state'), { recursive: true });
    await rig.open();
    const planned = await sweeps(clock, 4);
    expect(await deletes()).toEqual([]);
    const change = planned?.plan.changes.find(({ key }) => key === 'App/one');
    expect(change).toMatchObject({ action: 'delete', held: { status: 'Held' } });
    await rig.approve(String(change?.held?.approval));
    await rig.sweep();
    expect(await deletes()).toHaveLength(1);
    expect(await names()).toEqual(['THREE', 'TWO']);
  });
});

it('deletes nothing without prune', async () => {
  const clock = await managed({ prune: false });
  await rig.remove('one.yaml');
  const planned = await sweeps(clock);
  expect(await deletes()).toEqual([]);
  expect(planned?.plan.standings.find(({ key }) => key === 'App/one')?.status).toBe('Orphaned');
});
