import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectorCatalog } from '../../src/c1/catalog.js';
import { readSeed, SeedError, startEmulator } from '../../src/emulator/index.js';
import { type SeedInput, withEmulator } from '../support/emulator.js';

const GITHUB = '2gkeVHQ9u8BtFpouw5jRmbnxjkW';

describe('a tenant without a seed', () => {
  it('is a small company', async () => {
    await withEmulator({}, async ({ state }) => {
      const { users, policies, catalogs, apps, connectors, connectorTypes } = await state();
      const emails = users.map((user) => user.email);
      for (const name of ['alice', 'bob', 'carol', 'c1sync'])
        expect(emails).toContain(`${name}@acme.example`);
      expect(new Set(policies.map((policy) => policy.policyType))).toEqual(
        new Set(['POLICY_TYPE_GRANT', 'POLICY_TYPE_REVOKE', 'POLICY_TYPE_CERTIFY']),
      );
      expect(policies).toContainEqual(expect.objectContaining({ displayName: 'Manager approval' }));
      expect(catalogs).toContainEqual(expect.objectContaining({ displayName: 'Engineering tools' }));
      const directory = apps.find((app) => app.isDirectory);
      expect(apps.filter((app) => app.parentAppId === directory?.id)).toHaveLength(2);
      expect(connectors).toHaveLength(3);
      for (const connector of connectors) expect(connector.config).toHaveProperty('configuration');
      expect(connectorTypes).toHaveLength(connectorCatalog.length);
    });
  });

  it('has the same ids every time', async () => {
    const ids = () => withEmulator({}, async ({ state }) => (await state()).apps.map((app) => app.id));
    const first = await ids();
    expect(await ids()).toEqual(first);
    for (const id of first) expect(id).toMatch(/^[0-9A-Za-z]{27}$/);
  });
});

describe('the catalog of connector types', () => {
  it('has unique slugs and ids, and fields with unique names', () => {
    expect(new Set(connectorCatalog.map((entry) => entry.slug)).size).toBe(connectorCatalog.length);
    expect(new Set(connectorCatalog.map((entry) => entry.catalogId)).size).toBe(connectorCatalog.length);
    for (const { slug, catalogId, displayName, fields } of connectorCatalog) {
      expect(slug).toMatch(/^[a-z0-9-]+$/);
      expect(catalogId).toMatch(/^[0-9A-Za-z]{27}$/);
      expect(displayName).not.toBe('');
      expect(new Set(fields.map((field) => field.name)).size).toBe(fields.length);
      for (const field of fields) expect(field.name).toMatch(/^[A-Za-z]\w+$/);
    }
  });

  it('reads the notation of its fields', () => {
    const fieldsOf = (slug: string) => connectorCatalog.find((entry) => entry.slug === slug)?.fields;
    expect(fieldsOf('http')).toEqual([
      { name: 'http_connector_map_values', type: 'map', secret: true },
      { name: 'http_connector_config_file', type: 'string', secret: false },
    ]);
    expect(fieldsOf('github-v2')).toEqual(
      expect.arrayContaining([
        { name: 'github_access_token', type: 'string', secret: true },
        { name: 'github_org_list', type: 'list', secret: false },
        { name: 'github_sync_secrets', type: 'bool', secret: false },
      ]),
    );
  });
});

describe('a seed', () => {
  it('of nothing still has the known connector types and the two principals', async () => {
    await withEmulator({ seed: {} }, async ({ state }) => {
      const { users, apps, connectorTypes } = await state();
      expect(users).toMatchObject([{ type: 'USER_TYPE_SERVICE' }, { type: 'USER_TYPE_HUMAN' }]);
      expect(apps).toEqual([]);
      expect(connectorTypes).toHaveLength(connectorCatalog.length);
    });
  });

  it('fills in ids, times and zero values, and extends or replaces connector types', async () => {
    const seed: SeedInput = {
      connectorTypes: [
        { catalogId: GITHUB, displayName: 'Mine' },
        { catalogId: 'own', displayName: 'Own', fields: [{ name: 'x', secret: true }] },
      ],
      apps: [{ displayName: 'One' }],
      users: [{ email: 'x@acme.example' }],
    };
    await withEmulator({ seed }, async ({ state }) => {
      const { apps, users, connectorTypes } = await state();
      expect(apps[0]).toMatchObject({
        id: expect.stringMatching(/^\w{27}$/),
        description: '',
        userCount: '0',
        ownerIds: [],
        createdAt: expect.any(String),
      });
      expect(users[0]).toMatchObject({ displayName: 'x@acme.example', status: 'ENABLED' });
      expect(connectorTypes).toHaveLength(connectorCatalog.length + 1);
      expect(connectorTypes).toContainEqual({
        catalogId: GITHUB,
        displayName: 'Mine',
        fields: [],
        fieldGroups: [],
      });
      expect(connectorTypes).toContainEqual({
        catalogId: 'own',
        displayName: 'Own',
        fields: [{ name: 'x', type: 'string', secret: true, required: false }],
        fieldGroups: [],
      });
    });
  });

  it('has users with their own roles and permissions', async () => {
    const seed = { users: [{ email: 'c1sync@acme.example', roles: ['Viewer'], permissions: ['apps.read'] }] };
    await withEmulator({ seed }, async ({ api, userAccessToken }) => {
      const { body } = await api('GET', '/api/v1/auth/introspect');
      expect(body).toMatchObject({ roles: ['Viewer'], permissions: ['apps.read'] });
      const other = await api('GET', '/api/v1/auth/introspect', undefined, userAccessToken);
      expect(other.body).toMatchObject({ roles: ['role/c1.api.tenant.v1.Tenant:owner'] });
      expect(other.body.userId).not.toBe(body.userId);
    });
  });

  it('keeps unknown enum values', async () => {
    const seed = {
      apps: [{ id: 'a', displayName: 'A', identityMatching: 'APP_USER_IDENTITY_MATCHING_NEW' }],
    };
    await withEmulator({ seed }, async ({ api }) => {
      const { body } = await api('GET', '/api/v1/apps/a');
      expect(body.app).toMatchObject({ identityMatching: 'APP_USER_IDENTITY_MATCHING_NEW' });
    });
  });

  it('may be the state of another tenant, which it repeats', async () => {
    const before = await withEmulator({}, async ({ api, state }) => {
      const { body } = await api('POST', '/api/v1/apps', { displayName: 'New', annotations: { a: '1' } });
      const { id } = body.app as { id: string };
      const config = { configuration: { github_access_token: { stringValue: 't' } } };
      await api('POST', `/api/v1/apps/${id}/connectors/create`, { catalogId: GITHUB, config });
      await api('POST', `/api/v1/apps/${id}/connectors`, { catalogId: GITHUB, displayName: 'Waiting' });
      return state();
    });
    const seed: SeedInput = JSON.parse(JSON.stringify(before));
    const after = await withEmulator({ seed }, ({ state }) => state());
    expect(after).toEqual(before);
  });

  it.each<[string, object, string]>([
    ['another type', { apps: 'x' }, 'apps'],
    ['an unknown part', { app: [] }, 'app'],
    ['a field of another type', { apps: [{ displayName: 1 }] }, 'apps[0]: invalid value for displayName'],
    ['an id twice', { apps: [{ id: 'a' }, { id: 'a' }] }, 'apps[1].id'],
    ['an owner that is no user', { apps: [{ id: 'a', ownerIds: ['none'] }] }, 'apps[0].ownerIds[0]'],
    ['a connector of no app', { connectors: [{ appId: 'none' }] }, 'connectors[0].appId'],
    [
      'an unknown field type',
      { connectorTypes: [{ catalogId: 'c', displayName: 'C', fields: [{ name: 'x', type: 'int' }] }] },
      'connectorTypes[0].fields[0].type',
    ],
  ])('with %s is refused with its place', async (_name, seed, place) => {
    await expect(startEmulator({ seed: seed as SeedInput })).rejects.toThrow(SeedError);
    await expect(startEmulator({ seed: seed as SeedInput })).rejects.toThrow(place);
  });
});

describe('a seed from files', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'c1sync-seed-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  async function write(name: string, text: string): Promise<string> {
    const file = path.join(directory, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
    return file;
  }

  it('is read from JSON', async () => {
    const file = await write('seed.json', '{"apps":[{"displayName":"One"}]}');
    expect(await readSeed(file)).toEqual({ apps: [{ displayName: 'One' }] });
  });

  it('is made from exported definitions', async () => {
    await write(
      'apps/github.yaml',
      `apiVersion: c1sync/v1
kind: App
metadata: { name: github, id: a-github }
spec:
  displayName: GitHub
  monthlyCostUsd: 21
  grantPolicy: Manager approval
  defaultRequestCatalog: Engineering tools
  owners: [alice@acme.example]
  ownerEntitlements:
    - { app: GitHub, entitlement: Organization owners }
    - { app: Okta, entitlement: IT admins }
---
apiVersion: c1sync/v1
kind: Connector
metadata: { name: github-cloud }
spec:
  app: github
  appEntitlementRefs: [{ appId: a-github, id: e-1 }]
  ownerEntitlements: [{ app: { id: a-other }, entitlement: { id: e-2 } }]
  catalog: github-v2
  displayName: GitHub Cloud
  config:
    github_org_list: [acme, other]
    github_sync_secrets: true
    github_access_token: { valueFrom: { env: GITHUB_TOKEN } }
  schedule: { cron: "0 */6 * * *" }
  paused: true
  profileIgnoreList: [ssn]
`,
    );
    await write('.hidden/other.yaml', 'kind: App\nmetadata: { name: hidden }\n');
    await write('notes.txt', 'nothing');
    await withEmulator({ seed: await readSeed(directory) }, async ({ state, api }) => {
      const { apps, connectors, policies, catalogs, users, entitlements } = await state();
      expect(apps.map(({ displayName }) => displayName)).toEqual(['GitHub', 'Okta', 'a-other']);
      expect(entitlements.map(({ displayName }) => displayName)).toEqual([
        'Organization owners',
        'e-1',
        'IT admins',
        'e-2',
      ]);
      const okta = apps[1]?.id;
      expect(apps[0]?.ownerEntitlements).toMatchObject([{ appId: 'a-github' }, { appId: okta }]);
      expect(connectors[0]?.ownerEntitlements).toEqual([
        { appId: 'a-other', id: 'e-2' },
        { appId: 'a-github', id: 'e-1' },
      ]);
      const owner = users.find((user) => user.email === 'alice@acme.example');
      expect(apps[0]).toMatchObject({
        id: 'a-github',
        displayName: 'GitHub',
        monthlyCostUsd: 21,
        grantPolicyId: policies.find((policy) => policy.displayName === 'Manager approval')?.id,
        defaultRequestCatalogId: catalogs[0]?.id,
        ownerIds: [owner?.id],
      });
      expect(policies).toMatchObject([{ policyType: 'POLICY_TYPE_GRANT' }]);
      expect(connectors).toMatchObject([
        {
          appId: 'a-github',
          catalogId: GITHUB,
          displayName: 'GitHub Cloud',
          profileIgnoreList: ['ssn'],
          syncDisabledAt: expect.any(String),
          connectorSyncCronSchedule: { cronSpec: '0 */6 * * *', timezone: 'UTC' },
        },
      ]);
      expect(connectors[0]?.config).toMatchObject({
        configuration: {
          github_org_list: { stringValue: 'acme,other' },
          github_sync_secrets: { stringValue: 'true' },
        },
      });
      expect(JSON.stringify(connectors)).not.toContain('github_access_token');
      expect((await api('GET', '/api/v1/apps/a-github/connectors')).status).toBe(200);
    });
  });

  it.each([
    ['seed.json', '{', 'is not JSON'],
    ['seed.json', '[]', 'holds no JSON object'],
    ['seed.yaml', 'a: [', 'seed.yaml'],
    ['seed.yaml', 'kind: Nothing\nmetadata: { name: x }', 'kind must be App or Connector'],
    ['seed.yaml', 'kind: App', 'metadata.name is missing'],
    ['seed.yaml', 'kind: Connector\nmetadata: { name: x }\nspec: { app: none }', 'Connector/x: spec.app'],
    [
      'seed.yaml',
      'kind: Connector\nmetadata: { name: x }\nspec: { app: { id: a }, catalog: none }',
      'spec.catalog',
    ],
    ['seed.yaml', '', 'no definitions'],
  ])('that is invalid names the error: %s of %j', async (name, text, message) => {
    const file = await write(name, text);
    await expect(readSeed(file)).rejects.toThrow(SeedError);
    await expect(readSeed(file)).rejects.toThrow(message);
  });

  it('that is missing is an error', async () => {
    await expect(readSeed(path.join(directory, 'none'))).rejects.toThrow('cannot be read');
  });
});
