import { describe, expect, it } from 'vitest';
import { appKind } from '../../src/kinds/app/schema.js';
import { connectorKind } from '../../src/kinds/connector/schema.js';
import { managesAll } from '../../src/kinds/owners.js';
import { compare, field, liveObject, objectRecord } from './support.js';

const ADMIN = 'role/c1.api.app.v1.Apps:owner';
const self = { userId: 'me', roles: [] };

describe.each([
  ['App', field(appKind, 'ownerIds')],
  ['Connector', field(connectorKind, 'userIds')],
] as const)('owners of %s', (_kind, owners) => {
  it('are exactly those that are declared', () => {
    const difference = compare(owners, ['b', 'c'], ['a', 'b'], { self });
    expect(difference).toEqual({
      changes: [{ path: owners.path, from: ['a', 'b'], to: ['b', 'c'] }],
      send: ['b', 'c'],
    });
  });

  it('are written by a separate call, and settle', () => {
    expect(owners).toMatchObject({ write: 'owners', settles: true, subRead: true, onCreate: false });
  });

  it('are not held before the create', () => {
    expect(compare(owners, ['a'], undefined, { self })).not.toHaveProperty('hold');
  });

  const held: readonly [string, boolean, boolean, 'created' | 'adopted' | undefined, boolean][] = [
    ['we are no owner', false, false, 'adopted', false],
    ['we leave an adopted object', true, false, 'adopted', true],
    ['we leave an object that we made', true, false, 'created', true],
    ['we leave an object without record', true, false, undefined, true],
    ['an administrator leaves an adopted object', true, true, 'adopted', true],
    ['an administrator leaves an object that it made', true, true, 'created', false],
  ];
  it.each(held)('where %s', (_what, isOwner, admin, origin, isHeld) => {
    const record = origin === undefined ? undefined : objectRecord({ origin });
    const live = isOwner ? ['me', 'a'] : ['a'];
    const difference = compare(owners, ['b'], live, {
      self: { userId: 'me', roles: admin ? [ADMIN] : [] },
      record,
    });
    expect(difference.changes).toHaveLength(1);
    if (isHeld) expect(difference.hold).toMatch(/own user me .*spec\.owners/);
    else expect(difference).not.toHaveProperty('hold');
  });

  it.each([
    ['the first owners that a begun create has yet to write', { unfinished: 'create' }, false],
    ['owners that a begun update has yet to write', { unfinished: 'update', definitionHash: 'hash' }, true],
    ['owners of a create that is done', { definitionHash: 'hash' }, true],
  ])('for %s', (_what, facts, isHeld) => {
    const record = objectRecord({ origin: 'created', ...facts });
    const difference = compare(owners, ['b'], ['me'], { self, record });
    expect(Object.hasOwn(difference, 'hold')).toBe(isHeld);
  });

  it('are not held while we stay, or while nothing differs', () => {
    expect(compare(owners, ['me', 'b'], ['me'], { self })).not.toHaveProperty('hold');
    expect(compare(owners, ['me'], ['me'], { self })).not.toHaveProperty('hold');
  });
});

describe.each([
  ['App', appKind, 'ownerIds'],
  ['Connector', connectorKind, 'userIds'],
] as const)('owners of %s by entitlement', (_kind, kind, usersPath) => {
  const owners = field(kind, 'appEntitlementRefs');
  const ref = (id: string) => ({ appId: 'okta', id });

  it('are exactly those that are declared', () => {
    const difference = compare(owners, [ref('b'), ref('a')], [ref('c')], { self: undefined });
    const [from, to] = [['okta/c'], ['okta/a', 'okta/b']];
    expect(difference).toEqual({ changes: [{ path: 'appEntitlementRefs', from, to }], send: to });
  });

  it('are written with the users, and settle', () => {
    expect(owners).toMatchObject({ write: 'owners', settles: true, subRead: true, decidesAccess: true });
    expect(kind.wholeWrites).toEqual(['owners']);
  });

  const held: readonly [string, string[], readonly string[], string[] | undefined, string[], boolean][] = [
    ['an entitlement leaves and our user is no owner', [], ['b'], undefined, ['a'], true],
    ['our user stays an owner itself', [], ['me'], undefined, ['a'], false],
    ['our user becomes an owner', [], ['b'], ['me'], ['a'], false],
    ['our user leaves at the same time', [], ['me'], ['b'], ['a'], true],
    ['an administrator acts', [ADMIN], ['b'], undefined, ['a'], false],
    ['no entitlement leaves', [], ['b'], undefined, [], false],
  ];
  it.each(held)('where %s', (_what, roles, live, declared, before, isHeld) => {
    const difference = compare(owners, [ref('z')], before.map(ref), {
      self: { userId: 'me', roles },
      object: liveObject({ values: { [usersPath]: live } }),
      desired: declared === undefined ? {} : { [usersPath]: declared },
    });
    if (isHeld) expect(difference.hold).toMatch(/okta\/a .*own user me.*spec\.owners/);
    else expect(difference).not.toHaveProperty('hold');
  });
});

describe('the right to manage every object', () => {
  it.each([
    [['role/c1.api.tenant.v1.Tenant:owner'], true],
    [['role/c1.api.app.v1.Apps:owner'], true],
    [['role/c1.api.app.v1.Apps:owner:2bmjQ8hTYymTtDCK3xbD2XBrjqg'], true],
    [['role/c1.api.auth.v1.Auth:owner', 'role/c1.api.app.v1.Apps:owner'], true],
    [['role/c1.api.auth.v1.Auth:owner'], false],
    [['role/c1.api.app.v1.AppEntitlements:owner'], false],
    [['role/c1.api.app.v1.Apps:viewer'], false],
    [['x/role/c1.api.app.v1.Apps:owner'], false],
    [['Super Admin'], false],
    [[], false],
  ])('of a holder of %j: %s', (roles, expected) => expect(managesAll({ roles })).toBe(expected));
});
