import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../../src/emulator/json.js';
import { type TestEmulator, testEmulator } from '../support/emulator.js';
import { VirtualClock } from '../support/virtual-clock.js';

const ENV_CONFIG = 'type.googleapis.com/c1.api.app.v1.EnvConfig';

const seed = {
  users: [
    { id: 'u-alice', email: 'alice@acme.example' },
    { id: 'u-bob', email: 'bob@acme.example' },
  ],
  connectorTypes: [
    {
      catalogId: 'warehouse',
      displayName: 'Warehouse',
      fields: [
        { name: 'url', type: 'string' as const, required: true },
        { name: 'api_key', type: 'string' as const, secret: true },
        { name: 'password', type: 'string' as const, secret: true, required: true },
        { name: 'regions', type: 'list' as const },
      ],
      fieldGroups: [
        { name: 'by_key', displayName: 'Key', fieldNames: ['api_key'] },
        { name: 'by_password', displayName: 'Password', fieldNames: ['password'], default: true },
      ],
    },
  ],
  apps: [
    { id: 'a-1', displayName: 'One' },
    { id: 'a-2', displayName: 'Two' },
  ],
};

let clock: VirtualClock;
let emulator: TestEmulator;

beforeEach(async () => {
  clock = new VirtualClock();
  emulator = await testEmulator({ seed, clock });
});
afterEach(() => emulator.close());

const configOf = (values: Record<string, string>): JsonObject => ({
  '@type': ENV_CONFIG,
  configuration: Object.fromEntries(
    Object.entries(values).map(([name, stringValue]) => [name, { stringValue }]),
  ),
});

const good = { url: 'https://w.example', password: 'hunter2', regions: 'eu,us' };

const BASE = '/api/v1/apps/a-1/connectors';

const connectorOf = (body: JsonObject): JsonObject =>
  (body.connectorView as JsonObject | undefined)?.connector as JsonObject;

async function create(body: JsonObject = {}) {
  const answer = await emulator.api('POST', `${BASE}/create`, {
    catalogId: 'warehouse',
    config: configOf(good),
    ...body,
  });
  return { ...answer, connector: connectorOf(answer.body) };
}

async function delegated(body: JsonObject = {}) {
  const answer = await emulator.api('POST', BASE, {
    catalogId: 'warehouse',
    displayName: 'Waiting',
    ...body,
  });
  return { ...answer, connector: connectorOf(answer.body) };
}

async function update(id: unknown, connector: JsonObject, updateMask: string, suffix = '') {
  const answer = await emulator.api('POST', `${BASE}/${id}${suffix}`, { connector, updateMask });
  return { ...answer, connector: connectorOf(answer.body) };
}

async function read(id: unknown): Promise<JsonObject> {
  return connectorOf((await emulator.api('GET', `${BASE}/${id}`)).body);
}

async function storedConfig(id: unknown): Promise<unknown> {
  const { connectors } = await emulator.state();
  const config = connectors.find((connector) => connector.id === id)?.config;
  return isObject(config) ? config.configuration : undefined;
}

describe('a creation with a configuration', () => {
  it('is named after its type and never returns secrets', async () => {
    const { status, connector, text, body } = await create({ description: 'd' });
    expect(status).toBe(200);
    expect(connector).toMatchObject({
      appId: 'a-1',
      catalogId: 'warehouse',
      displayName: 'Warehouse',
      description: 'd',
      config: configOf({ url: good.url, regions: good.regions }),
      configUpdatedAt: expect.any(String),
    });
    expect(text).not.toContain('hunter2');
    expect(body).toMatchObject({
      connectorView: { appPath: '', usersPath: '', capabilitiesPath: '' },
      expanded: [],
    });
    for (const path of [BASE, `${BASE}/${connector.id}`]) {
      expect((await emulator.api('GET', path)).text).not.toContain('hunter2');
    }
    expect(await storedConfig(connector.id)).toEqual(configOf(good).configuration);
  });

  it('is owned by the caller unless owners are given', async () => {
    const { body: me } = await emulator.api('GET', '/api/v1/auth/introspect');
    expect((await create()).connector.userIds).toEqual([me.userId]);
    expect((await create({ userIds: ['u-bob'] })).connector.userIds).toEqual(['u-bob']);
  });

  it.each<[string, JsonObject, string]>([
    ['no type', { catalogId: '' }, 'catalog_id is required'],
    ['an unknown type', { catalogId: 'none' }, 'catalog_id is invalid'],
    ['no config', { config: null }, 'config is required'],
    ['a missing field', { config: configOf({ password: 'x' }) }, 'url is required'],
    ['an empty field', { config: configOf({ ...good, url: '' }) }, 'url is required'],
    ['a missing secret of the default group', { config: configOf({ url: 'x' }) }, 'password is required'],
    ['an unknown group', { config: configOf({ ...good, C1_selected_field_group_name: 'x' }) }, 'C1_selected'],
    ['an unknown owner', { userIds: ['none'] }, 'user_id is invalid'],
    ['a broken value', { config: { configuration: { url: { stringValue: 1 } } } }, 'url'],
  ])('with %s is refused with a 500 of code 2', async (_name, body, message) => {
    const answer = await create(body);
    expect(answer.status).toBe(500);
    expect(answer.body).toMatchObject({ code: 2 });
    expect(answer.body.message).toContain(message);
    expect(answer.text).not.toContain('hunter2');
    expect((await emulator.state()).connectors).toEqual([]);
  });

  it('needs only the fields of the chosen group', async () => {
    const config = configOf({ url: 'x', C1_selected_field_group_name: 'by_key', api_key: 'k' });
    const { status, connector } = await create({ config });
    expect(status).toBe(200);
    expect(connector.config).toEqual(configOf({ url: 'x', C1_selected_field_group_name: 'by_key' }));
  });

  it('in an app that is not there answers 404', async () => {
    const path = '/api/v1/apps/none/connectors';
    expect(
      (await emulator.api('POST', `${path}/create`, { catalogId: 'warehouse', config: configOf(good) }))
        .status,
    ).toBe(404);
    expect((await emulator.api('GET', path)).status).toBe(404);
  });
});

describe('a delegated connector', () => {
  it('reads without config and without unset fields before its configuration', async () => {
    const { connector } = await delegated();
    expect(connector).toMatchObject({
      displayName: 'Waiting',
      userIds: [expect.any(String)],
      profileAllowList: [],
      profileIgnoreList: [],
      disableCheckBadSync: false,
      parallelSyncWorkerCount: 0,
      syncDisabledAt: null,
      syncDisabledReason: '',
      syncDisabledCategory: '',
      status: { status: 'SYNC_STATUS_UNSPECIFIED', lastError: '' },
      deletedAt: null,
    });
    expect(connector).not.toHaveProperty('config');
    expect(connector).not.toHaveProperty('configUpdatedAt');
    expect(connector).not.toHaveProperty('syncConfig');
    expect(connector).not.toHaveProperty('connectorSyncCronSchedule');
  });

  it('has an update of its own until it has a config', async () => {
    const { connector } = await delegated();
    const renamed = await update(
      connector.id,
      { displayName: 'Renamed' },
      'displayName,userIds',
      '/delegated',
    );
    expect(renamed.status).toBe(200);
    expect(renamed.connector).toMatchObject({ displayName: 'Renamed', userIds: [] });
    const configured = await update(connector.id, { config: configOf(good) }, 'config');
    expect(configured.connector).toMatchObject({ configUpdatedAt: expect.any(String) });
    const late = await update(connector.id, { displayName: 'x' }, 'displayName', '/delegated');
    expect(late.status).toBe(400);
    expect(late.body).toMatchObject({ code: 9 });
  });
});

describe('an update', () => {
  it('writes every writable field', async () => {
    const { connector } = await create();
    const change = {
      displayName: 'n',
      description: 'd',
      profileAllowList: ['a'],
      profileIgnoreList: ['ssn'],
      userIds: ['u-alice', 'u-bob'],
      disableCheckBadSync: true,
      parallelSyncWorkerCount: 4,
      syncConfig: { syncResourceTypeIds: ['user'] },
    };
    const answer = await update(connector.id, change, Object.keys(change).join(','));
    expect(answer.connector).toMatchObject(change);
    expect(await read(connector.id)).toEqual(answer.connector);
    const cleared = await update(connector.id, {}, 'syncConfig,profileIgnoreList');
    expect(cleared.connector).toMatchObject({ profileIgnoreList: [] });
    expect(cleared.connector).not.toHaveProperty('syncConfig');
  });

  it('replaces the config whole and increases configUpdatedAt, also with a stopped clock', async () => {
    const { connector } = await create();
    const next = configOf({ url: 'https://new.example', password: 'other' });
    const first = await update(connector.id, { config: next }, 'config');
    expect(first.connector.config).toEqual(configOf({ url: 'https://new.example' }));
    expect(await storedConfig(connector.id)).toEqual(next.configuration);
    const second = await update(connector.id, { config: next }, 'config');
    const stamps = [connector, first.connector, second.connector].map((each) =>
      Date.parse(String(each.configUpdatedAt)),
    );
    expect(stamps).toEqual([...new Set(stamps)].sort((a, b) => a - b));
    const renamed = await update(connector.id, { displayName: 'n' }, 'displayName');
    expect(renamed.connector.configUpdatedAt).toBe(second.connector.configUpdatedAt);
    expect(renamed.connector.updatedAt).not.toBe(second.connector.updatedAt);
  });

  it.each([
    ['a path that is read-only', 'catalogId', {}, 400],
    ['its schedule', 'connectorSyncCronSchedule', {}, 400],
    ['an unknown path', 'colour', {}, 400],
    ['five workers', 'parallelSyncWorkerCount', { parallelSyncWorkerCount: 5 }, 400],
    ['no config where the mask names it', 'config', {}, 500],
    ['an empty name', 'displayName', {}, 500],
    ['an unknown owner', 'userIds', { userIds: ['none'] }, 500],
  ])('with %s is refused', async (_name, mask, change, status) => {
    const { connector } = await create();
    expect((await update(connector.id, change, mask)).status).toBe(status);
    expect(await read(connector.id)).toEqual(connector);
  });

  it('of the workers needs the feature', async () => {
    const { connector } = await create();
    await emulator.settings({ features: [] });
    const answer = await update(connector.id, { parallelSyncWorkerCount: 1 }, 'parallelSyncWorkerCount');
    expect(answer.status).toBe(403);
  });

  it('of a connector of another app answers 404', async () => {
    const { connector } = await create();
    expect((await emulator.api('GET', `/api/v1/apps/a-2/connectors/${connector.id}`)).status).toBe(404);
    const body = { connector: {}, updateMask: 'description' };
    expect((await emulator.api('POST', `/api/v1/apps/a-2/connectors/${connector.id}`, body)).status).toBe(
      404,
    );
  });
});

describe('running', () => {
  it('pauses and resumes', async () => {
    const { connector } = await create();
    expect((await emulator.api('POST', `${BASE}/${connector.id}/pause`, {})).text).toBe('{}');
    const paused = await read(connector.id);
    expect(paused).toMatchObject({
      syncDisabledAt: expect.any(String),
      syncDisabledReason: expect.stringMatching(/./),
      syncDisabledCategory: expect.stringMatching(/./),
      canResumeSync: true,
    });
    expect((await emulator.api('POST', `${BASE}/${connector.id}/force_sync`, {})).status).toBe(400);
    await emulator.api('POST', `${BASE}/${connector.id}/resume`);
    expect(await read(connector.id)).toMatchObject({
      syncDisabledAt: null,
      syncDisabledReason: '',
      syncDisabledCategory: '',
    });
  });

  it('syncs when forced to', async () => {
    const { connector } = await create();
    await emulator.api('POST', `${BASE}/${connector.id}/force_sync`, {});
    expect(await read(connector.id)).toMatchObject({
      status: { status: 'SYNC_STATUS_RUNNING', startedAt: expect.any(String), completedAt: null },
    });
    await clock.advance(60_000);
    expect(await read(connector.id)).toMatchObject({
      status: { status: 'SYNC_STATUS_DONE', completedAt: expect.any(String) },
    });
  });

  it('is scheduled with a cron, and not without', async () => {
    const { connector } = await create();
    const path = `${BASE}/${connector.id}/schedule`;
    const cron = { cronSpec: '0 */6 * * *', timezone: 'Europe/Berlin' };
    expect((await emulator.api('POST', path, { cron })).text).toBe('{}');
    expect((await read(connector.id)).connectorSyncCronSchedule).toEqual(cron);
    expect((await emulator.api('POST', path, { cron: { cronSpec: 'often' } })).status).toBe(500);
    await emulator.api('POST', path, {});
    expect(await read(connector.id)).not.toHaveProperty('connectorSyncCronSchedule');
  });
});

describe('owners in roles', () => {
  const owners = '/api/v2/apps/a-1/connectors';
  const idsIn = async (id: unknown, query = '') => {
    const { body } = await emulator.api('GET', `${owners}/${id}/owners/users${query}`);
    return (body.list as JsonObject[]).map((owner) => [owner.roleSlug, (owner.user as JsonObject).id]);
  };

  it('are those of userIds, and are replaced role by role', async () => {
    const { connector } = await create({ userIds: ['u-alice'] });
    expect(await idsIn(connector.id)).toEqual([['owner', 'u-alice']]);
    const put = { roleSlug: 'owner', userRefs: [{ id: 'u-bob' }], appEntitlementRefs: [] };
    expect((await emulator.api('PUT', `${owners}/${connector.id}/owners`, put)).text).toBe('{}');
    expect((await read(connector.id)).userIds).toEqual(['u-bob']);
    await emulator.api('PUT', `${owners}/${connector.id}/owners`, {
      roleSlug: 'auditor',
      userRefs: [{ id: 'u-alice' }],
    });
    expect(await idsIn(connector.id)).toEqual([
      ['owner', 'u-bob'],
      ['auditor', 'u-alice'],
    ]);
    expect(await idsIn(connector.id, '?role_slug=auditor')).toEqual([['auditor', 'u-alice']]);
  });

  it('are added, read and removed one by one', async () => {
    const { connector } = await create({ userIds: ['u-alice'] });
    const path = `${owners}/${connector.id}/owners/users/owner/u-bob`;
    expect((await emulator.api('GET', path)).status).toBe(404);
    expect((await emulator.api('POST', path, { userRef: { id: 'u-bob' } })).body).toMatchObject({
      connectorOwnerUser: {
        roleSlug: 'owner',
        appId: 'a-1',
        connectorId: connector.id,
        user: { id: 'u-bob' },
      },
    });
    expect((await emulator.api('GET', path)).status).toBe(200);
    expect((await emulator.api('DELETE', path, {})).text).toBe('{}');
    expect((await read(connector.id)).userIds).toEqual(['u-alice']);
  });

  it('need a role and users that are there', async () => {
    const { connector } = await create();
    const path = `${owners}/${connector.id}/owners`;
    expect((await emulator.api('PUT', path, { userRefs: [] })).body).toMatchObject({ code: 2 });
    expect((await emulator.api('PUT', path, { roleSlug: 'owner', userRefs: [{ id: 'none' }] })).status).toBe(
      500,
    );
    expect((await emulator.api('GET', `${path}/entitlements`)).body).toEqual({ list: [], nextPageToken: '' });
    expect((await emulator.api('PUT', `${owners}/none/owners`, { roleSlug: 'owner' })).status).toBe(404);
  });
});

describe('the rest of its life', () => {
  it('is listed with paths and expansions, then deleted', async () => {
    const { connector } = await create();
    const { body } = await emulator.api('GET', BASE);
    expect(body).toEqual({
      list: [{ connector, appPath: '', usersPath: '', capabilitiesPath: '' }],
      nextPageToken: '',
      expanded: [],
    });
    expect((await emulator.api('DELETE', `${BASE}/${connector.id}`, {})).text).toBe('{}');
    expect((await read(connector.id)).deletedAt).toEqual(expect.any(String));
    expect((await emulator.api('DELETE', `${BASE}/${connector.id}`)).status).toBe(404);
    expect((await emulator.api('GET', BASE)).body).toMatchObject({ list: [] });
  });

  it('has a type that lists its fields, its groups and its secrets', async () => {
    const { body } = await emulator.api('POST', '/api/v1/connectorcatalog', { catalogId: 'warehouse' });
    expect(body.schema).toMatchObject({
      displayName: 'Warehouse',
      fields: [
        { name: 'url', str: { secret: false } },
        { name: 'api_key', str: { secret: true } },
        { name: 'password', str: { secret: true } },
        { name: 'regions', strList: {} },
      ],
      fieldGroups: [
        { name: 'by_key', fieldNames: ['api_key'], default: false },
        { name: 'by_password', fieldNames: ['password'], default: true },
      ],
    });
    expect(body.formSchema).toMatchObject({
      fields: [
        { name: 'url', required: true, stringField: { textField: {} } },
        { name: 'api_key', required: false, stringField: { passwordField: {} } },
        { name: 'password', required: true },
        { name: 'regions', stringSliceField: {} },
      ],
    });
    expect((await emulator.api('POST', '/api/v1/connectorcatalog', { catalogId: 'none' })).status).toBe(404);
  });

  it('knows the public connector types beside those of the seed', async () => {
    const catalogId = '2gkeVHQ9u8BtFpouw5jRmbnxjkW';
    const { body } = await emulator.api('POST', '/api/v1/connectorcatalog', { catalogId });
    expect(body.schema).toMatchObject({
      displayName: 'GitHub v2',
      fieldGroups: [
        { name: 'github_personal_access_token_group', default: true },
        { name: 'github_app_group' },
      ],
    });
    expect(body.schema).toMatchObject({
      fields: expect.arrayContaining([
        expect.objectContaining({ name: 'github_access_token', str: { secret: true } }),
        expect.objectContaining({ name: 'github_sync_secrets', checkbox: { checked: false } }),
        expect.objectContaining({ name: 'github_org_list', strList: {} }),
      ]),
    });
  });
});
