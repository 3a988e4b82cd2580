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
/** A tenant in line with these definitions. */
const inLine = async (docs: Doc[], settings: RigOptions['settings'] = {}): Promise<void> => {
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
  /** With `<id>`, `<hash>` and `<time>` in the place of what is made up anew. */
  readonly reason: string;
  /** `plan`: as a plan shows it, before anything is carried out. */
  readonly by?: 'plan';
}

const cases: readonly Case[] = [
  { status: 'Synced', when: 'all is well', reach: () => inLine([app()]), reason: '' },
  {
    status: 'Pending',
    when: 'it is to be created',
    by: 'plan',
    reach: async () => {
      await open();
      await define(app());
    },
    reason: 'it is not there yet and will be created; nothing to do',
  },
  {
    status: 'Pending',
    when: 'it differs',
    by: 'plan',
    reach: async () => {
      await inLine([app()]);
      await edit({ description: 'Theirs' });
    },
    reason: 'it differs from its definition and will be put in line; nothing to do',
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
    reason: 'it exists and will come under management; nothing to do',
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
    reason: 'it was approved and will be carried out; nothing to do',
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
    reason:
      "it waits for App/widgets: POST /api/v1/apps answered 403: not you; mend that, then run 'c1sync reconcile App/widgets', or wait up to an hour for another try",
  },
  {
    status: 'Drifted',
    when: 'the daemon only observes',
    reach: async () => {
      await inLine([app()]);
      await edit({ description: 'Theirs' });
      await rig.restart({ settings: { mode: 'observe' } });
    },
    reason:
      "it differs from its definition, and nothing is written under sync.mode: observe; look at it with 'c1sync plan', and set sync.mode: enforce to have it put in line",
  },
  {
    status: 'Held',
    when: 'a limit is reached',
    reach: async () => {
      await inLine([app()], { limits: { updates: { count: 1 } } });
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
    reason:
      "sync.limits.updates allows 1 in an hour, and more are due; look at them with 'c1sync plan' and run 'c1sync approve' with the hash that it shows, or wait an hour",
  },
  {
    status: 'Held',
    when: 'a limit is zero',
    reach: async () => {
      await inLine([app()], { limits: { updates: { count: 0 } } });
      await define(app({ description: 'Second' }));
    },
    reason:
      "sync.limits.updates allows none in an hour; look at them with 'c1sync plan' and run 'c1sync approve' with the hash that it shows, or raise sync.limits.updates",
  },
  {
    status: 'Held',
    when: 'a freeze window is open',
    reach: async () => {
      await open({ freeze: [{ cron: '0 11 * * *', durationMs: 120 * MINUTE, timezone: 'UTC' }] });
      await define(app());
    },
    reason:
      "a freeze window is open until 2026-11-22 13:00 UTC; wait, or run 'c1sync approve' with the hash that 'c1sync plan' shows",
  },
  {
    status: 'Held',
    when: 'a name may not be adopted',
    reach: async () => {
      await open({}, { adopt: 'never' });
      await tenant.api('POST', '/api/v1/apps', { displayName: 'Widgets' });
      await define(app());
    },
    reason:
      "the tenant already holds 'Widgets' (<id>), which c1sync does not manage and may not adopt here; pin it with metadata.id: <id>, or give this definition another display name",
  },
  {
    status: 'Held',
    when: 'we would lose our own ownership',
    reach: async () => {
      await open();
      await tenant.api('POST', '/api/v1/apps', { displayName: 'Widgets' });
      await define(app({ owners: ['alice@acme.example'] }));
    },
    reason:
      "taking c1sync's own user <id> off the owners may lock it out: add it to spec.owners, or remove it by hand; to have it done as planned, run 'c1sync approve' with the hash that 'c1sync plan' shows",
  },
  {
    status: 'Held',
    when: 'somebody else wrote the secrets',
    key: CONNECTOR,
    reach: async () => {
      await inLine([app(), secret]);
      await clock.advance(MINUTE);
      const [made] = await rig.connectors('Cloud');
      await tenant.webEdit({
        kind: 'Connector',
        id: String(made?.id),
        set: { config: { datadog_api_key: 'rotated' } },
        user: 'bob@acme.example',
      });
    },
    reason:
      "the configuration was last written by someone else (<time>), perhaps to rotate a secret: put the present secret into its source; what is planned would write the former one over it; to have it done as planned, run 'c1sync approve' with the hash that 'c1sync plan' shows",
  },
  {
    status: 'Suspended',
    when: 'its definition says so',
    reach: () => inLine([app({}, { annotations: { 'c1sync/suspend': 'incident 12' } })]),
    reason:
      'it is suspended by its definition: incident 12; remove c1sync/suspend from metadata.annotations to go on',
  },
  ...(
    [
      [APP, 'App/widgets', ''],
      ['team=first', '-l team=first', ''],
      ['*', '"*"', ', or wait until 2026-11-22 14:00 UTC'],
    ] as const
  ).map(
    ([target, given, end]): Case => ({
      status: 'Suspended',
      when: `a person suspended ${target}`,
      reach: async () => {
        await inLine([app({}, { labels: { team: 'first' } })]);
        const forMs = end === '' ? {} : { forMs: Date.parse('2026-11-22T14:00:00Z') - clock.now() };
        await rig.suspend({ target, reason: 'incident 12', ...forMs });
      },
      reason: `it is suspended: incident 12; run 'c1sync resume ${given}' to go on${end}`,
    }),
  ),
  {
    status: 'Suspended',
    when: 'its app is',
    key: CONNECTOR,
    reach: async () => {
      await inLine([app(), connector()]);
      await rig.suspend({ target: APP, reason: 'incident 12' });
    },
    reason:
      "App/widgets is left alone, and what is under it with it: it is suspended: incident 12; run 'c1sync resume App/widgets' to go on",
  },
  {
    status: 'TakenOver',
    when: 'a person edited it',
    reach: async () => {
      await inLine([app()]);
      await webEdit();
    },
    reason:
      "a person edited it in the web app, which means that it is theirs now; to have it managed again, run 'c1sync resume App/widgets' or change its definition",
  },
  {
    status: 'TakenOver',
    when: 'a person edited it before its definition went',
    reach: async () => {
      await inLine([app(), other], { prune: true });
      await webEdit();
      await define(other);
      await rig.sweep();
      await clock.advance(2 * MINUTE);
    },
    reason:
      "a person edited it in the web app, so it is not deleted; delete it there, or run 'c1sync state forget App/widgets' to let go of it",
  },
  {
    status: 'ForeignOwner',
    when: 'another tool marked it',
    reach: async () => {
      await inLine([app()]);
      await edit({ annotations: { managed_by: 'terraform', iac_resource_address: 'conductorone_app.x' } });
    },
    reason:
      'terraform manages it as conductorone_app.x; take it out of there, then set metadata.annotations c1sync/take-from: "terraform"',
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
    reason:
      'App \'Widgets\' (<id>) is left alone, and what is under it with it: c1sync/east manages it; take it out of there, or give it a definition with metadata.id: <id> and metadata.annotations c1sync/take-from: "c1sync/east"',
  },
  {
    status: 'Gone',
    when: 'it was deleted in the tenant',
    reach: async () => {
      await inLine([app()]);
      await remove();
    },
    reason:
      "it was deleted in the tenant (<id>); take the definition away, or run 'c1sync resume App/widgets' (without a daemon, 'c1sync state forget App/widgets') to have it made anew",
  },
  {
    status: 'Gone',
    when: 'nothing has the pinned id',
    reach: async () => {
      await open();
      await define(app({}, { id: 'nowhere' }));
    },
    reason:
      'nothing in the tenant has the id nowhere; correct metadata.id, or take it out to have the object made anew',
  },
  {
    status: 'Invalid',
    when: 'its document is wrong now',
    reach: async () => {
      await inLine([app()]);
      await define(app({ monthlyCost: 3 }));
    },
    reason:
      'spec.monthlyCost: Unknown name "monthlyCost". It is called "monthlyCostUsd" here; correct the file; until then its last valid version stays in force',
  },
  {
    status: 'Invalid',
    when: 'its document was never right',
    reach: async () => {
      await open();
      await define(app({ displayName: 3 }));
    },
    reason: 'spec.displayName: Must be text, not a number: put it in quotes; correct the file',
  },
  {
    status: 'UnresolvedReference',
    when: 'it names nobody',
    reach: async () => {
      await open();
      await define(app({ owners: ['nobody@acme.example'] }));
    },
    reason:
      "spec.owners: no user is named 'nobody@acme.example'; correct the name or create it in the tenant",
  },
  {
    status: 'UnresolvedReference',
    when: 'the app that it names by id is not there',
    key: CONNECTOR,
    reach: async () => {
      await open();
      await define(connector({ app: { id: 'nowhere' } }));
    },
    reason: 'the tenant has no App with the id nowhere; correct spec.app',
  },
  {
    status: 'Failed',
    when: 'the tenant refuses it',
    reach: async () => {
      await inLine([app()]);
      await tenant.faults({ match: 'POST /api/v1/apps/*', status: 403, message: 'missing permission' });
      await define(app({ description: 'Second' }));
    },
    reason:
      "POST /api/v1/apps/<id> answered 403: missing permission; mend that, then run 'c1sync reconcile App/widgets', or wait up to an hour for another try",
  },
  {
    status: 'Failed',
    when: 'the tenant is out of order',
    reach: async () => {
      await inLine([app()]);
      await tenant.faults({ match: 'POST /api/v1/apps/*', status: 500, times: 20 });
      await define(app({ description: 'Second' }));
    },
    reason: 'POST /api/v1/apps/<id> answered 500: a fault was asked for; it is tried again in a moment',
  },
  {
    status: 'Failed',
    when: 'it cannot be read',
    reach: async () => {
      await inLine([app({ owners: ['alice@acme.example'] })]);
      await tenant.faults({ match: 'GET /api/v1/apps/*/ownerids', status: 500, times: 20 });
    },
    reason:
      'it could not be read: GET /api/v1/apps/<id>/ownerids answered 500: a fault was asked for; nothing is done until it can be',
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
    reason: 'no value for a secret: env TOKEN: the variable is not set; give it one',
  },
  {
    status: 'Failed',
    when: 'two definitions mean one object',
    reach: async () => {
      await open();
      await define(app(), { ...app(), name: 'gadgets' });
    },
    reason:
      'App/gadgets and App/widgets both mean the same object; remove one of them or give it another name',
  },
  {
    status: 'NotConverging',
    when: 'the tenant writes a value in another way',
    reach: async () => {
      await inLine([app()]);
      proxy.hooks.answer = (_, body) => {
        const text = JSON.stringify(body).replaceAll('quiet', 'LOUD');
        return JSON.parse(text) as JsonObject;
      };
      await define(app({ description: 'quiet' }));
      await rig.sweep();
    },
    reason:
      'the tenant does not keep the value of description; write it in the definition the way the tenant shows it, or list it in metadata.annotations c1sync/ignore',
  },
  {
    status: 'Contested',
    when: 'another writer keeps changing it back',
    reach: async () => {
      await inLine([app()]);
      for (let round = 0; round < 3; round += 1) {
        await edit({ description: 'Theirs' });
        await rig.sweep();
      }
      await edit({ description: 'Theirs' });
    },
    reason:
      'another writer keeps changing description back; find out who, or list it in metadata.annotations c1sync/ignore',
  },
  {
    status: 'Settling',
    when: 'owners take time to show',
    reach: async () => {
      await inLine([app()]);
      await tenant.settings({ ownerDelayMs: 2 * MINUTE });
      await define(app({ owners: ['alice@acme.example'] }));
      await rig.sweep();
    },
    reason: 'ownerIds was written and takes a few minutes to show; nothing to do',
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
    reason:
      'its creation was begun and the answer was lost (POST /api/v1/apps timed out after 30000 ms); nothing to do: it is looked for, and made again when the first call can no longer be under way',
  },
  {
    status: 'Orphaned',
    when: 'nothing asks for its deletion',
    reach: async () => {
      await inLine([app(), other]);
      await define(other);
    },
    reason:
      "no definition names it any more and it is left alone; put the definition back, or run 'c1sync state forget App/widgets' to let go of it",
  },
  {
    status: 'Orphaned',
    when: 'it is about to be deleted',
    reach: async () => {
      await inLine([app(), other], { prune: true });
      await define(other);
    },
    reason:
      'its definition is gone, and it is deleted when that is still so at a later look; put the definition back to keep it',
  },
  {
    status: 'Orphaned',
    when: 'no definition is there at all',
    reach: async () => {
      await inLine([app()], { prune: true });
      await rig.write('readme.md', '');
      await rig.remove('all.yaml');
    },
    reason: 'no definition is there at all, so nothing is deleted; point source.directory at the definitions',
  },
];

/** The commands that a reason may tell a reader to run. */
const COMMANDS = ['plan', 'apply', 'approve', 'resume', 'reconcile', 'state forget'];
/** What tells a reader the next step: their own, or that of the object. */
const NEXT_STEP =
  /nothing to do|nothing is done until|it is tried again|\b(run|wait|correct|put|point|set|raise|remove|give|pin|add|list|take|find out|mend)\b/;

describe.each(cases)('an object is $status when $when', ({ reach, status, reason, key = APP, by }) => {
  it('and is told what to do', async () => {
    await reach();
    let standing: Standing | undefined;
    if (by === 'plan') standing = (await rig.plan()).plan.standings.find((entry) => entry.key === key);
    else {
      await rig.sweep();
      standing = rig.core.board.get(key);
    }
    const text = (standing?.reason ?? '')
      .replaceAll(/\b[0-9A-Za-z]{27}\b/g, '<id>')
      .replaceAll(/sha256:[0-9a-f]{12}/g, 'sha256:<hash>')
      .replaceAll(/2026-\d\d-\d\dT[\d:.]+Z/g, '<time>');
    expect([standing?.status, text]).toEqual([status, reason]);
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

  it.each(cases.filter(({ status }) => status !== 'Synced').map(({ status, reason }) => [status, reason]))(
    '%s has a reason that says what to do: %s',
    (_, reason) => {
      expect(reason).toMatch(NEXT_STEP);
      expect(reason).not.toMatch(/[.\s]$|^\s|\n|undefined|\[object|;;|\.;/);
      for (const [, command = ''] of reason.matchAll(/'c1sync ([a-z]+(?: forget)?)/g))
        expect(COMMANDS).toContain(command);
    },
  );
});
