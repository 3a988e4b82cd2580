import { describe, expect, it } from 'vitest';
import type { Lookup } from '../../src/core/model/kind.js';
import { entitlementForm, entitlementLookup } from '../../src/kinds/entitlements.js';
import { useTenant } from './tenant.js';

const many = Array.from({ length: 12 }, (_, index) => ({
  appId: 'okta',
  id: `many-${index}`,
  displayName: `Group ${index}`,
}));

const { tenant } = useTenant({
  apps: [
    { id: 'okta', displayName: 'Okta' },
    { id: 'git-1', displayName: 'GitHub' },
    { id: 'git-2', displayName: 'GitHub' },
    { id: 'slash', displayName: 'A/B' },
  ],
  entitlements: [
    { appId: 'okta', id: 'admins', displayName: 'Admins' },
    { appId: 'okta', id: 'lower', displayName: 'admins' },
    { appId: 'okta', id: 'same-1', displayName: 'Same' },
    { appId: 'okta', id: 'same-2', displayName: 'Same' },
    { appId: 'git-1', id: 'owners', displayName: 'Owners' },
    { appId: 'git-1', id: 'only', displayName: 'Only here' },
    { appId: 'git-2', id: 'owners', displayName: 'Owners' },
    { appId: 'slash', id: 'c', displayName: 'C' },
    ...many,
  ],
});

const form = entitlementForm('App');
const defined: Readonly<Record<string, string>> = { directory: 'okta', github: 'git-2', okta: 'Okta' };
const keyOf = (app: unknown, entitlement: unknown): string =>
  form.toKey({ app, entitlement }, (_kind, name) => defined[name]);

const lookup = (): Lookup => entitlementLookup(tenant().reader);

async function find(...keys: string[]): Promise<readonly (readonly unknown[] | undefined)[]> {
  const found = await lookup().find(new Set(keys));
  return keys.map((key) => found.get(key));
}

describe('an entitlement', () => {
  it.each<[string, unknown, unknown, string[]]>([
    ['display names', 'Okta', 'Admins', ['okta/admins']],
    ['the exact name', 'Okta', 'admins', ['okta/lower']],
    ['ids', 'okta', 'same-1', ['okta/same-1']],
    ['a name before an id', 'okta', 'admins', ['okta/lower']],
    ['ids alone', { id: 'okta' }, { id: 'admins' }, ['okta/admins']],
    ['the name of the definition of its app', 'directory', 'Admins', ['okta/admins']],
    ['one of two apps by the name of its definition', 'github', 'Owners', ['git-2/owners']],
    ['a name that one of two apps has', 'GitHub', 'Only here', ['git-1/only']],
    ['a name that two apps have', 'GitHub', 'Owners', ['git-1/owners', 'git-2/owners']],
    ['a name twice in an app', 'Okta', 'Same', ['okta/same-1', 'okta/same-2']],
    ['a name with a slash', 'A/B', 'C', ['slash/c']],
    ['an unknown app', 'Nothing', 'Admins', []],
    ['an unknown entitlement', 'Okta', 'Nothing', []],
    ['an unknown id of an app', { id: 'nothing' }, 'Admins', []],
  ])('is found by %s', async (_what, app, entitlement, ids) => {
    expect(await find(keyOf(app, entitlement))).toEqual([ids]);
  });

  it('is searched in its app, and many are listed', async () => {
    const { emulator } = tenant();
    const calls = async (...keys: string[]): Promise<string[]> => {
      await emulator.clearRequests();
      await find(...keys);
      return (await emulator.requests()).map(({ method, path }) => `${method} ${path.split('?')[0]}`).sort();
    };
    const list = 'GET /api/v1/apps';
    expect(await calls(keyOf('Okta', 'Admins'))).toEqual([list, 'POST /api/v1/search/entitlements']);
    expect(await calls(...many.map(({ displayName }) => keyOf('Okta', displayName)))).toEqual([
      list,
      'GET /api/v1/apps/okta/entitlements',
    ]);
  });

  it.each([
    ['Oktta', 'Admins', 'Okta/Admins'],
    ['Okta', 'Admin', 'Okta/Admins'],
    ['directory', 'Admin', 'directory/Admins'],
    ['Something else', 'Admins', undefined],
  ])('is suggested for %s and %s', async (app, entitlement, meant) => {
    const one = lookup();
    const key = keyOf(app, entitlement);
    await one.find(new Set([key]));
    expect(one.nearest?.(key)).toBe(meant);
  });

  it('has a title, and a name only where it is its alone', async () => {
    const ids = new Set(['okta/admins', 'okta/same-1', 'git-2/owners', 'slash/c', 'okta/gone']);
    expect(Object.fromEntries(await lookup().titles(ids))).toEqual({
      'okta/admins': 'Okta/Admins',
      'okta/same-1': 'Okta/Same',
      'git-2/owners': 'GitHub/Owners',
      'slash/c': 'A/B/C',
    });
    const names = await lookup().names(ids);
    expect([...names].map(([id, key]) => [id, form.toItem(key), form.toText(key)])).toEqual([
      ['okta/admins', { app: 'Okta', entitlement: 'Admins' }, 'Okta/Admins'],
      ['slash/c', { app: 'A/B', entitlement: 'C' }, 'A/B/C'],
    ]);
  });

  it.each([
    ['a key', keyOf('Okta', 'Admins')],
    ['any other text', 'a probe'],
  ])('is not found while the tenant fails, by %s', async (_what, key) => {
    await tenant().emulator.faults({ match: 'POST /api/v1/search/entitlements', status: 403 });
    await expect(find(key)).rejects.toThrow(/403/);
  });
});
