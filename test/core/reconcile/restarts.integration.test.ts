import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Status } from '../../../src/core/model/change.js';
import type { CoreSettings } from '../../../src/core/reconcile/reconcile.js';
import { type Doc, file } from '../../support/definitions.js';
import { type TestEmulator, testEmulator } from '../../support/emulator.js';
import { type Between, startProxy } from '../../support/proxy.js';
import { Rig } from '../../support/rig.js';
import { VirtualClock } from '../../support/virtual-clock.js';

let rig: Rig;
let tenant: TestEmulator;
let proxy: Between;
let clock: VirtualClock;
let settings: Partial<CoreSettings>;
afterEach(async () => {
  await rig?.stop();
  await proxy?.close();
  await tenant?.close();
});

const BOB = 'bob@acme.example';
const TERRAFORM = {
  managed_by: 'terraform',
  iac_workspace: 'prod',
  iac_resource_address: 'conductorone_app.w',
};

const app = (spec = {}, metadata: Partial<Doc> = {}): Doc => ({
  kind: 'App',
  name: 'widgets',
  spec: { displayName: 'Widgets', description: 'Ours', ...spec },
  ...metadata,
});
const cloud: Doc = {
  kind: 'Connector',
  name: 'cloud',
  spec: {
    app: 'widgets',
    catalog: 'github-v2',
    displayName: 'Cloud',
    config: {
      C1_selected_field_group_name: 'github_personal_access_token_group',
      github_access_token: { valueFrom: { env: 'TOKEN' } },
    },
  },
};
/** An app beside it: its marks show that records were lost. */
const other: Doc = { kind: 'App', name: 'other', spec: { displayName: 'Other' } };

/** How an object comes to stand somewhere, and what a daemon makes of that which starts then. */
interface Case {
  readonly status: Status;
  readonly how: string;
  /** `App/widgets` unless it says otherwise. */
  readonly key?: string;
  readonly settings?: Partial<CoreSettings>;
  /** Both objects are in sync at the start, unless `fresh`. */
  readonly arrange: () => Promise<unknown>;
  readonly fresh?: true;
  /** With its records, where that is not the same status, and the masks or methods of the writes it makes. */
  readonly kept?: Expected;
  /** Without its records. */
  readonly lost: Expected;
}

/** A status, why it is the right one where that is not plain, and the writes on the way there. */
interface Expected {
  readonly status: Status;
  readonly writes: readonly string[];
  readonly because?: string;
}

const define = (doc: Doc, connector: Doc = cloud) =>
  Promise.all([rig.write('app.yaml', file(doc)), rig.write('cloud.yaml', file(connector))]);

const only = async (): Promise<string> => String((await rig.apps('Widgets'))[0]?.id);

/** Another client's update of the app. */
async function edit(set: Readonly<Record<string, unknown>>): Promise<void> {
  const body = { app: set, updateMask: Object.keys(set).join(',') };
  await rig.timed(rig.tenant.api('POST', `/api/v1/apps/${await only()}`, body));
}

/** Another client's write of the connector's secrets. */
async function rotate(): Promise<void> {
  const [live] = await rig.connectors('Cloud');
  const config = { ...(live?.config as object), github_access_token: 'rotated' };
  const body = { connector: { config }, updateMask: 'config' };
  await clock.advance(60_000);
  await rig.timed(rig.tenant.api('POST', `/api/v1/apps/${live?.appId}/connectors/${live?.id}`, body));
}

async function quarrel(): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    await clock.advance(60_000);
    await edit({ description: 'Theirs' });
    await rig.sweep();
  }
  await clock.advance(60_000);
  await edit({ description: 'Theirs' });
}

/** Has the definition ask for owners whom the tenant will show only minutes after they were written. */
async function showOwnersLate(): Promise<void> {
  await rig.tenant.settings({ ownerDelayMs: 240_000 });
  await define(app({ owners: [BOB] }));
}

/** A tenant that shows descriptions in capitals. */
function inCapitals(): void {
  proxy.hooks.answer = (_, body) =>
    JSON.parse(JSON.stringify(body), (key, value: unknown) =>
      key === 'description' && typeof value === 'string' ? value.toUpperCase() : value,
    );
}

const cases: readonly Case[] = [
  {
    status: 'Synced',
    how: 'in sync',
    arrange: async () => {},
    lost: { status: 'Synced', writes: ['config'] },
  },
  {
    status: 'Pending',
    how: 'below an app whose creation was lost without a trace',
    key: 'Connector/cloud',
    fresh: true,
    arrange: () => rig.tenant.faults({ match: 'POST /api/v1/apps', status: 'timeout' }),
    lost: {
      status: 'Synced',
      writes: ['create App', 'create Connector', 'config'],
      because: 'nothing was made, and nothing is there to be found',
    },
  },
  {
    status: 'Drifted',
    how: 'changed by another client, in observe mode',
    settings: { mode: 'observe' },
    arrange: () => edit({ description: 'Theirs' }),
    lost: { status: 'Drifted', writes: [] },
  },
  {
    status: 'Held',
    how: 'its secrets written by another client',
    key: 'Connector/cloud',
    arrange: rotate,
    lost: {
      status: 'Synced',
      writes: ['config'],
      because: 'only the record shows that the secrets are not the written ones',
    },
  },
  {
    status: 'Held',
    how: 'over a limit',
    settings: { limits: { updates: { count: 0 } } },
    arrange: () => edit({ description: 'Theirs' }),
    lost: { status: 'Held', writes: ['config'] },
  },
  {
    status: 'Suspended',
    how: 'by its definition',
    arrange: () => define(app({ description: 'New' }, { annotations: { 'c1sync/suspend': 'incident 12' } })),
    lost: { status: 'Suspended', writes: [] },
  },
  {
    status: 'Suspended',
    how: 'by a person',
    arrange: async () => {
      await rig.suspend({ target: 'App/widgets', reason: 'incident 12' });
      await edit({ description: 'Theirs' });
    },
    lost: {
      status: 'Synced',
      writes: ['description', 'config'],
      because: 'suspensions are forgotten with the records',
    },
  },
  {
    status: 'TakenOver',
    how: 'edited in the web app',
    arrange: async () =>
      rig.tenant.webEdit({ kind: 'App', id: await only(), set: { description: 'Mine' }, user: BOB }),
    lost: {
      status: 'Held',
      writes: [],
      because: 'it carries no marks, and that it was ours is forgotten',
    },
  },
  {
    status: 'ForeignOwner',
    how: 'marked by another tool',
    arrange: () => edit({ annotations: TERRAFORM, description: 'Theirs' }),
    lost: { status: 'ForeignOwner', writes: [] },
  },
  {
    status: 'Gone',
    how: 'deleted in the tenant',
    arrange: async () => rig.timed(rig.tenant.api('DELETE', `/api/v1/apps/${await only()}`, {})),
    lost: {
      status: 'Synced',
      writes: ['create App', 'create Connector', 'config'],
      because: 'what was never recorded is missing, not gone',
    },
  },
  {
    status: 'Invalid',
    how: 'its document broken',
    arrange: () =>
      rig.write('app.yaml', 'apiVersion: c1sync/v1\nkind: App\nmetadata: { name: widgets }\nspec: 1\n'),
    lost: { status: 'Invalid', writes: [] },
  },
  {
    status: 'UnresolvedReference',
    how: 'with an unknown policy',
    arrange: () => define(app({ description: 'New', grantPolicy: 'Nobody knows it' })),
    lost: { status: 'UnresolvedReference', writes: ['config'] },
  },
  {
    status: 'Failed',
    how: 'refused by the tenant',
    arrange: async () => {
      await define(app({ description: 'New' }));
      await rig.tenant.faults({ match: 'POST /api/v1/apps/*', status: 403, times: 50 });
    },
    lost: {
      status: 'Failed',
      writes: ['description', 'config'],
      because: 'what was refused before is forgotten, so it is tried once',
    },
  },
  {
    status: 'NotConverging',
    how: 'with a value that the tenant does not keep',
    arrange: async () => {
      inCapitals();
      await define(app({ description: 'quiet' }));
    },
    lost: {
      status: 'NotConverging',
      writes: ['description', 'config'],
      because: 'what was tried before is forgotten, so it is tried once',
    },
  },
  {
    status: 'Contested',
    how: 'with a value that another client keeps changing',
    arrange: quarrel,
    lost: {
      status: 'Synced',
      writes: ['description', 'config'],
      because: 'the count of its reverts is lost',
    },
  },
  {
    status: 'Settling',
    how: 'with other owners that do not show yet',
    arrange: async () => {
      await define(app({ owners: ['alice@acme.example'] }));
      await rig.sweep();
      await showOwnersLate();
    },
    lost: {
      status: 'Settling',
      writes: ['owners', 'config'],
      because: 'what was sent is forgotten, and sending it again does no harm',
    },
  },
  {
    status: 'Settling',
    how: 'with its first owners, which do not show yet',
    arrange: () => showOwnersLate(),
    lost: {
      status: 'Held',
      writes: ['config'],
      because: 'until they show, it may be an app of ours that we would be locked out of',
    },
  },
  {
    status: 'Settling',
    how: 'created by a call whose answer was lost',
    fresh: true,
    arrange: () => rig.tenant.faults({ match: 'POST /api/v1/apps', status: 'timeout', after: 'apply' }),
    kept: {
      status: 'Synced',
      writes: ['create Connector', 'config'],
      because: 'what was made is found, and then what waits for it is made',
    },
    lost: { status: 'Synced', writes: ['create Connector', 'config'] },
  },
  {
    status: 'Orphaned',
    how: 'its definition gone, which did not want it deleted',
    key: 'App/other',
    arrange: async () => {
      await rig.write('other.yaml', file({ ...other, annotations: { 'c1sync/prune': 'false' } }));
      await rig.sweep();
      await rig.remove('other.yaml');
    },
    lost: {
      status: 'Held',
      writes: ['config'],
      because: 'what its last definition wanted is forgotten, so a person is asked',
    },
  },
];

/** All writes and deletions. */
async function written(): Promise<string[]> {
  const seen = await rig.writes();
  return seen.map(({ method, path: target, mask }) => {
    if (method === 'DELETE') return `delete ${target}`;
    if (mask !== undefined && mask !== '') return mask;
    if (target.endsWith('/owners')) return 'owners';
    return target.endsWith('/connectors') ? 'create Connector' : 'create App';
  });
}

/** The objects by kind and name. */
async function things(): Promise<string[]> {
  const { apps, connectors } = await rig.tenant.state();
  const live = [...apps, ...connectors].filter(({ deletedAt }) => !deletedAt);
  return live
    .map(({ displayName }) => String(displayName))
    .filter((name) => ['Widgets', 'Cloud', 'Other'].includes(name))
    .sort();
}

async function begin({ fresh, arrange, ...options }: Case): Promise<void> {
  clock = new VirtualClock();
  tenant = await testEmulator({ clock });
  proxy = await startProxy(tenant.url);
  settings = { prune: true, ...options.settings };
  rig = await Rig.start({ clock, tenant, url: proxy.url, env: { TOKEN: 'planted' }, timeoutMs: 2_000 });
  await rig.write('other.yaml', file(other));
  await rig.sweep();
  if (fresh === undefined) {
    await define(app());
    await rig.sweep();
    await rig.sweep();
  } else await define(app());
  await rig.restart({ settings });
  await arrange();
  await rig.sweep('all', 'start');
}

/** Sweeps often enough, and with enough time in between, for a deletion. */
async function settle(sweeps: number): Promise<void> {
  for (let sweep = 0; sweep < sweeps; sweep += 1) {
    await rig.sweep('all', sweep === 0 ? 'start' : 'interval');
    await clock.advance(35_000);
  }
}

const standing = (key = 'App/widgets') => rig.core.statusStore.get(key);

describe.each(cases)('an object that is $status: $how', (subject) => {
  const { key, status, lost, kept = { status, writes: [] } } = subject;

  it(`is ${kept.status} after a restart${kept.because === undefined ? '' : `: ${kept.because}`}`, async () => {
    await begin(subject);
    expect(standing(key)).toMatchObject({ status });
    const before = await things();
    await rig.writes();
    await rig.restart({ settings });
    await rig.sweep('all', 'start');
    expect([standing(key)?.status, standing(key)?.reason !== '']).toEqual([
      kept.status,
      kept.status !== 'Synced',
    ]);
    await settle(3);
    expect(await written()).toEqual(kept.writes);
    expect(await things()).toEqual([...before, ...kept.writes.flatMap(made)].sort());
  });

  it(`is ${lost.status} without its records${lost.because === undefined ? '' : `: ${lost.because}`}`, async () => {
    await begin(subject);
    const before = await things();
    await rig.writes();
    await rig.store.close();
    await rm(path.join(rig.root, 'state'), { recursive: true });
    await rig.open({ settings });
    await settle(4);
    expect(standing(key)).toMatchObject({ status: lost.status });
    expect((await written()).sort()).toEqual([...lost.writes].sort());
    expect(await things()).toEqual([...before, ...lost.writes.flatMap(made)].sort());
  });
});

/** The name of what a create makes. */
function made(write: string): string[] {
  if (!write.startsWith('create ')) return [];
  return [write === 'create App' ? 'Widgets' : 'Cloud'];
}
