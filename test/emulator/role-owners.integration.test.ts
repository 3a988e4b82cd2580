import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/emulator/json.js';
import { type TestEmulator, testEmulator } from '../support/emulator.js';
import { VirtualClock } from '../support/virtual-clock.js';

const people = Array.from({ length: 33 }, (_, index) => ({
  id: `u-${index}`,
  email: `u${index}@acme.example`,
}));
const entitlement = { appId: 'a-1', id: 'e-1' };
const seed = {
  users: people,
  apps: [{ id: 'a-1', displayName: 'One', ownerIds: ['u-0'], ownerEntitlements: [entitlement] }],
  connectors: [
    {
      id: 'c-1',
      appId: 'a-1',
      catalogId: 'x',
      displayName: 'X',
      userIds: ['u-0'],
      ownerEntitlements: [entitlement],
    },
  ],
  entitlements: [
    { ...entitlement, displayName: 'Admins' },
    { appId: 'a-1', id: 'e-2', displayName: 'Auditors' },
  ],
};

const APP = '/api/v2/apps/a-1/owners';

let clock: VirtualClock;
let emulator: TestEmulator;

beforeEach(async () => {
  clock = new VirtualClock();
  emulator = await testEmulator({ seed, clock });
});
afterEach(() => emulator.close());

async function shown(base: string, query = '') {
  const list = async (path: string) => (await emulator.api('GET', base + path)).body.list as JsonObject[];
  const users = await list(`/users${query}`);
  const entitlements = await list(`/entitlements${query}`);
  return {
    users: users.map(({ user }) => (user as JsonObject).id),
    entitlements: entitlements.map(({ appEntitlement }) => (appEntitlement as JsonObject).id),
  };
}

describe.each([
  ['an app', APP, 'appOwner', 'c1.api.app.v2.AppOwners'],
  [
    'a connector',
    '/api/v2/apps/a-1/connectors/c-1/owners',
    'connectorOwner',
    'c1.api.app.v2.ConnectorOwners',
  ],
])('the owners of %s', (_name, base, member, service) => {
  it('come from the seed and return to it', async () => {
    expect(await shown(base)).toEqual({ users: ['u-0'], entitlements: ['e-1'] });
    const { apps, connectors } = await emulator.state();
    expect([...apps, ...connectors]).toMatchObject([
      { ownerEntitlements: [entitlement] },
      { ownerEntitlements: [entitlement] },
    ]);
  });

  it('are users and entitlements of a role in one write', async () => {
    const appEntitlementRefs = [{ appId: 'a-1', id: 'e-2' }];
    const write = { roleSlug: 'auditor', userRefs: [{ id: 'u-1' }], appEntitlementRefs };
    expect((await emulator.api('PUT', base, write)).text).toBe('{}');
    expect(await shown(base, '?role_slug=auditor')).toEqual({ users: ['u-1'], entitlements: ['e-2'] });
    expect(await shown(base, '?role_slug=owner')).toEqual({ users: ['u-0'], entitlements: ['e-1'] });
    await emulator.api('PUT', base, { roleSlug: 'owner', userRefs: [{ id: 'u-2' }] });
    expect(await shown(base, '?role_slug=owner')).toEqual({ users: ['u-2'], entitlements: [] });
  });

  it.each([
    ['users/owner/u-1', { userRef: { id: 'u-1' } }, 'User', 'UserOwner'],
    [
      'entitlements/owner/a-1/e-2',
      { appEntitlementRef: { appId: 'a-1', id: 'e-2' } },
      'Entitlement',
      'EntitlementOwner',
    ],
  ])('are added, read and removed one by one: %s', async (path, body, end, log) => {
    const before = await shown(base);
    expect((await emulator.api('GET', `${base}/${path}`)).status).toBe(404);
    expect((await emulator.api('DELETE', `${base}/${path}`, {})).status).toBe(404);
    const created = await emulator.api('POST', `${base}/${path}`, body);
    expect(created.body[`${member}${end}`]).toMatchObject({ appId: 'a-1', roleSlug: 'owner' });
    expect((await emulator.api('GET', `${base}/${path}`)).body).toEqual(created.body);
    expect((await emulator.api('DELETE', `${base}/${path}`, {})).text).toBe('{}');
    expect(await shown(base)).toEqual(before);
    const events = (await emulator.api('POST', '/api/v1/systemlog/events', {})).body.list as JsonObject[];
    expect(events.map(({ api }) => (api as JsonObject).operation)).toEqual([
      `${service}.Create${log}`,
      `${service}.Delete${log}`,
    ]);
  });

  it.each([
    ['PUT', '', { roleSlug: 'owner', userRefs: [{ id: 'none' }] }, 500],
    ['PUT', '', { roleSlug: 'owner', appEntitlementRefs: [{ appId: 'a-1', id: 'none' }] }, 500],
    ['PUT', '', { roleSlug: 'owner', appEntitlementRefs: [{ appId: 'none', id: 'e-1' }] }, 500],
    ['PUT', '', { userRefs: [] }, 500],
    ['PUT', '', { roleSlug: 'owner', userRefs: 'u-1' }, 400],
    ['POST', '/users/owner/u-1', { userRef: { id: 'u-2' } }, 500],
    ['POST', '/entitlements/owner/a-1/e-2', { appEntitlementRef: { appId: 'a-1', id: 'e-1' } }, 500],
  ])('refuse %s%s %j', async (method, path, body, status) => {
    const before = await shown(base);
    expect((await emulator.api(method, base + path, body)).status).toBe(status);
    expect(await shown(base)).toEqual(before);
  });
});

describe('the owners of an app', () => {
  it('show after the delay, whichever call wrote them', async () => {
    await emulator.settings({ ownerDelayMs: 60_000 });
    await emulator.api('PUT', APP, { roleSlug: 'owner', userRefs: [{ id: 'u-5' }] });
    await emulator.api('POST', '/api/v1/apps/a-1/owners/u-6', {});
    expect(await shown(APP)).toEqual({ users: ['u-0'], entitlements: ['e-1'] });
    await clock.advance(60_000);
    expect(await shown(APP)).toEqual({ users: ['u-5', 'u-6'], entitlements: [] });
  });

  it('keep their entitlements when the users are written', async () => {
    await emulator.api('PUT', '/api/v1/apps/a-1/owners', { userIds: ['u-3'] });
    expect(await shown(APP)).toEqual({ users: ['u-3'], entitlements: ['e-1'] });
  });

  it('are at most 32 users, and belong to an app', async () => {
    const userRefs = people.map(({ id }) => ({ id }));
    expect((await emulator.api('PUT', APP, { roleSlug: 'owner', userRefs })).status).toBe(400);
    const write = { roleSlug: 'owner', userRefs: [] };
    expect((await emulator.api('PUT', '/api/v2/apps/none/owners', write)).status).toBe(404);
  });

  it('are set by a create', async () => {
    const body = { displayName: 'New', owners: ['u-1'], appEntitlementOwnerRefs: [entitlement] };
    const { app } = (await emulator.api('POST', '/api/v1/apps', body)).body as { app: JsonObject };
    const owners = await shown(`/api/v2/apps/${app.id}/owners`);
    expect(owners).toMatchObject({ users: expect.arrayContaining(['u-1']), entitlements: ['e-1'] });
    const unknown = { displayName: 'X', appEntitlementOwnerRefs: [{ appId: 'a-1', id: 'none' }] };
    expect((await emulator.api('POST', '/api/v1/apps', unknown)).status).toBe(500);
  });
});

describe('entitlements', () => {
  const idsOf = (body: JsonObject): unknown[] =>
    (body.list as JsonObject[]).map(({ appEntitlement }) => (appEntitlement as JsonObject).id);

  it('are listed and read with their app', async () => {
    expect(idsOf((await emulator.api('GET', '/api/v1/apps/a-1/entitlements')).body)).toEqual(['e-1', 'e-2']);
    const { body } = await emulator.api('GET', '/api/v1/apps/a-1/entitlements/e-2');
    expect(body.appEntitlementView).toMatchObject({
      appEntitlement: { displayName: 'Auditors', appId: 'a-1' },
    });
    expect((await emulator.api('GET', '/api/v1/apps/a-1/entitlements/none')).status).toBe(404);
    expect((await emulator.api('GET', '/api/v1/apps/none/entitlements')).status).toBe(404);
  });

  it.each<[JsonObject, string[]]>([
    [{}, ['e-1', 'e-2']],
    [{ displayName: 'admins' }, ['e-1']],
    [{ query: 'audit' }, ['e-2']],
    [{ refs: [entitlement] }, ['e-1']],
    [{ appIds: ['none'] }, []],
    [{ excludeAppIds: ['a-1'] }, []],
  ])('are found by %j', async (search, ids) => {
    expect(idsOf((await emulator.api('POST', '/api/v1/search/entitlements', search)).body)).toEqual(ids);
  });
});

describe('an expand mask', () => {
  it('adds the objects that it names, each once', async () => {
    const expandMask = { paths: ['app_id'] };
    const { body } = await emulator.api('POST', '/api/v1/search/entitlements', { expandMask });
    expect(body).toMatchObject({
      list: [{ appPath: '$.expanded[0]' }, { appPath: '$.expanded[0]' }],
      expanded: [{ '@type': 'type.googleapis.com/c1.api.app.v1.App', id: 'a-1' }],
    });
    expect(body.expanded).toHaveLength(1);
  });

  it('fills the paths of a connector', async () => {
    const update = {
      connector: { description: 'x' },
      updateMask: 'description',
      expandMask: { paths: ['*'] },
    };
    const { body } = await emulator.api('POST', '/api/v1/apps/a-1/connectors/c-1', update);
    expect(body).toMatchObject({
      connectorView: { appPath: '$.expanded[0]', usersPath: '$.expanded[1]', capabilitiesPath: '' },
      expanded: [{ id: 'a-1' }, { id: 'u-0' }],
    });
  });
});
