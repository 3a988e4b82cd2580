import { afterEach, describe, expect, it } from 'vitest';
import { exportTenant } from '../../../src/core/observe/export.js';
import type { JsonObject } from '../../../src/emulator/json.js';
import { type Doc, file } from '../../support/definitions.js';
import { type TestEmulator, testEmulator } from '../../support/emulator.js';
import { Rig } from '../../support/rig.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const CATALOG = '2gkeVHQ9u8BtFpouw5jRmbnxjkW';
const ADMIN = 'role/c1.api.tenant.v1.Tenant:owner';
const names = ['IT', 'Audit', 'Staff'];
const ref = (id: string) => ({ appId: 'okta', id });
const named = (entitlement: string, app = 'Okta') => ({ app, entitlement });

let rig: Rig;
let tenant: TestEmulator;
let clock: VirtualClock;
afterEach(async () => {
  await rig?.stop();
  await tenant?.close();
});

async function begin({ ownerDelayMs = 0, roles = [ADMIN], prune = false } = {}): Promise<void> {
  clock = new VirtualClock();
  const owned = { ownerEntitlements: [ref('it')] };
  const seed = {
    users: [
      { id: 'me', email: 'c1sync@acme.example', roles },
      ...['alice', 'bob'].map((id) => ({ id, email: `${id}@acme.example` })),
    ],
    entitlements: [
      ...names.map((displayName) => ({ ...ref(displayName.toLowerCase()), displayName })),
      ...['same-1', 'same-2'].map((id) => ({ ...ref(id), displayName: 'Same' })),
    ],
    apps: [
      { id: 'okta', displayName: 'Okta' },
      { id: 'wiki', displayName: 'Wiki', ownerIds: ['alice'], ...owned },
    ],
    connectors: [
      { id: 'c', appId: 'wiki', catalogId: CATALOG, displayName: 'Wiki', userIds: ['alice'], ...owned },
    ],
  };
  tenant = await testEmulator({ clock, seed, ownerDelayMs });
  rig = await Rig.start({ clock, tenant, settings: { prune } });
}

const app = (spec: JsonObject = {}): Doc => ({
  kind: 'App',
  name: 'wiki',
  spec: { displayName: 'Wiki', ...spec },
});
const connector = (spec: JsonObject): Doc => ({
  kind: 'Connector',
  name: 'wiki',
  spec: { app: 'wiki', catalogId: CATALOG, displayName: 'Wiki', ...spec },
});

/** Defines the object, and carries out what differs. */
async function apply(...docs: readonly Doc[]) {
  await rig.write('all.yaml', file(...docs));
  await rig.writes();
  const { plan, done } = await rig.sweep();
  return { plan, done, puts: (await rig.writes()).filter(({ method }) => method === 'PUT') };
}

async function ownersOf(kind: string, name = 'Wiki') {
  const { apps, connectors } = await tenant.state();
  const object = (kind === 'App' ? apps : connectors).find(({ displayName }) => displayName === name);
  const { ownerIds, userIds, ownerEntitlements = [] } = object ?? {};
  const entitlements = (ownerEntitlements as JsonObject[]).map(({ id }) => id).sort();
  return { users: kind === 'App' ? ownerIds : userIds, entitlements };
}

describe.each(['App', 'Connector'])('the owners of an existing %s', (kind) => {
  const define = (spec: JsonObject) => apply(...(kind === 'App' ? [app(spec)] : [app(), connector(spec)]));

  it('keep their entitlements where a definition has only users', async () => {
    await begin();
    const { puts } = await define({ owners: ['bob@acme.example'] });
    expect(puts).toHaveLength(1);
    expect(await ownersOf(kind)).toEqual({ users: ['bob'], entitlements: ['it'] });
  });

  it('keep their users where a definition has only entitlements', async () => {
    await begin();
    const { puts } = await define({ ownerEntitlements: [named('Audit')] });
    expect(puts).toHaveLength(1);
    expect(await ownersOf(kind)).toEqual({ users: ['alice'], entitlements: ['audit'] });
  });

  it('are both written in one call where a definition has both', async () => {
    await begin();
    const { puts } = await define({ owners: [], ownerEntitlements: [named('Staff'), named('IT')] });
    expect(puts).toHaveLength(1);
    expect(await ownersOf(kind)).toEqual({ users: [], entitlements: ['it', 'staff'] });
    expect((await rig.sweep()).plan.changes).toEqual([]);
  });

  it('keep an ignored half as it is live', async () => {
    await begin();
    const spec = { owners: ['bob@acme.example'], ownerEntitlements: [named('Audit')] };
    const annotations = { 'c1sync/ignore': 'ownerEntitlements' };
    const subject = kind === 'App' ? app(spec) : connector(spec);
    await apply(...(kind === 'App' ? [] : [app()]), { ...subject, annotations });
    expect(await ownersOf(kind)).toEqual({ users: ['bob'], entitlements: ['it'] });
  });

  it('are shown by name', async () => {
    await begin();
    await rig.write('all.yaml', file(app(), connector({ ownerEntitlements: [named('Audit')] })));
    const { plan } = await rig.plan();
    expect(plan.changes.find(({ key }) => key === 'Connector/wiki')).toMatchObject({
      risk: 'access',
      fields: [
        {
          path: 'appEntitlementRefs',
          from: ['okta/it'],
          to: ['okta/audit'],
          namePath: 'ownerEntitlements',
          fromName: ['Okta/IT'],
          toName: ['Okta/Audit'],
        },
      ],
    });
  });
});

describe('owners that take two minutes to show', () => {
  it('are sent whole when one half changes meanwhile', async () => {
    await begin({ ownerDelayMs: 120_000 });
    await apply(app({ owners: ['bob@acme.example'], ownerEntitlements: [named('Audit')] }));
    await clock.advance(1_000);
    await apply(app({ owners: ['bob@acme.example'], ownerEntitlements: [named('Staff')] }));
    await clock.advance(120_000);
    expect(await ownersOf('App')).toEqual({ users: ['bob'], entitlements: ['staff'] });
    expect((await rig.sweep()).plan.changes).toEqual([]);
  });

  it('come with the create of an app, and keep its creator', async () => {
    await begin({ ownerDelayMs: 120_000 });
    const doc: Doc = {
      kind: 'App',
      name: 'new',
      spec: { displayName: 'New', ownerEntitlements: [named('IT')] },
    };
    const { puts, done } = await apply(doc);
    expect([puts, done[0]?.status]).toEqual([[], 'Settling']);
    const reason = 'the tenant takes a few minutes to show the new value of ownerEntitlements; nothing to do';
    expect(done[0]?.reason).toBe(reason);
    await clock.advance(1_000);
    const again = await apply(doc);
    expect(again.puts).toEqual([]);
    expect(again.plan.standings[0]).toMatchObject({ status: 'Settling', reason });
    await clock.advance(120_000);
    expect(await ownersOf('App', 'New')).toEqual({ users: ['me'], entitlements: ['it'] });
    const { plan } = await rig.sweep();
    expect([plan.changes, plan.standings[0]?.status]).toEqual([[], 'Synced']);
  });

  it('come with the users after the create of an app', async () => {
    await begin({ ownerDelayMs: 120_000 });
    const spec = { displayName: 'New', owners: ['bob@acme.example'], ownerEntitlements: [named('IT')] };
    const doc: Doc = { kind: 'App', name: 'new', spec };
    await tenant.faults({ match: 'PUT /api/v2/*', status: 403 });
    expect((await apply(doc)).done[0]?.outcome).toBe('failed');
    expect((await rig.plan()).plan.changes).toMatchObject([{ completes: true, updateMask: '' }]);
    await clock.advance(10 * 60_000);
    const { puts } = await apply(doc);
    expect(puts).toMatchObject([{ path: expect.stringMatching(/^\/api\/v2\//), status: 200 }]);
    await clock.advance(120_000);
    expect(await ownersOf('App', 'New')).toEqual({ users: ['bob'], entitlements: ['it'] });
  });
});

describe('an entitlement in a definition', () => {
  const other: Doc = { kind: 'App', name: 'other', spec: { displayName: 'Other' } };

  it.each([
    [named('Admins'), "no entitlement is named 'Okta/Admins'"],
    [named('Audits'), "did you mean 'Okta/Audit'?"],
    [
      named('IT', 'Octa'),
      "no app is named 'Octa'; correct the name or create it in the tenant; did you mean 'Okta/IT'?",
    ],
    [{ app: { id: 'octa' }, entitlement: 'IT' }, "no app has the id 'octa'"],
  ])('%j that the tenant lacks is an error of that object alone', async (wrong, reason) => {
    await begin();
    const { plan } = await apply(app({ ownerEntitlements: [named('IT'), wrong] }), other);
    expect(plan.standings.find(({ key }) => key === 'App/wiki')).toMatchObject({
      status: 'UnresolvedReference',
      reason: expect.stringMatching(/^spec\.ownerEntitlements: /),
      position: { file: expect.stringMatching(/all\.yaml$/), line: 1 },
    });
    expect(plan.standings.find(({ key }) => key === 'App/wiki')?.reason).toContain(reason);
    expect(plan.changes.map(({ key }) => key)).toEqual(['App/other']);
    expect(await ownersOf('App')).toEqual({ users: ['alice'], entitlements: ['it'] });
  });

  it('may name its app by a definition of the same load, which may be renamed', async () => {
    await begin();
    const directory = (displayName: string): Doc => ({
      kind: 'App',
      name: 'directory',
      spec: { displayName },
    });
    const owned = app({ ownerEntitlements: [named('Audit', 'directory')] });
    await apply(directory('Okta'), owned);
    expect((await ownersOf('App')).entitlements).toEqual(['audit']);
    const changed = app({ ownerEntitlements: [named('Staff', 'directory')] });
    await apply(directory('Okta Workforce'), changed);
    expect((await ownersOf('App')).entitlements).toEqual(['staff']);
  });

  it('is waited for while its app is new', async () => {
    await begin();
    const fresh: Doc = { kind: 'App', name: 'fresh', spec: { displayName: 'Fresh' } };
    const owned = app({ ownerEntitlements: [named('Members', 'fresh')] });
    const { plan } = await apply(fresh, owned);
    expect(plan.standings.find(({ key }) => key === 'App/wiki')?.status).toBe('UnresolvedReference');
    expect((await ownersOf('App', 'Fresh')).users).toEqual(['me']);
  });

  it.each([
    { ownerEntitlements: [named('IT')] },
    { ownerEntitlements: [named('IT', 'directory')] },
    { appEntitlementRefs: [ref('it')] },
  ])('keeps the app that it is in from deletion: %j', async (spec) => {
    await begin({ prune: true });
    await rig.write(
      'directory.yaml',
      file({ kind: 'App', name: 'directory', spec: { displayName: 'Okta' } }),
    );
    await apply(app(spec));
    await rig.remove('directory.yaml');
    await rig.sweep();
    await clock.advance(120_000);
    const { plan } = await rig.plan();
    expect(plan.changes).toMatchObject([
      {
        key: 'App/directory',
        action: 'delete',
        held: { reason: expect.stringMatching(/^App\/wiki refers to it;/) },
      },
    ]);
    await apply(app());
    expect((await tenant.state()).apps.map(({ id }) => id)).toEqual(['wiki']);
  });

  it('of which there are two is ambiguous, and the reason has their ids', async () => {
    await begin();
    await rig.write('all.yaml', file(app({ ownerEntitlements: [named('Same')] })));
    const { plan } = await rig.plan();
    expect(plan.standings[0]?.reason).toBe(
      "spec.ownerEntitlements: 2 of the tenant's objects match the entitlement 'Okta/Same' (okta/same-1, okta/same-2); give the id instead",
    );
  });
});

describe('an export', () => {
  it('has names, and ids where the name of an app is that of another definition', async () => {
    await begin();
    const made = await tenant.api('POST', '/api/v1/apps', { displayName: 'okta-' });
    const { id } = made.body.app as JsonObject;
    const spec = async () => {
      const { objects } = await rig.timed(
        exportTenant({ ...rig.core, workspace: 'test', wants: () => true }),
      );
      return objects.find(({ name }) => name === 'wiki')?.spec;
    };
    expect(await spec()).toMatchObject({ ownerEntitlements: [named('IT')] });
    const rename = async (target: unknown, displayName: string) =>
      tenant.api('POST', `/api/v1/apps/${target}`, { app: { displayName }, updateMask: 'displayName' });
    await rename('okta', 'okta');
    await rename(id, 'Okta');
    expect(await spec()).toMatchObject({ appEntitlementRefs: [ref('it')] });
    expect(await spec()).not.toHaveProperty('ownerEntitlements');
  });
});

describe('our own user', () => {
  it('keeps the entitlement that may be all that makes it an owner', async () => {
    await begin({ roles: [] });
    const { plan, puts } = await apply(app({ ownerEntitlements: [] }));
    expect(plan.changes[0]?.held?.reason).toMatch(/taking the entitlements okta\/it off the owners may lock/);
    expect(puts).toEqual([]);
    const mine = { owners: ['c1sync@acme.example'], ownerEntitlements: [] };
    expect((await apply(app(mine))).puts).toHaveLength(1);
    expect(await ownersOf('App')).toEqual({ users: ['me'], entitlements: [] });
  });
});
