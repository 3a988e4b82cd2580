import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Doc, file } from '../../support/definitions.js';
import { testEmulator } from '../../support/emulator.js';
import { startProxy } from '../../support/proxy.js';
import { Rig } from '../../support/rig.js';
import { VirtualClock } from '../../support/virtual-clock.js';

let rig: Rig;
let clock: VirtualClock;
afterEach(() => rig?.stop());

const other: Doc = { kind: 'App', name: 'other', spec: { displayName: 'Other' } };
const app: Doc = { kind: 'App', name: 'widgets', spec: { displayName: 'Widgets' } };
const connector: Doc = {
  kind: 'Connector',
  name: 'cloud',
  spec: { app: 'other', catalog: 'slack', displayName: 'Cloud' },
};

/** Begins both creations, whose answers are lost, and takes the definitions away. */
async function abandon(fault: { readonly after?: 'apply'; readonly delayMs?: number }): Promise<void> {
  clock = new VirtualClock();
  rig = await Rig.start({ clock, timeoutMs: 2_000 });
  await rig.write('other.yaml', file(other));
  await rig.sweep();
  for (const match of ['POST /api/v1/apps', 'POST /api/v1/apps/*/connectors']) {
    await rig.tenant.faults({ match, status: 'timeout', ...fault });
  }
  await rig.write('more.yaml', file(app, connector));
  await rig.sweep();
  expect(intents()).toEqual(['App/widgets', 'Connector/cloud']);
  await rig.remove('more.yaml');
  await rig.sweep();
  expect(intents()).toEqual(['App/widgets', 'Connector/cloud']);
}

const intents = (): string[] => [...rig.store.records().intents.keys()].sort();

/** Sweeps until the window of the calls has passed. */
async function pass(): Promise<void> {
  for (let sweep = 0; sweep < 5; sweep += 1) {
    await rig.sweep();
    await clock.advance(30_000);
  }
}

const standings = async (): Promise<[string, string][]> =>
  (await rig.plan()).plan.standings.map(({ key, status }) => [key, status]);

describe('a create whose definition is gone', () => {
  it('leaves no intent once its call can no longer be under way', async () => {
    await abandon({});
    await pass();
    expect(intents()).toEqual([]);
    expect(await standings()).toEqual([['App/other', 'Synced']]);
  });

  it.each([
    ['at once', {}],
    ['seconds later', { delayMs: 20_000 }],
  ])(
    'leaves an orphaned app by its marks, and an unmanaged connector, when it took effect %s',
    async (_, fault) => {
      await abandon({ after: 'apply', ...fault });
      await pass();
      expect(intents()).toEqual([]);
      expect(await standings()).toEqual([
        ['App/other', 'Synced'],
        ['App/widgets', 'Orphaned'],
      ]);
      expect(await rig.connectors('Cloud')).toHaveLength(1);
    },
  );

  it('does not double when its definition comes back within the window', async () => {
    await abandon({ after: 'apply', delayMs: 20_000 });
    await rig.write('more.yaml', file(app, connector));
    await pass();
    expect([await rig.apps('Widgets'), await rig.connectors('Cloud')].map(({ length }) => length)).toEqual([
      1, 1,
    ]);
    expect(await standings()).toEqual([
      ['App/other', 'Synced'],
      ['App/widgets', 'Synced'],
      ['Connector/cloud', 'Synced'],
    ]);
  });

  it('keeps its intent in a load from another source', async () => {
    await abandon({ after: 'apply' });
    await mkdir(path.join(rig.root, 'elsewhere'));
    await writeFile(path.join(rig.root, 'elsewhere/other.yaml'), file(other));
    await rig.restart({ directory: 'elsewhere' });
    await pass();
    expect(intents()).toEqual(['App/widgets', 'Connector/cloud']);
    await rig.restart();
    await rig.write('more.yaml', file(app, connector));
    await pass();
    expect(intents()).toEqual([]);
    expect([await rig.apps('Widgets'), await rig.connectors('Cloud')].map(({ length }) => length)).toEqual([
      1, 1,
    ]);
  });

  it('keeps its intent while not every definition could be read', async () => {
    await abandon({});
    await rig.write('broken.yaml', 'kind: App');
    await pass();
    expect(intents()).toEqual(['App/widgets', 'Connector/cloud']);
  });
});

it('a create of a name that another definition had when its own create was begun waits for that one', async () => {
  const tenant = await testEmulator();
  const proxy = await startProxy(tenant.url);
  rig = await Rig.start({ tenant, url: proxy.url, clock: new VirtualClock() });
  await rig.write('more.yaml', file({ ...app, name: 'gadgets' }));
  // The job of the former name ends between the observation and the call.
  proxy.hooks.before = async ({ path: at }) => {
    if (!at.startsWith('/api/v1/search/apps')) return;
    proxy.hooks.before = () => {};
    const natural = { displayName: 'Widgets' };
    const ended = { at: 0, knownIds: [], misses: 0, reason: 'no answer' };
    await rig.store.putIntent({ key: 'App/widgets', kind: 'App', natural, ...ended });
  };
  const { done } = await rig.sweep();
  expect(done).toMatchObject([
    { key: 'App/gadgets', outcome: 'failed', reason: expect.stringContaining('App/widgets') },
  ]);
  expect(await rig.apps('Widgets')).toEqual([]);
  await rig.stop();
  await proxy.close();
  await tenant.close();
});
