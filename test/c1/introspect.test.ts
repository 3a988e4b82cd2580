import { describe, expect, it } from 'vitest';
import { managesEveryApp } from '../../src/c1/introspect.js';

describe('the right to manage every app', () => {
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
  ])('of a holder of %j: %s', (roles, expected) => expect(managesEveryApp({ roles })).toBe(expected));
});
