import { afterEach, describe, expect, it } from 'vitest';
import { idOf } from '../../../src/emulator/ids.js';
import { type Doc, file } from '../../support/definitions.js';
import { type TestEmulator, testEmulator } from '../../support/emulator.js';
import { type Between, startProxy } from '../../support/proxy.js';
import { Rig } from '../../support/rig.js';
import { says } from '../../support/says.js';
import { VirtualClock } from '../../support/virtual-clock.js';

let clock: VirtualClock;
let rig: Rig;
let tenant: TestEmulator;
let proxy: Between;
afterEach(async () => {
  await rig?.stop();
  await proxy?.close();
  await tenant?.close();
});

const MINUTE = 60_000;
const user = (name: string) => idOf(`user/${name}`);
const app = (...owners: string[]): Doc => ({
  kind: 'App',
  name: 'widgets',
  spec: { displayName: 'Widgets', owners: owners.map((name) => `${name}@acme.example`) },
});

async function begin(ownerDelayMs = 120_000): Promise<void> {
  clock = new VirtualClock();
  tenant = await testEmulator({ clock, ownerDelayMs });
  proxy = await startProxy(tenant.url);
  rig = await Rig.start({ clock, tenant, url: proxy.url });
}

/** Sweeps; gives the status of the app and the bodies of owner writes that the sweep made. */
async function observeOnce(): Promise<{
  status: string | undefined;
  puts: number;
  after: string | undefined;
}> {
  const { plan } = await rig.sweep();
  const puts = (await rig.writes()).filter(({ method }) => method === 'PUT').length;
  return { status: plan.standings[0]?.status, puts, after: rig.core.statusStore.get('App/widgets')?.status };
}

const owners = async () => (await rig.apps('Widgets'))[0]?.ownerIds;
const wait = (ms: number) => clock.advance(ms);

describe('an owner write that takes two minutes to show', () => {
  it('is sent once, Settling meanwhile and Synced then', async () => {
    await begin();
    await rig.write('all.yaml', file(app('alice')));
    expect(await observeOnce()).toEqual({ status: 'Pending', puts: 1, after: 'Settling' });
    for (const ms of [1_000, 30_000, 60_000]) {
      await wait(ms);
      expect(await observeOnce()).toEqual({ status: 'Settling', puts: 0, after: 'Settling' });
    }
    expect(rig.core.statusStore.get('App/widgets')?.reason).toEqual(says('a few minutes'));
    await wait(MINUTE);
    expect(await owners()).toEqual([user('alice')]);
    expect(await observeOnce()).toEqual({ status: 'Synced', puts: 0, after: 'Synced' });
    await wait(10 * MINUTE);
    expect(await observeOnce()).toEqual({ status: 'Synced', puts: 0, after: 'Synced' });
  });

  it('is followed at once by another wish, and by nothing else', async () => {
    await begin();
    await rig.write('all.yaml', file(app('alice')));
    await observeOnce();
    await wait(30_000);
    await rig.write('all.yaml', file(app('bob')));
    expect(await observeOnce()).toMatchObject({ puts: 1, after: 'Settling' });
    await wait(95_000);
    expect(await owners()).toEqual([user('alice')]);
    expect(await observeOnce()).toMatchObject({ status: 'Settling', puts: 0 });
    await wait(MINUTE);
    expect(await owners()).toEqual([user('bob')]);
    expect(await observeOnce()).toMatchObject({ status: 'Synced', puts: 0 });
  });

  it('is taken back at once, although the tenant still shows what is wanted again', async () => {
    await begin(0);
    await rig.write('all.yaml', file(app('alice')));
    await observeOnce();
    await wait(10 * MINUTE);
    expect(await observeOnce()).toMatchObject({ status: 'Synced' });
    await tenant.settings({ ownerDelayMs: 120_000 });
    await rig.write('all.yaml', file(app('bob')));
    expect(await observeOnce()).toMatchObject({ puts: 1 });
    await rig.write('all.yaml', file(app('alice')));
    expect(await observeOnce()).toMatchObject({ puts: 1 });
    await wait(5 * MINUTE);
    expect(await owners()).toEqual([user('alice')]);
    expect(await observeOnce()).toMatchObject({ status: 'Synced', puts: 0 });
  });

  it('reverts drift only after the end of the window', async () => {
    await begin(0);
    await rig.write('all.yaml', file(app('alice')));
    await observeOnce();
    const [live] = await rig.apps('Widgets');
    await rig.timed(tenant.api('PUT', `/api/v1/apps/${live?.id}/owners`, { userIds: [user('carol')] }));
    await rig.writes();
    expect(await observeOnce()).toMatchObject({ status: 'Settling', puts: 0 });
    await wait(5 * MINUTE);
    expect(await observeOnce()).toMatchObject({ puts: 1 });
    expect(await owners()).toEqual([user('alice')]);
  });

  it('outlasts a restart', async () => {
    await begin();
    await rig.write('all.yaml', file(app('alice')));
    await observeOnce();
    await rig.restart();
    expect(await observeOnce()).toMatchObject({ status: 'Settling', puts: 0 });
  });

  it('that never shows is repeated after the window, three times in all, and then reported', async () => {
    await begin(0);
    await rig.write('all.yaml', file({ kind: 'App', name: 'widgets', spec: { displayName: 'Widgets' } }));
    await observeOnce();
    let swallowed = 0;
    proxy.hooks.instead = ({ method, path }) => {
      if (method !== 'PUT' || !path.endsWith('/owners')) return undefined;
      swallowed += 1;
      return {};
    };
    await rig.write('all.yaml', file(app('alice')));
    for (let round = 0; round < 8; round += 1) {
      await observeOnce();
      await wait(5 * MINUTE);
    }
    expect(swallowed).toBe(3);
    expect((await rig.sweep()).plan.standings[0]).toMatchObject({
      status: 'NotConverging',
      reason: says('does not keep', 'ownerIds', 'c1sync/ignore'),
    });
    await rig.write('all.yaml', file(app('bob')));
    await observeOnce();
    expect(swallowed).toBe(4);
  });
});
