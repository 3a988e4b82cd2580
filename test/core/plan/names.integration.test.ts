import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Doc, file } from '../../support/definitions.js';
import { Rig } from '../../support/rig.js';

let rig: Rig;
beforeEach(async () => {
  rig = await Rig.start({
    emulator: {
      seed: {
        users: ['alice', 'bob', 'carol', 'left'].map((id) => ({
          id,
          email: `${id}@acme.example`,
          ...(id === 'left' ? { status: 'DELETED' } : {}),
        })),
        policies: ['Manager approval', 'Security review'].map((displayName, index) => ({
          id: `policy-${index}`,
          displayName,
          policyType: 'POLICY_TYPE_GRANT',
        })),
        catalogs: [{ id: 'tools', displayName: 'Tools' }],
        apps: [
          {
            id: 'github',
            displayName: 'GitHub',
            grantPolicyId: 'policy-0',
            ownerIds: ['alice', 'carol', 'left'],
          },
        ],
      },
    },
  });
});
afterEach(() => rig?.stop());

const app: Doc = {
  kind: 'App',
  name: 'github',
  spec: {
    displayName: 'GitHub',
    grantPolicy: 'Security review',
    owners: ['alice@acme.example', 'bob@acme.example'],
    defaultRequestCatalog: 'Tools',
  },
};

const namedFields = async () => {
  const { plan } = await rig.plan();
  return plan.changes[0]?.fields.filter(({ namePath }) => namePath !== undefined);
};

it('gives names beside ids, of live objects too, and an id where there is no name', async () => {
  await rig.write('app.yaml', file(app));
  expect(await namedFields()).toEqual([
    {
      path: 'grantPolicyId',
      from: 'policy-0',
      to: 'policy-1',
      namePath: 'grantPolicy',
      fromName: 'Manager approval',
      toName: 'Security review',
    },
    {
      path: 'defaultRequestCatalogId',
      from: '',
      to: 'tools',
      namePath: 'defaultRequestCatalog',
      fromName: '',
      toName: 'Tools',
    },
    {
      path: 'ownerIds',
      from: ['alice', 'carol', 'left'],
      to: ['alice', 'bob'],
      namePath: 'owners',
      fromName: ['alice@acme.example', 'carol@acme.example', 'left'],
      toName: ['alice@acme.example', 'bob@acme.example'],
    },
  ]);
});

it('gives names to ids that a definition names by id', async () => {
  await rig.write(
    'app.yaml',
    file({ ...app, spec: { displayName: 'GitHub', grantPolicyId: 'policy-1', ownerIds: ['bob'] } }),
  );
  expect((await namedFields())?.map(({ namePath, toName }) => [namePath, toName])).toEqual([
    ['grantPolicy', 'Security review'],
    ['owners', ['bob@acme.example']],
  ]);
});

it('asks for the same name once, and only where something differs', async () => {
  await rig.write('app.yaml', file(app));
  await rig.sweep();
  await rig.writes();
  await rig.tenant.webEdit({
    kind: 'App',
    id: 'github',
    set: { grantPolicyId: 'policy-0' },
    user: 'carol@acme.example',
  });
  const searches = async () =>
    (await rig.tenant.requests()).filter(({ path }) => path.startsWith('/api/v1/search/')).length;
  await rig.tenant.clearRequests();
  await rig.plan();
  const first = await searches();
  await rig.plan();
  expect(await searches()).toBe(first);
});

it('plans with ids where names cannot be read, and the hash is the same', async () => {
  await rig.write('app.yaml', file({ ...app, spec: { displayName: 'GitHub', ownerIds: ['bob'] } }));
  const { plan: named } = await rig.plan();
  await rig.store.close();
  await rig.open();
  await rig.tenant.faults({ match: 'POST /api/v1/search/users', status: 403, times: 10 });
  const { plan: unnamed } = await rig.plan();
  const owners = ({ changes }: typeof named) =>
    changes.flatMap(({ fields }) => fields).find(({ path }) => path === 'ownerIds');
  expect(owners(named)?.toName).toEqual(['bob@acme.example']);
  expect(owners(unnamed)?.toName).toEqual(['bob']);
  expect(unnamed.planHash).toBe(named.planHash);
});
