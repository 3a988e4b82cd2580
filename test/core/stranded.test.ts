import { afterEach, describe, expect, it } from 'vitest';
import { type Doc, file } from '../support/definitions.js';
import { Rig } from '../support/rig.js';
import { VirtualClock } from '../support/virtual-clock.js';

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
async function strand(fault: { readonly after?: 'apply'; readonly delayMs?: number }, prune = false) {
  clock = new VirtualClock();
  rig = await Rig.start({ clock, timeoutMs: 2_000, settings: { prune } });
  await rig.write('other.yaml', file(other));
  await rig.sweep();
  for (const match of ['POST /api/v1/apps', 'POST /api/v1/apps/*/connectors']) {
    await rig.tenant.faults({ match, status: 'timeout', ...fault });
  }
  await rig.write('more.yaml', file(app, connector));
  await rig.sweep();
  expect([...rig.store.records().intents.keys()].sort()).toEqual(['App/widgets', 'Connector/cloud']);
  await rig.remove('more.yaml');
}

async function looks(count: number) {
  for (let look = 0; look < count; look += 1) {
    await rig.sweep();
    await clock.advance(30_000);
  }
  expect(rig.store.records().intents.size).toBe(0);
  return (await rig.plan()).plan.standings.map(({ key, status }) => [key, status]);
}

describe('a creation whose definition is gone', () => {
  it('is forgotten when it came to nothing, after the window and two complete lists', async () => {
    await strand({});
    await rig.sweep();
    await rig.sweep();
    expect(rig.store.records().intents.size).toBe(2);
    expect(await looks(5)).toEqual([['App/other', 'Synced']]);
    expect(await rig.apps('Widgets')).toEqual([]);
  });

  it.each([
    ['at once', {}],
    ['only seconds later', { delayMs: 20_000 }],
  ])('leaves an orphan when it made something, %s', async (_, fault) => {
    await strand({ after: 'apply', ...fault });
    expect(await looks(5)).toEqual([
      ['App/other', 'Synced'],
      ['App/widgets', 'Orphaned'],
      ['Connector/cloud', 'Orphaned'],
    ]);
  });

  it('is deleted with prune', async () => {
    await strand({ after: 'apply' }, true);
    expect(await looks(8)).toEqual([['App/other', 'Synced']]);
    expect([await rig.apps('Widgets'), await rig.connectors('Cloud')]).toEqual([[], []]);
  });

  it('takes nothing that was there before or that somebody else made of another name', async () => {
    await strand({});
    const { body } = await rig.tenant.api('POST', '/api/v1/apps', { displayName: 'Gadgets' });
    expect(body).toBeDefined();
    await looks(5);
    expect([...rig.store.records().objects.keys()]).toEqual(['App/other']);
  });

  it('is looked for as long as it cannot be read', async () => {
    await strand({});
    await rig.tenant.faults({ match: 'GET /api/v1/apps/*/connectors', status: 500, times: 100 });
    for (let look = 0; look < 6; look += 1) {
      await rig.sweep();
      await clock.advance(30_000);
    }
    expect([...rig.store.records().intents.keys()]).toEqual(['Connector/cloud']);
    await rig.tenant.clearFaults();
    expect(await looks(3)).toEqual([['App/other', 'Synced']]);
  });
});
