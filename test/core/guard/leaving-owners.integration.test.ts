import { afterEach, describe, expect, it } from 'vitest';
import { file } from '../../support/definitions.js';
import { Rig } from '../../support/rig.js';

let rig: Rig;
afterEach(() => rig?.stop());

describe('an app that is to have other owners than its maker', () => {
  it.each([
    ['role/c1.api.tenant.v1.Tenant:owner', 'Settling'],
    ['role/c1.api.app.v1.Apps:owner', 'Settling'],
    ['role/c1.api.app.v1.AppEntitlements:owner', 'Held'],
  ])('under the role %s: %s', async (role, status) => {
    const users = [{ email: 'c1sync@acme.example', roles: [role] }, { email: 'alice@acme.example' }];
    rig = await Rig.start({ emulator: { seed: { users } } });
    const spec = { displayName: 'Ours' };
    await rig.write('all.yaml', file({ kind: 'App', name: 'ours', spec }));
    await rig.sweep();
    const owners = ['alice@acme.example'];
    await rig.write('all.yaml', file({ kind: 'App', name: 'ours', spec: { ...spec, owners } }));
    const { plan, done } = await rig.sweep();
    expect(done[0]?.status ?? plan.standings[0]?.status).toBe(status);
  });
});
