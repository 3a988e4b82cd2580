import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/emulator/json.js';
import { type TestEmulator, testEmulator } from '../support/emulator.js';

const seed = {
  users: [
    { id: 'u-alice', email: 'alice@acme.example' },
    { id: 'u-bob', email: 'bob@acme.example' },
  ],
  policies: [
    { id: 'p-grant', displayName: 'Manager approval', policyType: 'POLICY_TYPE_GRANT' },
    { id: 'p-revoke', displayName: 'Immediate', policyType: 'POLICY_TYPE_REVOKE' },
    { id: 'p-certify', displayName: 'Quarterly', policyType: 'POLICY_TYPE_CERTIFY' },
  ],
  catalogs: [{ id: 'c-tools', displayName: 'Engineering tools' }],
  apps: [
    { id: 'a-okta', displayName: 'Okta', isDirectory: true },
    { id: 'a-child', displayName: 'Child', parentAppId: 'a-okta', isDirectory: true },
    { id: 'a-grandchild', displayName: 'Grandchild', parentAppId: 'a-child' },
    { id: 'a-github', displayName: 'GitHub', description: 'Source control', monthlyCostUsd: 21 },
    { id: 'a-gone', displayName: 'Gone', deletedAt: '2026-01-01T00:00:00Z' },
  ],
  connectors: [{ id: 'k-1', appId: 'a-child', catalogId: '2gkeVHQ9u8BtFpouw5jRmbnxjkW' }],
};

let emulator: TestEmulator;

beforeEach(async () => {
  emulator = await testEmulator({ seed });
});
afterEach(() => emulator.close());

async function read(id: string): Promise<JsonObject> {
  return (await emulator.api('GET', `/api/v1/apps/${id}`)).body.app as JsonObject;
}

async function update(app: JsonObject, updateMask?: string, id = 'a-github') {
  return emulator.api('POST', `/api/v1/apps/${id}`, { app, ...(updateMask !== undefined && { updateMask }) });
}

async function create(body: JsonObject) {
  const answer = await emulator.api('POST', '/api/v1/apps', body);
  return { ...answer, app: answer.body.app as JsonObject };
}

describe('an app', () => {
  it('reads with the zero value of every field, and without the fields that clients do not accept as null', async () => {
    const stamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(await read('a-child')).toEqual({
      id: 'a-child',
      displayName: 'Child',
      description: '',
      instructions: '',
      iconUrl: '',
      logoUri: '',
      monthlyCostUsd: 0,
      certifyPolicyId: '',
      grantPolicyId: '',
      revokePolicyId: '',
      defaultRequestCatalogId: '',
      identityMatching: 'APP_USER_IDENTITY_MATCHING_UNSPECIFIED',
      isManuallyManaged: false,
      isDirectory: true,
      connectorVersion: 0,
      strictAccessEntitlementProvisioning: false,
      revokeGrantSources: false,
      annotations: {},
      appAccountId: '',
      appAccountName: '',
      appOwners: [],
      parentAppId: 'a-okta',
      userCount: '0',
      fieldMask: null,
      createdAt: stamp,
      updatedAt: stamp,
      deletedAt: null,
    });
  });

  it('that is unknown answers 404', async () => {
    for (const [method, body] of [
      ['GET', undefined],
      ['POST', { app: {} }],
      ['DELETE', {}],
    ] as const) {
      const answer = await emulator.api(method, '/api/v1/apps/none', body);
      expect(answer.status).toBe(404);
      expect(answer.body).toMatchObject({ code: 5, details: [] });
    }
  });
});

describe('a creation', () => {
  it('accepts the fields of the contract and adds the caller as the first owner', async () => {
    const wanted = {
      displayName: 'New',
      description: 'd',
      instructions: 'i',
      monthlyCostUsd: 3,
      certifyPolicyId: 'p-certify',
      grantPolicyId: 'p-grant',
      revokePolicyId: 'p-revoke',
      identityMatching: 'APP_USER_IDENTITY_MATCHING_STRICT',
      strictAccessEntitlementProvisioning: true,
      annotations: { managed_by: 'c1sync', empty: '' },
    };
    const { status, app } = await create({ ...wanted, owners: ['u-bob'], iconUrl: 'not taken', unknown: 1 });
    expect(status).toBe(200);
    expect(emulator.deviations()).toHaveLength(2);
    expect(app).toMatchObject({ ...wanted, annotations: { managed_by: 'c1sync' }, iconUrl: '' });
    expect(app.id).toMatch(/^[0-9A-Za-z]{27}$/);
    expect(await read(String(app.id))).toEqual(app);
    const { body: me } = await emulator.api('GET', '/api/v1/auth/introspect');
    const { body: owners } = await emulator.api('GET', `/api/v1/apps/${app.id}/ownerids`);
    expect(owners).toEqual({ userIds: [me.userId, 'u-bob'] });
  });

  it.each<[string, JsonObject, number, string]>([
    ['no name', {}, 500, 'display_name is required'],
    ['an unknown policy', { displayName: 'x', grantPolicyId: 'none' }, 500, 'grant_policy_id is invalid'],
    ['a policy of another type', { displayName: 'x', grantPolicyId: 'p-revoke' }, 500, 'grant_policy_id'],
    ['an unknown owner', { displayName: 'x', owners: ['none'] }, 500, 'user_id is invalid'],
    ['an empty owner', { displayName: 'x', owners: [''] }, 500, 'user_id is required'],
    ['a text as cost', { displayName: 'x', monthlyCostUsd: 'much' }, 400, 'monthlyCostUsd'],
    ['a broken cost', { displayName: 'x', monthlyCostUsd: 1.5 }, 400, 'monthlyCostUsd'],
    ['an unknown enum', { displayName: 'x', identityMatching: 'SOMEHOW' }, 400, 'identityMatching'],
  ])('with %s is refused', async (_name, body, status, message) => {
    const before = (await emulator.state()).apps.length;
    const answer = await create(body);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ code: status === 500 ? 2 : 3 });
    expect(answer.body.message).toContain(message);
    expect((await emulator.state()).apps).toHaveLength(before);
  });
});

describe('an update', () => {
  it('writes what the mask names and nothing else', async () => {
    const answer = await update({ displayName: 'GitHub 2', description: 'new' }, 'description');
    expect(answer.status).toBe(200);
    expect(answer.body.app).toMatchObject({ displayName: 'GitHub', description: 'new', monthlyCostUsd: 21 });
    expect(await read('a-github')).toEqual(answer.body.app);
  });

  it('writes the zero value of a field that only the mask names', async () => {
    const { body } = await update({}, 'description,monthlyCostUsd');
    expect(body.app).toMatchObject({ description: '', monthlyCostUsd: 0, displayName: 'GitHub' });
  });

  it('writes every writable field', async () => {
    const app = {
      displayName: 'n',
      description: 'd',
      instructions: 'i',
      iconUrl: 'https://icons.example/x.png',
      monthlyCostUsd: 5,
      certifyPolicyId: 'p-certify',
      grantPolicyId: 'p-grant',
      revokePolicyId: 'p-revoke',
      defaultRequestCatalogId: 'c-tools',
      identityMatching: 'APP_USER_IDENTITY_MATCHING_DISPLAY_NAME',
      isManuallyManaged: true,
      connectorVersion: 2,
      strictAccessEntitlementProvisioning: true,
      enableConnectorSourcedOwnership: true,
      revokeGrantSources: true,
      annotations: { team: 'platform' },
      matchBatonRef: { appId: 'a', connectorId: 'c', externalId: 'e' },
    };
    const mapper = { mappingCases: [{ appUserKeyCel: 'a', userKeyCel: 'b' }] };
    const mask = [...Object.keys(app), 'appUserMapper.mappingCases'].join(',');
    const answer = await update({ ...app, appUserMapper: mapper }, mask);
    expect(answer.status).toBe(200);
    expect(answer.body.app).toMatchObject({
      ...app,
      appUserMapper: {
        appId: 'a-github',
        mappingCases: [{ appId: 'a-github', caseIndex: 0, appUserKeyCel: 'a', userKeyCel: 'b' }],
      },
    });
    const cleared = await update({}, 'appUserMapper,enableConnectorSourcedOwnership,matchBatonRef');
    expect(cleared.body.app).not.toHaveProperty('matchBatonRef');
    expect(cleared.body.app).not.toHaveProperty('appUserMapper');
    expect(cleared.body.app).not.toHaveProperty('enableConnectorSourcedOwnership');
  });

  it('without a mask writes the writable fields that are present', async () => {
    const answer = await update({
      id: 'other',
      description: 'new',
      monthlyCostUsd: 0,
      userCount: '9',
      iconUrl: null,
    });
    expect(emulator.deviations()).toHaveLength(1);
    expect(answer.body.app).toMatchObject({
      id: 'a-github',
      displayName: 'GitHub',
      description: 'new',
      monthlyCostUsd: 0,
      userCount: '0',
    });
  });

  it.each([
    ['unknown', 'colour'],
    ['read-only', 'userCount'],
    ['a prototype', 'constructor'],
    ['unknown below a field', 'appUserMapper.nothing'],
    ['in snake case', 'display_name'],
  ])('with a mask path that is %s answers 400 and does nothing', async (_name, path) => {
    const before = await read('a-github');
    const answer = await update({ description: 'new' }, `description,${path}`);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code: 3 });
    expect(answer.body.message).toContain(path);
    expect(await read('a-github')).toEqual(before);
  });

  it.each([-1, 0x1_0000_0000, 1.5])('with %d as an unsigned number answers 400', async (connectorVersion) => {
    const answer = await update({ connectorVersion }, 'connectorVersion');
    expect(answer.status).toBe(400);
    expect(answer.body.message).toContain('connectorVersion');
  });

  it('with the largest unsigned number keeps it', async () => {
    const answer = await update({ connectorVersion: 0xffff_ffff }, 'connectorVersion');
    expect(answer.body.app).toMatchObject({ connectorVersion: 0xffff_ffff });
  });

  it('is all or nothing', async () => {
    const before = await read('a-github');
    const answer = await update({ description: 'new', grantPolicyId: 'none' }, 'description,grantPolicyId');
    expect(answer.status).toBe(500);
    expect(await read('a-github')).toEqual(before);
  });

  it('without an app in the body is refused as live tenants do', async () => {
    const answer = await emulator.api('POST', '/api/v1/apps/a-github', { updateMask: 'description' });
    expect(answer.status).toBe(500);
    expect(answer.body).toMatchObject({ code: 2, message: 'app is required' });
  });

  it('moves updatedAt each time, and never createdAt', async () => {
    const first = (await update({ description: '1' }, 'description')).body.app as JsonObject;
    const second = (await update({ description: '2' }, 'description')).body.app as JsonObject;
    expect(Date.parse(String(second.updatedAt))).toBeGreaterThan(Date.parse(String(first.updatedAt)));
    expect(second.createdAt).toBe(first.createdAt);
  });

  it('of a field whose feature the tenant lacks answers 403, other fields go on', async () => {
    await emulator.settings({ features: [] });
    const answer = await update({ enableConnectorSourcedOwnership: true }, 'enableConnectorSourcedOwnership');
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({ code: 7 });
    expect((await update({ description: 'x' }, 'description')).status).toBe(200);
    expect((await emulator.api('GET', '/api/v1/auth/introspect')).body.features).toEqual([]);
  });
});

describe('annotations', () => {
  const annotate = (annotations: JsonObject) => update({ annotations }, 'annotations');

  it('merge: keys not sent stay, an empty value deletes', async () => {
    await annotate({ a: '1', b: '2' });
    const { body } = await annotate({ b: '', c: '3', never: '' });
    expect(body.app).toMatchObject({ annotations: { a: '1', c: '3' } });
    expect((await annotate({})).body.app).toMatchObject({ annotations: { a: '1', c: '3' } });
  });

  const many = Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`k${index}`, 'v']));
  const large = Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`k${index}`, 'v'.repeat(256)]));

  it.each<[string, JsonObject]>([
    ['more than 16 entries', many],
    ['more than 4096 bytes', large],
    ['a reserved key', { 'c1/x': 'v' }],
    ['a key that starts with a digit', { '1x': 'v' }],
    ['a key of 129 characters', { [`k${'x'.repeat(128)}`]: 'v' }],
    ['a value of 257 characters', { k: 'v'.repeat(257) }],
    ['a space in a value', { k: 'a b' }],
    ['a value beyond ASCII', { k: 'é' }],
    ['a number as value', { k: 1 }],
  ])('with %s answer 400', async (_name, annotations) => {
    const answer = await annotate(annotations);
    expect(answer.status).toBe(400);
    expect((await create({ displayName: 'x', annotations })).status).toBe(400);
    expect(await read('a-github')).toMatchObject({ annotations: {} });
  });

  it('accept values just within the limits', async () => {
    const { k16: _, ...sixteen } = many as Record<string, string>;
    expect((await annotate(sixteen)).status).toBe(200);
    expect((await annotate({ k0: 'v'.repeat(256) })).status).toBe(200);
    expect((await annotate({ k0: '', 'iac/a.b_c-d': 'App/github' })).status).toBe(200);
  });
});

describe('a deletion', () => {
  it('leaves the list and reads with deletedAt', async () => {
    expect(await emulator.api('DELETE', '/api/v1/apps/a-github', {})).toMatchObject({
      status: 200,
      text: '{}',
    });
    const { body } = await emulator.api('GET', '/api/v1/apps');
    expect(JSON.stringify(body.list)).not.toContain('a-github');
    expect(await read('a-github')).toMatchObject({ deletedAt: expect.any(String) });
    expect((await update({ description: 'x' }, 'description')).status).toBe(404);
    expect((await emulator.api('DELETE', '/api/v1/apps/a-github')).status).toBe(404);
    expect((await emulator.api('GET', '/api/v1/apps/a-github/connectors')).status).toBe(404);
    await emulator.settings({ deletedReads: '404' });
    expect((await emulator.api('GET', '/api/v1/apps/a-github')).status).toBe(404);
  });

  it('accepts an empty body with the content type of JSON', async () => {
    expect((await emulator.api('DELETE', '/api/v1/apps/a-github', '')).status).toBe(200);
  });

  it('of a directory deletes everything discovered through it, with the connectors', async () => {
    await emulator.api('DELETE', '/api/v1/apps/a-okta');
    const state = await emulator.state();
    expect(state.apps.map((app) => app.id)).toEqual(['a-github']);
    expect(state.connectors).toEqual([]);
    expect(await read('a-grandchild')).toMatchObject({ deletedAt: expect.any(String) });
  });

  it('that came with the seed is not listed', async () => {
    const { body } = await emulator.api('GET', '/api/v1/apps');
    expect(JSON.stringify(body.list)).not.toContain('a-gone');
    expect(await read('a-gone')).toMatchObject({ deletedAt: '2026-01-01T00:00:00.000Z' });
  });
});

describe('the search', () => {
  const search = async (body: JsonObject) => {
    const answer = await emulator.api('POST', '/api/v1/search/apps', body);
    return (answer.body.list as JsonObject[]).map((app) => app.id);
  };

  it('matches the whole display name, case aside', async () => {
    expect(await search({ displayName: 'gitHUB' })).toEqual(['a-github']);
    expect(await search({ displayName: 'git' })).toEqual([]);
  });

  it('finds by a fuzzy query over name and description', async () => {
    expect(await search({ query: 'source' })).toEqual(['a-github']);
    expect(await search({ query: 'gitbub' })).toEqual(['a-github']);
    expect(await search({ query: 'child' })).toEqual(['a-child', 'a-grandchild']);
  });

  it('narrows by directories, ids and policies', async () => {
    await update({ grantPolicyId: 'p-grant' }, 'grantPolicyId');
    expect(await search({ onlyDirectories: true })).toEqual(['a-okta', 'a-child']);
    expect(await search({ appIds: ['a-okta', 'a-github'], excludeAppIds: ['a-okta'] })).toEqual(['a-github']);
    expect(await search({ policyRefs: [{ id: 'p-grant' }] })).toEqual(['a-github']);
  });
});
