import { describe, expect, it } from 'vitest';
import type { KindReader, KindWriter, LiveObject } from '../../src/core/model/kind.js';
import { appModule } from '../../src/kinds/app/index.js';
import { type TestTenant, takeSent, unnoted, useTenant } from './tenant.js';

const seed = {
  users: [
    { id: 'alice', email: 'alice@acme.example' },
    { id: 'bob', email: 'bob@acme.example' },
  ],
  policies: [{ id: 'grant-1', displayName: 'Manager', policyType: 'POLICY_TYPE_GRANT' }],
  catalogs: [{ id: 'catalog-1', displayName: 'Tools' }],
  entitlements: [{ appId: 'full', id: 'ent-1', displayName: 'Admins' }],
  apps: [
    {
      id: 'full',
      displayName: 'Full',
      description: 'Everything set',
      monthlyCostUsd: 21,
      grantPolicyId: 'grant-1',
      identityMatching: 'APP_USER_IDENTITY_MATCHING_TELEPATHY',
      isDirectory: true,
      userCount: '3',
      annotations: { managed_by: 'terraform', team: 'x' },
      ownerIds: ['bob', 'alice'],
      createdAt: '2026-01-01T00:00:00.000Z',
      updatedAt: '2026-02-01T00:00:00.000Z',
    },
    { id: 'bare', displayName: 'Bare' },
    { id: 'gone', displayName: 'Gone', deletedAt: '2026-03-01T00:00:00.000Z' },
    { id: 'twin-1', displayName: 'Twin' },
    { id: 'twin-2', displayName: 'TWIN' },
    ...Array.from({ length: 120 }, (_, index) => ({ id: `many-${index}`, displayName: `Many ${index}` })),
  ],
};
const { tenant } = useTenant(seed);
const options = { connectorOwnerRole: 'owner' };

function access(): { reader: KindReader; writer: KindWriter; running: TestTenant } {
  const running = tenant();
  return {
    reader: appModule.reader(running.reader, options),
    writer: appModule.writer(unnoted(running.writer), running.reader, options),
    running,
  };
}

async function read(id: string): Promise<LiveObject> {
  const live = await access().reader.get({ id });
  if (live === undefined) throw new Error(`${id} is not there`);
  return live;
}

async function made(
  displayName: string,
): Promise<{ live: LiveObject; running: TestTenant; writer: KindWriter }> {
  const { writer, running } = access();
  const live = await writer.create(undefined, { displayName });
  takeSent(running);
  return { live, running, writer };
}

describe('reading apps', () => {
  it('returns every value, normalised, with its facts', async () => {
    const live = await read('full');
    expect(live).toMatchObject({
      id: 'full',
      displayName: 'Full',
      createdAt: '2026-01-01T00:00:00.000Z',
      updatedAt: '2026-02-01T00:00:00.000Z',
      stamps: {},
      facts: { isDirectory: true, userCount: 3 },
    });
    expect(live?.parentId).toBeUndefined();
    expect(live.values).toEqual({
      displayName: 'Full',
      description: 'Everything set',
      instructions: '',
      iconUrl: '',
      monthlyCostUsd: 21,
      certifyPolicyId: '',
      grantPolicyId: 'grant-1',
      revokePolicyId: '',
      defaultRequestCatalogId: '',
      identityMatching: 'APP_USER_IDENTITY_MATCHING_TELEPATHY',
      isManuallyManaged: false,
      connectorVersion: 0,
      strictAccessEntitlementProvisioning: false,
      enableConnectorSourcedOwnership: false,
      revokeGrantSources: false,
      annotations: { managed_by: 'terraform', team: 'x' },
      appUserMapper: { mappingCases: [] },
      matchBatonRef: {},
    });
  });

  it('lists all pages, without those that are deleted', async () => {
    const apps = await access().reader.list(undefined);
    const ids = apps.map(({ id }) => id);
    const seeded = seed.apps.map(({ id }) => id).filter((id) => id !== 'gone');
    expect(ids.filter((id) => seeded.includes(id)).sort()).toEqual(seeded.sort());
    expect(ids).not.toContain('gone');
    expect(apps.find(({ id }) => id === 'full')).toEqual(await read('full'));
  });

  it('fails as a whole when a page fails', async () => {
    const { reader, running } = access();
    await running.emulator.faults({ match: 'GET /api/v1/apps?*page_token=*', status: 403 });
    await expect(reader.list(undefined)).rejects.toThrow(/403/);
  });

  it('returns none for an id that is unknown or deleted, and fails for any other reason', async () => {
    const { reader, running } = access();
    expect(await reader.get({ id: 'nothing' })).toBeUndefined();
    expect(await reader.get({ id: 'gone' })).toBeUndefined();
    await running.emulator.faults({ match: 'GET /api/v1/apps/bare', status: 403 });
    await expect(reader.get({ id: 'bare' })).rejects.toThrow(/403/);
  });

  it('reads owners only when asked', async () => {
    const { reader, running } = access();
    const live = await read('full');
    await running.emulator.clearRequests();
    expect(await reader.enrich(live, [])).toBe(live);
    expect(await running.emulator.requests()).toEqual([]);
    expect((await reader.enrich(live, ['ownerIds'])).values.ownerIds).toEqual(['alice', 'bob']);
  });

  it('finds by name in every case and without outer spaces', async () => {
    const found = await access().reader.findByNaturalKey(undefined, { displayName: ' Twin ' });
    expect(found.map(({ id }) => id)).toEqual(['twin-1', 'twin-2']);
  });
});

describe('writing apps', () => {
  it('creates with exactly the fields that the call accepts', async () => {
    const { writer, running } = access();
    const live = await writer.create(undefined, {
      displayName: 'Made',
      description: 'new',
      monthlyCostUsd: 5,
      grantPolicyId: 'grant-1',
      annotations: { managed_by: 'c1sync' },
      iconUrl: 'https://icons.example/a.png',
      ownerIds: ['alice'],
    });
    expect(takeSent(running)).toEqual([
      {
        method: 'POST',
        path: '/api/v1/apps',
        body: {
          displayName: 'Made',
          description: 'new',
          monthlyCostUsd: 5,
          grantPolicyId: 'grant-1',
          annotations: { managed_by: 'c1sync' },
        },
      },
    ]);
    expect(await read(live.id)).toEqual(live);
  });

  it('updates exactly the given values, under a mask of exactly these', async () => {
    const { live, running, writer } = await made('Updated');
    const answer = await writer.write('update', live, {
      monthlyCostUsd: 0,
      description: 'text',
      annotations: { team: 'x', managed_by: '' },
    });
    expect(takeSent(running)).toEqual([
      {
        method: 'POST',
        path: `/api/v1/apps/${live.id}`,
        body: {
          app: {
            id: live.id,
            description: 'text',
            monthlyCostUsd: 0,
            annotations: { team: 'x', managed_by: '' },
          },
          updateMask: 'description,monthlyCostUsd,annotations',
        },
      },
    ]);
    expect(answer?.values).toMatchObject({ description: 'text', annotations: { team: 'x' } });
    expect(answer).toEqual(await read(live.id));
  });

  it('sets and unsets messages', async () => {
    const { live, running, writer } = await made('Messages');
    const baton = { appId: 'a', connectorId: 'c', externalId: 'app::1' };
    const mapper = { mappingCases: [{ appUserKeyCel: 'a', userKeyCel: 'b' }] };
    const set = await writer.write('update', live, { matchBatonRef: baton, appUserMapper: mapper });
    expect(set?.values).toMatchObject({ matchBatonRef: baton, appUserMapper: mapper });
    takeSent(running);
    const cleared = await writer.write('update', live, {
      matchBatonRef: {},
      appUserMapper: { mappingCases: [] },
    });
    expect(takeSent(running)[0]?.body).toEqual({
      app: { id: live.id, appUserMapper: { mappingCases: [] }, matchBatonRef: null },
      updateMask: 'appUserMapper,matchBatonRef',
    });
    expect(cleared?.values).toMatchObject({ matchBatonRef: {}, appUserMapper: { mappingCases: [] } });
  });

  it('replaces the owners', async () => {
    const { live, running, writer } = await made('Owned');
    expect(await writer.write('owners', live, { ownerIds: ['bob'] })).toBeUndefined();
    expect(takeSent(running)).toEqual([
      { method: 'PUT', path: `/api/v1/apps/${live.id}/owners`, body: { userIds: ['bob'] } },
    ]);
    const read = await access().reader.enrich(live, ['ownerIds']);
    expect(read.values.ownerIds).toEqual(['bob']);
  });

  it('keeps entitlements that own the app, and writes users alone where there are none', async () => {
    const { live, running, writer } = await made('Owned by a group');
    const path = `/api/v2/apps/${live.id}/owners`;
    await running.emulator.api('POST', `${path}/entitlements/owner/full/ent-1`, {});
    await writer.write('owners', live, { ownerIds: ['bob'] });
    const admins = { appId: 'full', id: 'ent-1' };
    const body = { roleSlug: 'owner', userRefs: [{ id: 'bob' }], appEntitlementRefs: [admins] };
    expect(takeSent(running)).toEqual([{ method: 'PUT', path, body }]);
    const read = await access().reader.enrich(live, ['appEntitlementRefs']);
    expect(read.values).toMatchObject({ ownerIds: ['bob'], appEntitlementRefs: ['full/ent-1'] });
    await writer.write('owners', live, { appEntitlementRefs: [] });
    expect(takeSent(running)).toEqual([{ method: 'PUT', path, body: { ...body, appEntitlementRefs: [] } }]);
  });

  it('creates with the entitlements that own it', async () => {
    const { writer, running } = access();
    await writer.create(undefined, { displayName: 'Made for a group', appEntitlementRefs: ['full/ent-1'] });
    expect(takeSent(running)[0]?.body).toEqual({
      displayName: 'Made for a group',
      appEntitlementOwnerRefs: [{ appId: 'full', id: 'ent-1' }],
    });
  });

  it('writes users alone to a tenant that has no owners by role', async () => {
    const { live, running, writer } = await made('Older');
    const users = { method: 'PUT', path: `/api/v1/apps/${live.id}/owners`, body: { userIds: ['bob'] } };
    await running.emulator.faults({ match: 'GET /api/v2/*', status: 404, times: 2 });
    await writer.write('owners', live, { ownerIds: ['bob'] });
    expect(takeSent(running)).toEqual([users]);
    expect((await access().reader.enrich(live, ['appEntitlementRefs'])).values).toMatchObject({
      ownerIds: ['bob'],
      appEntitlementRefs: [],
    });
    await running.emulator.faults({ match: 'PUT /api/v2/*', status: 404, times: 2 });
    await writer.write('owners', live, { ownerIds: ['bob'], appEntitlementRefs: [] });
    expect(takeSent(running).at(-1)).toEqual(users);
    await expect(
      writer.write('owners', live, { ownerIds: ['bob'], appEntitlementRefs: ['full/ent-1'] }),
    ).rejects.toThrow(/no owners by entitlement; remove spec\.ownerEntitlements/);
    expect(takeSent(running)).toHaveLength(1);
  });

  it('refuses an unknown write', async () => {
    const { live, writer } = await made('Odd');
    await expect(writer.write('schedule', live, {})).rejects.toThrow(/no write named schedule/);
  });

  it('reports an unknown effect for a create without an app in its answer', async () => {
    const running = tenant();
    const mute = { send: async () => ({}) };
    const writer = appModule.writer(unnoted(mute), running.reader, options);
    await expect(writer.create(undefined, { displayName: 'Mute' })).rejects.toMatchObject({
      effect: 'unknown',
      terminal: false,
    });
  });
});
