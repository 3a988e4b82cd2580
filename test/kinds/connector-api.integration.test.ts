import { describe, expect, it } from 'vitest';
import type { KindReader, KindWriter, LiveObject } from '../../src/core/model/kind.js';
import { Secret, UnsetSecret } from '../../src/core/model/secret.js';
import { connectorModule } from '../../src/kinds/connector/index.js';
import { stored, type TestTenant, takeSent, unnoted, useTenant } from './tenant.js';

const ENV_CONFIG = 'type.googleapis.com/c1.api.app.v1.EnvConfig';
const TYPE = 'type-1';

const { tenant } = useTenant({
  users: [
    { id: 'alice', email: 'alice@acme.example' },
    { id: 'bob', email: 'bob@acme.example' },
  ],
  connectorTypes: [
    {
      catalogId: TYPE,
      displayName: 'Type one',
      fields: [
        { name: 'token', type: 'string', secret: true },
        { name: 'org', type: 'list' },
      ],
    },
  ],
  entitlements: [{ appId: 'app', id: 'ent-1', displayName: 'Admins' }],
  apps: [
    { id: 'app', displayName: 'App' },
    { id: 'other', displayName: 'Other' },
  ],
  connectors: [
    {
      id: 'full',
      appId: 'app',
      catalogId: TYPE,
      displayName: 'Full',
      description: 'set',
      config: {
        '@type': ENV_CONFIG,
        configuration: { token: { stringValue: 't' }, org: { stringValue: 'a,b' } },
      },
      configUpdatedAt: '2026-02-01T00:00:00.000Z',
      connectorSyncCronSchedule: { cronSpec: '0 3 * * *', timezone: '' },
      profileIgnoreList: ['ssn', 'birthday'],
      parallelSyncWorkerCount: 2,
      syncConfig: { syncResourceTypeIds: ['user'] },
      syncDisabledAt: '2026-03-01T00:00:00.000Z',
      status: { status: 'SYNC_STATUS_ERROR', lastError: 'token expired' },
      userIds: ['bob'],
      createdAt: '2026-01-01T00:00:00.000Z',
      updatedAt: '2026-03-01T00:00:00.000Z',
    },
    { id: 'waiting', appId: 'app', catalogId: TYPE, displayName: 'Waiting' },
    { id: 'elsewhere', appId: 'other', catalogId: TYPE, displayName: 'Waiting' },
  ],
});

function access(connectorOwnerRole = 'owner'): {
  reader: KindReader;
  writer: KindWriter;
  running: TestTenant;
} {
  const running = tenant();
  return {
    reader: connectorModule.reader(running.reader, { connectorOwnerRole }),
    writer: connectorModule.writer(unnoted(running.writer), running.reader, { connectorOwnerRole }),
    running,
  };
}

async function read(id: string): Promise<LiveObject> {
  const live = await access().reader.get({ id, parentId: 'app' });
  if (live === undefined) throw new Error(`${id} is not there`);
  return live;
}

async function made(
  displayName: string,
): Promise<{ live: LiveObject; running: TestTenant; writer: KindWriter }> {
  const { writer, running } = access();
  const live = await writer.create('app', { catalogId: TYPE, displayName });
  takeSent(running);
  return { live, running, writer };
}

describe('reading connectors', () => {
  it('returns every value, normalised, without secrets, with its health', async () => {
    const live = await read('full');
    expect(live).toMatchObject({
      id: 'full',
      parentId: 'app',
      displayName: 'Full',
      createdAt: '2026-01-01T00:00:00.000Z',
      updatedAt: '2026-03-01T00:00:00.000Z',
      stamps: { config: '2026-02-01T00:00:00.000Z' },
      facts: { health: 'Paused', syncStatus: 'error', lastError: 'token expired', paused: true },
    });
    expect(live.values).toEqual({
      catalogId: TYPE,
      displayName: 'Full',
      description: 'set',
      config: { org: 'a,b' },
      schedule: { cron: '0 3 * * *', timezone: 'UTC' },
      paused: true,
      profileAllowList: [],
      profileIgnoreList: ['birthday', 'ssn'],
      disableCheckBadSync: false,
      parallelSyncWorkerCount: 2,
      syncConfig: { syncResourceTypeIds: ['user'] },
    });
  });

  it('reads a connector without a configuration', async () => {
    const live = await read('waiting');
    expect(live.stamps).toEqual({});
    expect(live.values).toMatchObject({
      config: null,
      schedule: {},
      paused: false,
      syncConfig: { syncResourceTypeIds: [] },
    });
  });

  it('lists those of one app', async () => {
    const { reader } = access();
    const connectors = await reader.list('other');
    expect(connectors.map(({ id, parentId }) => [id, parentId])).toEqual([['elsewhere', 'other']]);
    await expect(reader.list(undefined)).rejects.toThrow(/needs an id/);
  });

  it('returns none for an unknown id or an unknown app, and fails for any other reason', async () => {
    const { reader, running } = access();
    expect(await reader.get({ id: 'nothing', parentId: 'app' })).toBeUndefined();
    expect(await reader.get({ id: 'full', parentId: 'nothing' })).toBeUndefined();
    await running.emulator.faults({ match: 'GET /api/v1/apps/app/connectors/waiting', status: 403 });
    await expect(reader.get({ id: 'waiting', parentId: 'app' })).rejects.toThrow(/403/);
  });

  it('reads owners in the configured role, only when asked', async () => {
    const { reader, running } = access('owner');
    const live = await read('full');
    await running.emulator.clearRequests();
    expect(await reader.enrich(live, [])).toBe(live);
    expect((await reader.enrich(live, ['userIds'])).values.userIds).toEqual(['bob']);
    const [call] = await running.emulator.requests();
    expect(call?.path).toMatch(/^\/api\/v2\/apps\/app\/connectors\/full\/owners\/users\?.*role_slug=owner/);
    expect((await access('auditor').reader.enrich(live, ['userIds'])).values.userIds).toEqual([]);
  });

  it('reads owners from the connector if the tenant lacks the call', async () => {
    const { reader, running } = access();
    const live = await read('full');
    await running.emulator.faults({ match: 'GET /api/v2/*', status: 404 });
    expect((await reader.enrich(live, ['userIds'])).values.userIds).toEqual(['bob']);
  });

  it('finds everything within the app, since there is no search', async () => {
    const { reader } = access();
    const found = await reader.findByNaturalKey('app', { displayName: 'Waiting', catalogId: TYPE });
    expect(found).toEqual(await reader.list('app'));
    expect(found.map(({ id }) => id)).toContain('waiting');
  });
});

describe('writing connectors', () => {
  it('creates a connector without a configuration', async () => {
    const { writer, running } = access();
    const values = { catalogId: TYPE, displayName: 'Made', description: 'new', paused: true };
    const live = await writer.create('app', values);
    expect(takeSent(running)).toEqual([
      {
        method: 'POST',
        path: '/api/v1/apps/app/connectors',
        body: { catalogId: TYPE, displayName: 'Made', description: 'new' },
      },
    ]);
    expect(live).toEqual(await read(live.id));
    expect(live).toMatchObject({ parentId: 'app', displayName: 'Made', stamps: {} });
  });

  it('writes the configuration whole, and only then reveals its secrets', async () => {
    const { live, running, writer } = await made('Configured');
    const config = { org: 'a', token: new Secret('s3cret', 'env TOKEN') };
    const answer = await writer.write('update', live, { config, profileIgnoreList: ['ssn'] });
    expect(takeSent(running)).toEqual([
      {
        method: 'POST',
        path: `/api/v1/apps/app/connectors/${live.id}`,
        body: {
          connector: {
            id: live.id,
            appId: 'app',
            config: {
              '@type': ENV_CONFIG,
              configuration: { org: { stringValue: 'a' }, token: { stringValue: 's3cret' } },
            },
            profileIgnoreList: ['ssn'],
          },
          updateMask: 'config,profileIgnoreList',
        },
      },
    ]);
    expect(answer?.values).toMatchObject({ config: { org: 'a' }, profileIgnoreList: ['ssn'] });
    expect(answer?.stamps.config).toBe((await read(live.id)).stamps.config);
    expect(answer?.stamps.config).toMatch(/^\d{4}-/);
  });

  it('sends nothing while a secret is not set', async () => {
    const { live, running, writer } = await made('Unset');
    const config = { token: new UnsetSecret('env TOKEN', 'the variable is not set') };
    await expect(writer.write('update', live, { config })).rejects.toThrow(/env TOKEN.*not set/);
    expect(takeSent(running)).toEqual([]);
  });

  it('updates a connector without a configuration by its separate call, and any other by the usual one', async () => {
    const { live, running, writer } = await made('Still waiting');
    const answer = await writer.write('update', live, { description: 'first' });
    expect(answer?.values.description).toBe('first');
    expect(takeSent(running)).toEqual([
      {
        method: 'POST',
        path: `/api/v1/apps/app/connectors/${live.id}/delegated`,
        body: { connector: { id: live.id, appId: 'app', description: 'first' }, updateMask: 'description' },
      },
    ]);
    await writer.write('update', live, { config: { org: 'a' } });
    takeSent(running);
    await writer.write('update', await read(live.id), { description: 'second' });
    const path = `/api/v1/apps/app/connectors/${live.id}`;
    const connector = { id: live.id, appId: 'app', description: 'second' };
    expect(takeSent(running)).toEqual([
      { method: 'POST', path, body: { connector, updateMask: 'description' } },
    ]);
  });

  it('sets and clears the schedule', async () => {
    const { live, running, writer } = await made('Scheduled');
    const schedule = { cron: '0 */6 * * *', timezone: 'Europe/Berlin' };
    expect(await writer.write('schedule', live, { schedule })).toBeUndefined();
    expect((await read(live.id)).values.schedule).toEqual(schedule);
    await writer.write('schedule', live, { schedule: {} });
    expect((await read(live.id)).values.schedule).toEqual({});
    const path = `/api/v1/apps/app/connectors/${live.id}/schedule`;
    expect(takeSent(running)).toEqual([
      { method: 'POST', path, body: { cron: { cronSpec: '0 */6 * * *', timezone: 'Europe/Berlin' } } },
      { method: 'POST', path, body: {} },
    ]);
  });

  it('pauses and resumes', async () => {
    const { live, running, writer } = await made('Paused');
    expect(await writer.write('pause', live, { paused: true })).toBeUndefined();
    expect((await read(live.id)).values.paused).toBe(true);
    await writer.write('pause', live, { paused: false });
    expect((await read(live.id)).values.paused).toBe(false);
    const path = `/api/v1/apps/app/connectors/${live.id}`;
    expect(takeSent(running)).toEqual([
      { method: 'POST', path: `${path}/pause`, body: {} },
      { method: 'POST', path: `${path}/resume`, body: {} },
    ]);
  });

  it('refuses an unknown write', async () => {
    const { live, writer } = await made('Odd');
    await expect(writer.write('rename', live, {})).rejects.toThrow(/no write named rename/);
  });
});

describe('writing owners of connectors', () => {
  it('replaces the users in the role', async () => {
    const { live, running, writer } = await made('Owned');
    expect(await writer.write('owners', live, { userIds: ['bob', 'alice'] })).toBeUndefined();
    expect(takeSent(running)).toEqual([
      {
        method: 'PUT',
        path: `/api/v2/apps/app/connectors/${live.id}/owners`,
        body: { roleSlug: 'owner', userRefs: [{ id: 'alice' }, { id: 'bob' }], appEntitlementRefs: [] },
      },
    ]);
    const owned = await access().reader.enrich(live, ['userIds']);
    expect(owned.values.userIds).toEqual(['alice', 'bob']);
  });

  it('keeps entitlement owners, which the call also replaces', async () => {
    const { live, running, writer } = await made('Owned by a group');
    const admins = { appId: 'app', id: 'ent-1' };
    const path = `/api/v2/apps/app/connectors/${live.id}/owners`;
    await running.emulator.api('POST', `${path}/entitlements/owner/app/ent-1`, {});
    await writer.write('owners', live, { userIds: [] });
    expect(takeSent(running)[0]?.body).toEqual({
      roleSlug: 'owner',
      userRefs: [],
      appEntitlementRefs: [admins],
    });
    expect((await running.emulator.api('GET', `${path}/entitlements`)).body.list).toMatchObject([
      { appEntitlement: admins },
    ]);
  });

  it('keeps users, which the call also replaces', async () => {
    const { live, running, writer } = await made('Owned by people');
    await writer.write('owners', live, { userIds: ['bob'] });
    takeSent(running);
    await writer.write('owners', live, { appEntitlementRefs: ['app/ent-1'] });
    expect(takeSent(running)[0]?.body).toEqual({
      roleSlug: 'owner',
      userRefs: [{ id: 'bob' }],
      appEntitlementRefs: [{ appId: 'app', id: 'ent-1' }],
    });
    expect((await access().reader.enrich(live, ['appEntitlementRefs'])).values).toMatchObject({
      userIds: ['bob'],
      appEntitlementRefs: ['app/ent-1'],
    });
  });

  it('refuses entitlements if the tenant has no owners by role', async () => {
    const { live, running, writer } = await made('Older with groups');
    await running.emulator.faults({ match: 'PUT /api/v2/*', status: 404 });
    await expect(
      writer.write('owners', live, { userIds: ['bob'], appEntitlementRefs: ['app/ent-1'] }),
    ).rejects.toThrow(/no owners by entitlement; remove spec\.ownerEntitlements/);
    expect(takeSent(running)).toHaveLength(1);
  });

  it.each(['GET', 'PUT'])('writes the connector if the tenant has no %s of owners', async (method) => {
    const { live, running, writer } = await made(`Older ${method}`);
    await writer.write('update', live, { config: { org: 'a' } });
    takeSent(running);
    await running.emulator.faults({ match: `${method} /api/v2/*`, status: 404 });
    const answer = await writer.write('owners', await read(live.id), { userIds: ['bob'] });
    expect(answer).toBeDefined();
    expect(takeSent(running).at(-1)).toEqual({
      method: 'POST',
      path: `/api/v1/apps/app/connectors/${live.id}`,
      body: { connector: { id: live.id, appId: 'app', userIds: ['bob'] }, updateMask: 'userIds' },
    });
    const { connectors } = await running.emulator.state();
    expect(stored(connectors, `Older ${method}`).userIds).toEqual(['bob']);
  });
});
