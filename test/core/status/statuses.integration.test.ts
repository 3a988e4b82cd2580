import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Standing, Status } from '../../../src/core/model/change.js';
import { isObject, type JsonObject } from '../../../src/emulator/json.js';
import { type Doc, file } from '../../support/definitions.js';
import { type TestEmulator, testEmulator } from '../../support/emulator.js';
import { type Between, startProxy } from '../../support/proxy.js';
import { Rig, type RigOptions } from '../../support/rig.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const MINUTE = 60_000;
const APP = 'App/widgets';
const CONNECTOR = 'Connector/cloud';

let clock: VirtualClock;
let rig: Rig;
let tenant: TestEmulator;
let proxy: Between;
let env: Record<string, string>;

beforeEach(async () => {
  clock = new VirtualClock(Date.parse('2026-11-22T12:00:00Z'));
  env = { TOKEN: 'planted' };
  tenant = await testEmulator({ clock, ownerDelayMs: 0 });
  proxy = await startProxy(tenant.url);
});
afterEach(async () => {
  await rig?.stop();
  await proxy.close();
  await tenant.close();
});

const app = (spec = {}, more: Partial<Doc> = {}): Doc => ({
  kind: 'App',
  name: 'widgets',
  spec: { displayName: 'Widgets', description: 'Ours', ...spec },
  ...more,
});
const connector = (spec = {}): Doc => ({
  kind: 'Connector',
  name: 'cloud',
  spec: { app: 'widgets', catalog: 'slack', displayName: 'Cloud', ...spec },
});
const secret = connector({
  catalog: 'datadog-v2',
  config: {
    datadog_site: 'datadoghq.eu',
    datadog_api_key: { valueFrom: { env: 'TOKEN' } },
    datadog_application_key: { unset: true },
  },
});

const define = (...docs: Doc[]): Promise<void> => rig.write('all.yaml', file(...docs));
const open = async (settings: RigOptions['settings'] = {}, options: RigOptions = {}): Promise<void> => {
  rig = await Rig.start({ tenant, clock, url: proxy.url, env, settings, ...options });
};
/** A tenant in sync with these definitions. */
const inSync = async (docs: Doc[], settings: RigOptions['settings'] = {}): Promise<void> => {
  await open(settings);
  await define(...docs);
  await rig.sweep();
  await rig.sweep();
};
const live = async (): Promise<JsonObject> => (await rig.apps('Widgets'))[0] ?? {};
const edit = async (app: JsonObject): Promise<unknown> =>
  tenant.api('POST', `/api/v1/apps/${(await live()).id}`, { app, updateMask: Object.keys(app).join() });
const webEdit = async (): Promise<void> =>
  tenant.webEdit({
    kind: 'App',
    id: String((await live()).id),
    set: { description: 'x' },
    user: 'bob@acme.example',
  });
const remove = async (): Promise<unknown> => tenant.api('DELETE', `/api/v1/apps/${(await live()).id}`, {});
/** A second definition, so that the load is never empty. */
const other: Doc = { kind: 'App', name: 'other', spec: { displayName: 'Other' } };

/** Where an object ends up after one more sweep. */
interface Case {
  readonly status: Status;
  readonly when: string;
  readonly reach: () => Promise<unknown>;
  readonly key?: string;
  /** Parts of its reason, the fact and the remedy, with `<id>` in the place of an id. */
  readonly says: readonly string[];
  /** `plan`: as a plan shows it, before anything is carried out. */
  readonly by?: 'plan';
}

const cases: readonly Case[] = [
  { status: 'Synced', when: 'all is well', reach: () => inSync([app()]), says: [] },
  {
    status: 'Pending',
    when: 'it is to be created',
    by: 'plan',
    reach: async () => {
      await open();
      await define(app());
    },
    says: ['created'],
  },
  {
    status: 'Pending',
    when: 'it differs',
    by: 'plan',
    reach: async () => {
      await inSync([app()]);
      await edit({ description: 'Theirs' });
    },
    says: ['out of sync'],
  },
  {
    status: 'Pending',
    when: 'it is to be adopted',
    by: 'plan',
    reach: async () => {
      await open();
      await tenant.api('POST', '/api/v1/apps', { displayName: 'Widgets' });
      await define(app());
    },
    says: ['exists'],
  },
  {
    status: 'Pending',
    when: 'it was approved',
    by: 'plan',
    reach: async () => {
      await open();
      await tenant.api('POST', '/api/v1/apps', { displayName: 'Widgets' });
      await define(app({ owners: ['alice@acme.example'] }));
      const { plan } = await rig.sweep();
      await rig.approve(plan.changes[0]?.held?.approval ?? '');
    },
    says: ['approved'],
  },
  {
    status: 'Pending',
    when: 'its app could not be made',
    key: CONNECTOR,
    reach: async () => {
      await open();
      await tenant.faults({ match: 'POST /api/v1/apps', status: 403, message: 'not you' });
      await define(app(), connector());
    },
    says: ['App/widgets', '403: not you', "'c1sync reconcile App/widgets'"],
  },
  {
    status: 'Drifted',
    when: 'the daemon only observes',
    reach: async () => {
      await inSync([app()]);
      await edit({ description: 'Theirs' });
      await rig.restart({ settings: { mode: 'observe' } });
    },
    says: ['out of sync', 'sync.mode: observe', "'c1sync plan'", 'sync.mode: enforce'],
  },
  {
    status: 'Held',
    when: 'a limit is reached',
    reach: async () => {
      await inSync([app()], { limits: { updates: { count: 1 } } });
      await define(app({ description: 'Second' }));
      await rig.sweep();
      await define(app({ description: 'Second' }), other);
      await rig.sweep();
      await define(
        app({ description: 'Second' }),
        { ...other, spec: { displayName: 'Other', description: 'x' } },
        connector(),
      );
    },
    key: 'App/other',
    says: ['sync.limits.updates', '1 in an hour', "'c1sync plan'", "'c1sync approve'"],
  },
  {
    status: 'Held',
    when: 'a limit is zero',
    reach: async () => {
      await inSync([app()], { limits: { updates: { count: 0 } } });
      await define(app({ description: 'Second' }));
    },
    says: ['sync.limits.updates', 'none in an hour', "'c1sync approve'", 'raise sync.limits.updates'],
  },
  {
    status: 'Held',
    when: 'a freeze window is open',
    reach: async () => {
      await open({ freeze: [{ cron: '0 11 * * *', durationMs: 120 * MINUTE, timezone: 'UTC' }] });
      await define(app());
    },
    says: ['freeze window', '2026-11-22 13:00 UTC', "'c1sync approve'"],
  },
  {
    status: 'Held',
    when: 'a name may not be adopted',
    reach: async () => {
      await open({}, { adopt: 'never' });
      await tenant.api('POST', '/api/v1/apps', { displayName: 'Widgets' });
      await define(app());
    },
    says: ["'Widgets' (<id>)", 'metadata.id: <id>'],
  },
  {
    status: 'Held',
    when: 'we would lose our own ownership',
    reach: async () => {
      await open();
      await tenant.api('POST', '/api/v1/apps', { displayName: 'Widgets' });
      await define(app({ owners: ['alice@acme.example'] }));
    },
    says: ['owners', 'lock it out', 'spec.owners', "'c1sync approve'"],
  },
  {
    status: 'Held',
    when: 'somebody else wrote the secrets',
    key: CONNECTOR,
    reach: async () => {
      await inSync([app(), secret]);
      await clock.advance(MINUTE);
      const [made] = await rig.connectors('Cloud');
      await tenant.webEdit({
        kind: 'Connector',
        id: String(made?.id),
        set: { config: { datadog_api_key: 'rotated' } },
        user: 'bob@acme.example',
      });
    },
    says: ['configuration', 'someone else', 'secret', "'c1sync approve'"],
  },
  {
    status: 'Suspended',
    when: 'its definition says so',
    reach: () => inSync([app({}, { annotations: { 'c1sync/suspend': 'incident 12' } })]),
    says: ['incident 12', 'c1sync/suspend'],
  },
  ...(
    [
      [APP, 'App/widgets', ''],
      ['team=first', '-l team=first', ''],
      ['*', '"*"', '2026-11-22 14:00 UTC'],
    ] as const
  ).map(
    ([target, given, end]): Case => ({
      status: 'Suspended',
      when: `a person suspended ${target}`,
      reach: async () => {
        await inSync([app({}, { labels: { team: 'first' } })]);
        const forMs = end === '' ? {} : { forMs: Date.parse('2026-11-22T14:00:00Z') - clock.now() };
        await rig.suspend({ target, reason: 'incident 12', ...forMs });
      },
      says: ['incident 12', `'c1sync resume ${given}'`, end],
    }),
  ),
  {
    status: 'Suspended',
    when: 'its app is',
    key: CONNECTOR,
    reach: async () => {
      await inSync([app(), connector()]);
      await rig.suspend({ target: APP, reason: 'incident 12' });
    },
    says: ['App/widgets', 'incident 12', "'c1sync resume App/widgets'"],
  },
  {
    status: 'TakenOver',
    when: 'a person edited it',
    reach: async () => {
      await inSync([app()]);
      await webEdit();
    },
    says: ['web app', "'c1sync resume App/widgets'"],
  },
  {
    status: 'TakenOver',
    when: 'a person edited it before its definition went',
    reach: async () => {
      await inSync([app(), other], { prune: true });
      await webEdit();
      await define(other);
      await rig.sweep();
      await clock.advance(2 * MINUTE);
    },
    says: ['web app', 'not deleted', "'c1sync state forget App/widgets'"],
  },
  {
    status: 'ForeignOwner',
    when: 'another tool marked it',
    reach: async () => {
      await inSync([app()]);
      await edit({ annotations: { managed_by: 'terraform', iac_resource_address: 'conductorone_app.x' } });
    },
    says: ['terraform', 'conductorone_app.x', 'c1sync/take-from: "terraform"'],
  },
  {
    status: 'ForeignOwner',
    when: 'its app is that of another workspace',
    key: CONNECTOR,
    reach: async () => {
      await open();
      const { body } = await tenant.api('POST', '/api/v1/apps', {
        displayName: 'Widgets',
        annotations: { managed_by: 'c1sync', iac_workspace: 'east', iac_resource_address: 'App/widgets' },
      });
      const id = isObject(body.app) ? body.app.id : undefined;
      await define(connector({ app: { id } }));
    },
    says: ["'Widgets' (<id>)", 'c1sync/east', 'c1sync/take-from: "c1sync/east"', 'metadata.id: <id>'],
  },
  {
    status: 'Gone',
    when: 'it was deleted in the tenant',
    reach: async () => {
      await inSync([app()]);
      await remove();
    },
    says: ['deleted', '(<id>)', "'c1sync resume App/widgets'", "'c1sync state forget App/widgets'"],
  },
  {
    status: 'Gone',
    when: 'nothing has the pinned id',
    reach: async () => {
      await open();
      await define(app({}, { id: 'nowhere' }));
    },
    says: ['nowhere', 'metadata.id'],
  },
  {
    status: 'Invalid',
    when: 'its document is wrong now',
    reach: async () => {
      await inSync([app()]);
      await define(app({ monthlyCost: 3 }));
    },
    says: ['spec.monthlyCost', 'monthlyCostUsd', 'last valid version'],
  },
  {
    status: 'Invalid',
    when: 'its document was never right',
    reach: async () => {
      await open();
      await define(app({ displayName: 3 }));
    },
    says: ['spec.displayName', 'quotes'],
  },
  {
    status: 'UnresolvedReference',
    when: 'it names an unknown user',
    reach: async () => {
      await open();
      await define(app({ owners: ['nobody@acme.example'] }));
    },
    says: ['spec.owners', "'nobody@acme.example'"],
  },
  {
    status: 'UnresolvedReference',
    when: 'the app that it names by id is not there',
    key: CONNECTOR,
    reach: async () => {
      await open();
      await define(connector({ app: { id: 'nowhere' } }));
    },
    says: ['App', 'nowhere', 'spec.app'],
  },
  {
    status: 'Failed',
    when: 'the tenant refuses it',
    reach: async () => {
      await inSync([app()]);
      await tenant.faults({ match: 'POST /api/v1/apps/*', status: 403, message: 'missing permission' });
      await define(app({ description: 'Second' }));
    },
    says: ['POST /api/v1/apps/<id>', '403: missing permission', "'c1sync reconcile App/widgets'"],
  },
  {
    status: 'Failed',
    when: 'the tenant is out of order',
    reach: async () => {
      await inSync([app()]);
      await tenant.faults({ match: 'POST /api/v1/apps/*', status: 500, times: 20 });
      await define(app({ description: 'Second' }));
    },
    says: ['POST /api/v1/apps/<id>', '500: a fault was asked for', 'retried'],
  },
  {
    status: 'Failed',
    when: 'it cannot be read',
    reach: async () => {
      await inSync([app({ owners: ['alice@acme.example'] })]);
      await tenant.faults({ match: 'GET /api/v1/apps/*/ownerids', status: 500, times: 20 });
    },
    says: ['read', 'GET /api/v1/apps/<id>/ownerids', '500: a fault was asked for'],
  },
  {
    status: 'Failed',
    when: 'a secret has no value',
    key: CONNECTOR,
    reach: async () => {
      delete env.TOKEN;
      await open();
      await define(app(), secret);
    },
    says: ['secret', 'env TOKEN', 'not set'],
  },
  {
    status: 'Failed',
    when: 'two definitions mean one object',
    reach: async () => {
      await open();
      await define(app(), { ...app(), name: 'gadgets' });
    },
    says: ['App/gadgets', 'App/widgets', 'same object'],
  },
  {
    status: 'NotConverging',
    when: 'the tenant writes a value in another way',
    reach: async () => {
      await inSync([app()]);
      proxy.hooks.answer = (_, body) => {
        const text = JSON.stringify(body).replaceAll('quiet', 'LOUD');
        return JSON.parse(text) as JsonObject;
      };
      await define(app({ description: 'quiet' }));
      await rig.sweep();
    },
    says: ['does not keep', 'description', 'c1sync/ignore'],
  },
  {
    status: 'Contested',
    when: 'another writer keeps changing it back',
    reach: async () => {
      await inSync([app()]);
      for (let round = 0; round < 3; round += 1) {
        await edit({ description: 'Theirs' });
        await rig.sweep();
      }
      await edit({ description: 'Theirs' });
    },
    says: ['another writer', 'description', 'c1sync/ignore'],
  },
  {
    status: 'Settling',
    when: 'owners take time to show',
    reach: async () => {
      await inSync([app()]);
      await tenant.settings({ ownerDelayMs: 2 * MINUTE });
      await define(app({ owners: ['alice@acme.example'] }));
      await rig.sweep();
    },
    says: ['owners', 'a few minutes'],
  },
  {
    status: 'Settling',
    when: 'the answer to its creation was lost',
    reach: async () => {
      await open();
      await tenant.faults({ match: 'POST /api/v1/apps', status: 'timeout' });
      await define(app());
      await rig.sweep();
    },
    says: ['POST /api/v1/apps timed out after 30000 ms'],
  },
  {
    status: 'Orphaned',
    when: 'nothing asks for its deletion',
    reach: async () => {
      await inSync([app(), other]);
      await define(other);
    },
    says: ['definition is gone', "'c1sync state forget App/widgets'"],
  },
  {
    status: 'Orphaned',
    when: 'it is about to be deleted',
    reach: async () => {
      await inSync([app(), other], { prune: true });
      await define(other);
    },
    says: ['definition is gone', 'deleted', 'restore the definition'],
  },
  {
    status: 'Orphaned',
    when: 'no definition is there at all',
    reach: async () => {
      await inSync([app()], { prune: true });
      await rig.write('readme.md', '');
      await rig.remove('all.yaml');
    },
    says: ['no definition', 'nothing is deleted', 'source.directory'],
  },
];

/** The commands that a reason may name. */
const COMMANDS = ['plan', 'status', 'approve', 'resume', 'reconcile', 'state forget'];
/** The words of a next step: of the reader or of the object. */
const NEXT_STEP =
  /nothing to do|no change until|it is retried|\b(run|wait|correct|restore|revert|put|point|set|raise|remove|give|pin|add|list|take|find out|mend)\b/;

function expectRemedy(reason: string): void {
  expect(reason).toMatch(NEXT_STEP);
  expect(reason).not.toMatch(/[.\s]$|^\s|\n|undefined|\[object|;;|\.;/);
  for (const [, command = ''] of reason.matchAll(/'c1sync ([a-z]+(?: forget)?)/g)) {
    expect(COMMANDS).toContain(command);
  }
}

describe.each(cases)('an object is $status when $when', ({ reach, status, says, key = APP, by }) => {
  it('and its reason names the remedy', async () => {
    await reach();
    let standing: Standing | undefined;
    if (by === 'plan') standing = (await rig.plan()).plan.standings.find((entry) => entry.key === key);
    else {
      await rig.sweep();
      standing = rig.core.statusStore.get(key);
    }
    expect(standing?.status).toBe(status);
    const reason = (standing?.reason ?? '').replaceAll(/\b[0-9A-Za-z]{27}\b/g, '<id>');
    for (const part of says) expect(reason).toContain(part);
    if (status === 'Synced') expect(reason).toBe('');
    else expectRemedy(reason);
  });
});

describe('every status', () => {
  const statuses: Record<Status, true> = {
    Synced: true,
    Pending: true,
    Drifted: true,
    Held: true,
    Suspended: true,
    TakenOver: true,
    ForeignOwner: true,
    Gone: true,
    Invalid: true,
    UnresolvedReference: true,
    Failed: true,
    NotConverging: true,
    Contested: true,
    Settling: true,
    Orphaned: true,
  };

  it('is reached here', () => {
    expect([...new Set(cases.map(({ status }) => status))].sort()).toEqual(Object.keys(statuses).sort());
  });
});
