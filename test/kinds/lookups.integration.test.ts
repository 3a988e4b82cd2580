import { describe, expect, it } from 'vitest';
import { connectorCatalog } from '../../src/c1/catalog.js';
import type { Lookup } from '../../src/core/model/kind.js';
import { isConfigSchema } from '../../src/kinds/connector/config-schema.js';
import { kinds, lookups } from '../../src/kinds/index.js';
import { useTenant } from './tenant.js';

const staff = Array.from({ length: 20 }, (_, index) => ({
  id: `user-${index}`,
  email: `user${index}@acme.example`,
}));

const { tenant } = useTenant({
  users: [
    ...staff,
    { id: 'alice', email: 'Alice@Acme.example' },
    { id: 'same-1', email: 'same@acme.example' },
    { id: 'same-2', email: 'same@acme.example' },
    { id: 'left', email: 'left@acme.example', status: 'DELETED' },
    { id: 'alias', email: 'main@acme.example', emails: ['alias@acme.example'] },
  ],
  policies: [
    { id: 'grant-1', displayName: 'Manager', policyType: 'POLICY_TYPE_GRANT' },
    { id: 'grant-2', displayName: 'Twice', policyType: 'POLICY_TYPE_GRANT' },
    { id: 'grant-3', displayName: 'Twice', policyType: 'POLICY_TYPE_GRANT' },
    { id: 'grant-4', displayName: 'manager', policyType: 'POLICY_TYPE_GRANT' },
    { id: 'revoke-1', displayName: 'Manager', policyType: 'POLICY_TYPE_REVOKE' },
    { id: 'certify-1', displayName: 'Manager', policyType: 'POLICY_TYPE_CERTIFY' },
  ],
  catalogs: [
    { id: 'tools', displayName: 'Tools' },
    { id: 'people', displayName: 'People' },
  ],
  connectorTypes: [
    {
      catalogId: 'type-1',
      displayName: 'One',
      fields: [{ name: 'token', type: 'string', secret: true, required: true }],
      fieldGroups: [{ name: 'by_token', fieldNames: ['token'], default: true }],
    },
  ],
});

function lookup(name: string): Lookup {
  const found = lookups(tenant().reader).find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no lookup ${name}`);
  return found;
}

async function find(name: string, ...keys: string[]): Promise<Record<string, readonly unknown[]>> {
  return Object.fromEntries(await lookup(name).find(new Set(keys)));
}

async function names(name: string, ...ids: string[]): Promise<Record<string, string>> {
  return Object.fromEntries(await lookup(name).names(new Set(ids)));
}

describe('lookups', () => {
  it('exist for every field that names one', () => {
    const wanted = kinds.flatMap(({ fields }) =>
      fields.flatMap((field) =>
        [field.sugar?.lookup, field.context?.lookup].filter((name) => name !== undefined),
      ),
    );
    const known = lookups(tenant().reader).map(({ name }) => name);
    expect(wanted.filter((name) => !known.includes(name))).toEqual([]);
    expect(new Set(known).size).toBe(known.length);
  });

  it('fail when the tenant does', async () => {
    await tenant().emulator.faults({ match: 'POST /api/v1/search/policies', status: 403 });
    await expect(find('policy:grant', 'Manager')).rejects.toThrow(/403/);
  });
});

describe('policies', () => {
  it('are distinguished by type, and match by exact name', async () => {
    expect(await find('policy:grant', 'Manager')).toEqual({ Manager: ['grant-1'] });
    expect(await find('policy:revoke', 'Manager')).toEqual({ Manager: ['revoke-1'] });
    expect(await find('policy:certify', 'Manager')).toEqual({ Manager: ['certify-1'] });
  });

  it('return all matches, or none', async () => {
    expect(await find('policy:grant', 'Twice', 'Nobody')).toEqual({
      Twice: ['grant-2', 'grant-3'],
      Nobody: [],
    });
  });

  it('are titled by their names, shared ones too', async () => {
    const titles = await lookup('policy:grant').titles(new Set(['grant-1', 'grant-2', 'gone']));
    expect(Object.fromEntries(titles)).toEqual({ 'grant-1': 'Manager', 'grant-2': 'Twice' });
  });

  it('have a name only where it is theirs alone', async () => {
    expect(await names('policy:grant', 'grant-1', 'grant-2', 'revoke-1')).toEqual({ 'grant-1': 'Manager' });
  });
});

describe('users', () => {
  it('are found by their own email in any case', async () => {
    expect(await find('user', 'alice@acme.example', 'ALICE@acme.example')).toEqual({
      'alice@acme.example': ['alice'],
      'ALICE@acme.example': ['alice'],
    });
  });

  it('are found neither by another address nor after they were deleted', async () => {
    expect(await find('user', 'alias@acme.example', 'left@acme.example', 'same@acme.example')).toEqual({
      'alias@acme.example': [],
      'left@acme.example': [],
      'same@acme.example': ['same-1', 'same-2'],
    });
  });

  it.each([
    [10, 10, '/api/v1/search/users'],
    [11, 1, '/api/v1/users'],
  ])('%i at once take %i calls', async (count, calls, path) => {
    const { emulator } = tenant();
    await emulator.clearRequests();
    const emails = staff.slice(0, count).map(({ email }) => email);
    expect(await find('user', ...emails)).toEqual(
      Object.fromEntries(staff.slice(0, count).map(({ id, email }) => [email, [id]])),
    );
    const requests = await emulator.requests();
    expect(requests.map((request) => request.path.split('?')[0])).toEqual(Array(calls).fill(path));
  });

  it('are titled by their emails, a hundred a call', async () => {
    const { emulator } = tenant();
    await emulator.clearRequests();
    const ids = [...Array.from({ length: 100 }, (_, index) => `unknown-${index}`), 'same-2', 'alice', 'left'];
    expect(Object.fromEntries(await lookup('user').titles(new Set(ids)))).toEqual({
      'same-2': 'same@acme.example',
      alice: 'alice@acme.example',
    });
    expect((await emulator.requests()).map(({ path }) => path)).toEqual(
      Array(2).fill('/api/v1/search/users'),
    );
  });

  it('have an email only where it is theirs alone', async () => {
    expect(await names('user', 'alice', 'same-1', 'left')).toEqual({ alice: 'alice@acme.example' });
  });
});

describe('catalogs', () => {
  it('of requests are found by name and back', async () => {
    expect(await find('requestCatalog', 'Tools', 'Toys')).toEqual({ Tools: ['tools'], Toys: [] });
    expect(await names('requestCatalog', 'people')).toEqual({ people: 'People' });
  });

  it('of connector types are known without a request', async () => {
    const { emulator } = tenant();
    const okta = connectorCatalog.find(({ slug }) => slug === 'okta-v2');
    await emulator.clearRequests();
    expect(await find('catalog', 'okta-v2', 'octopus')).toEqual({
      'okta-v2': [okta?.catalogId],
      octopus: [],
    });
    expect(await names('catalog', okta?.catalogId ?? '')).toEqual({ [okta?.catalogId ?? '']: 'okta-v2' });
    expect(await emulator.requests()).toEqual([]);
  });
});

describe('configuration schemas', () => {
  it('are read for each connector type', async () => {
    const [schema] = (await find('configSchema', 'type-1'))['type-1'] ?? [];
    expect(isConfigSchema(schema)).toBe(true);
    expect(schema).toEqual({
      label: 'One',
      fields: new Map([
        ['token', { name: 'token', type: 'string', secret: true, required: true, label: 'Token' }],
      ]),
      groups: [{ name: 'by_token', fieldNames: ['token'], default: true, label: '' }],
    });
  });

  it('are absent for unknown types', async () => {
    await tenant().emulator.faults({ match: 'POST /api/v1/connectorcatalog', status: 404 });
    expect(await find('configSchema', 'type-9')).toEqual({ 'type-9': [] });
  });
});

describe('a name without a match', () => {
  it.each([
    ['policy:grant', 'Manger', 'Manager'],
    ['requestCatalog', 'Toolz', 'Tools'],
    ['catalog', 'okta_v2', 'okta-v2'],
    ['user', 'alise@acme.example', 'alice@acme.example'],
    ['user', 'somebody@elsewhere.example', undefined],
  ])('of %s has the nearest one: %s', async (name, wanted, meant) => {
    const one = lookup(name);
    expect((await one.find(new Set([wanted]))).get(wanted)).toEqual([]);
    expect(one.nearest?.(wanted)).toBe(meant);
  });
});
