import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/emulator/json.js';
import { type TestEmulator, testEmulator } from '../support/emulator.js';

const apps = Array.from({ length: 120 }, (_, index) => ({ id: `a-${index}`, displayName: `App ${index}` }));
const seed = {
  users: [
    { id: 'u-1', email: 'alice@acme.example', displayName: 'Alice Adams', department: 'Platform' },
    {
      id: 'u-2',
      email: 'Bob@acme.example',
      displayName: 'Bob Brown',
      roleIds: ['r-1', 'r-2'],
      managerIds: ['u-1'],
      delegatedUserId: 'u-3',
      origin: 'USER_ORIGIN_LOCAL',
    },
    { id: 'u-3', email: 'bob@acme.example.test', displayName: 'Bobby Blue', status: 'DISABLED' },
  ],
  policies: [
    {
      id: 'p-1',
      displayName: 'Approval',
      policyType: 'POLICY_TYPE_GRANT',
      policySteps: { grant: { steps: [] } },
    },
    { id: 'p-2', displayName: 'approval', policyType: 'POLICY_TYPE_REVOKE' },
    { id: 'p-3', displayName: 'Approval', policyType: 'POLICY_TYPE_CERTIFY', description: 'Every quarter' },
  ],
  catalogs: [{ id: 'c-1', displayName: 'Engineering tools', published: true }],
  apps,
};

let emulator: TestEmulator;

beforeEach(async () => {
  emulator = await testEmulator({ seed });
});
afterEach(() => emulator.close());

async function page(query: string) {
  const answer = await emulator.api('GET', `/api/v1/apps${query}`);
  const list = (answer.body.list ?? []) as JsonObject[];
  return { ...answer, ids: list.map((app) => app.id), next: answer.body.nextPageToken as string };
}

describe('a page', () => {
  it.each([
    ['', 25],
    ['?page_size=0', 25],
    ['?page_size=1', 10],
    ['?page_size=-5', 10],
    ['?page_size=10', 10],
    ['?page_size=37', 37],
    ['?page_size=100', 100],
    ['?page_size=1000', 100],
  ])('asked for with %j has %i entries', async (query, size) => {
    expect((await page(query)).ids).toHaveLength(size);
  });

  it('leads to the next until the token is empty', async () => {
    const ids: unknown[] = [];
    let token = '';
    let calls = 0;
    do {
      const next = await page(`?page_size=50&page_token=${token}`);
      ids.push(...next.ids);
      token = next.next;
      calls += 1;
    } while (token !== '');
    expect(ids).toEqual(apps.map((app) => app.id));
    expect(calls).toBe(3);
  });

  it('ends exactly with the list', async () => {
    const { next } = await page('?page_size=100');
    expect((await page(`?page_size=20&page_token=${next}`)).next).toBe('');
  });

  it('is no snapshot: after a deletion before the offset, the next page misses an item', async () => {
    const first = await page('?page_size=10');
    await emulator.api('DELETE', '/api/v1/apps/a-0');
    const second = await page(`?page_size=10&page_token=${first.next}`);
    expect(second.ids[0]).toBe('a-11');
  });

  it('past the end is empty', async () => {
    const { next } = await page('?page_size=100');
    for (const app of apps.slice(0, 40)) await emulator.api('DELETE', `/api/v1/apps/${app.id}`);
    expect(await page(`?page_token=${next}`)).toMatchObject({ ids: [], next: '' });
  });

  it('with a token of nowhere, or of another list, is refused', async () => {
    const { body } = await emulator.api('POST', '/api/v1/search/apps', { query: 'app', pageSize: 10 });
    expect(body.nextPageToken).toMatch(/^[\w-]+$/);
    for (const token of ['x', 'AAAA', body.nextPageToken]) {
      const answer = await page(`?page_token=${token}`);
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({ code: 3 });
    }
    expect((await page('?page_size=many')).status).toBe(400);
  });

  it('of a search takes size and token from the body', async () => {
    const search = async (body: JsonObject) => (await emulator.api('POST', '/api/v1/search/apps', body)).body;
    const first = await search({ query: 'app', pageSize: 100 });
    expect(first.list).toHaveLength(100);
    const second = await search({ query: 'app', pageSize: 100, pageToken: first.nextPageToken ?? '' });
    expect(second.list).toHaveLength(20);
    expect(second.nextPageToken).toBe('');
  });
});

describe('users', () => {
  const search = async (body: JsonObject) => {
    const { list } = (await emulator.api('POST', '/api/v1/search/users', body)).body;
    return (list as JsonObject[]).map((view) => (view.user as JsonObject).id);
  };

  it('are found by their exact address, case aside', async () => {
    expect(await search({ email: 'bob@acme.example' })).toEqual(['u-2']);
    expect(await search({ email: 'bob@acme' })).toEqual([]);
  });

  it.each<[JsonObject, string[]]>([
    [{ roleIds: ['r-2', 'r-9'] }, ['u-2']],
    [{ managerIds: ['u-1'] }, ['u-2']],
    [{ delegatedUserIds: ['u-3'] }, ['u-2']],
    [{ origins: ['USER_ORIGIN_LOCAL'] }, ['u-2']],
    [{ managerIds: ['u-9'] }, []],
  ])('are found by %j', async (wanted, ids) => {
    expect(await search(wanted)).toEqual(ids);
  });

  it('without those of an origin are found', async () => {
    expect(await search({ excludeOrigins: ['USER_ORIGIN_LOCAL'] })).not.toContain('u-2');
  });

  it('come with the people that the mask names', async () => {
    const wanted = { ids: ['u-2'], expandMask: { paths: ['manager_ids', 'delegated_user_id'] } };
    expect((await emulator.api('POST', '/api/v1/search/users', wanted)).body).toMatchObject({
      list: [{ managersPath: '$.expanded[0]', delegatedUserPath: '$.expanded[1]', rolesPath: '' }],
      expanded: [{ id: 'u-1' }, { id: 'u-3' }],
    });
  });

  it('are found by query, ids, references and status', async () => {
    expect(await search({ query: 'bob' })).toEqual(['u-2', 'u-3']);
    expect(await search({ ids: ['u-1'] })).toEqual(['u-1']);
    expect(await search({ refs: [{ id: 'u-2' }], excludeIds: [] })).toEqual(['u-2']);
    expect(await search({ userStatuses: ['DISABLED'] })).toEqual(['u-3']);
    expect(await search({ departments: ['Platform'] })).toEqual(['u-1']);
    expect(await search({ query: 'bob', excludeIds: ['u-2'] })).toEqual(['u-3']);
  });

  it('are listed and read as views', async () => {
    const { body } = await emulator.api('GET', '/api/v1/users');
    expect(body).toMatchObject({ expanded: [], nextPageToken: '' });
    expect((body.list as JsonObject[])[0]).toMatchObject({
      userId: 'u-1',
      user: { email: 'alice@acme.example' },
    });
    const { body: one } = await emulator.api('GET', '/api/v1/users/u-1');
    expect(one).toMatchObject({
      userView: {
        user: { status: 'ENABLED', type: 'USER_TYPE_HUMAN', emails: [], deletedAt: null },
        rolesPath: '',
      },
      expanded: [],
    });
    expect((await emulator.api('GET', '/api/v1/users/none')).body).toMatchObject({ code: 5 });
  });
});

describe('policies', () => {
  const search = async (body: JsonObject) => {
    const { list } = (await emulator.api('POST', '/api/v1/search/policies', body)).body;
    return (list as JsonObject[]).map((policy) => policy.id);
  };

  it('are found by display name and type', async () => {
    expect(await search({ displayName: 'APPROVAL' })).toEqual(['p-1', 'p-2', 'p-3']);
    expect(await search({ displayName: 'approval', policyTypes: ['POLICY_TYPE_REVOKE'] })).toEqual(['p-2']);
    expect(await search({ displayName: 'appro' })).toEqual([]);
    expect(await search({ query: 'quarter' })).toEqual(['p-3']);
    expect(await search({ refs: [{ id: 'p-1' }] })).toEqual(['p-1']);
    expect(await search({ excludePolicyIds: ['p-1', 'p-2'] })).toEqual(['p-3']);
  });

  it('are listed with their steps, and made', async () => {
    const { body } = await emulator.api('GET', '/api/v1/policies');
    expect((body.list as JsonObject[])[0]).toMatchObject({
      policySteps: { grant: { steps: [] } },
      rules: [],
      systemBuiltin: false,
    });
    const made = await emulator.api('POST', '/api/v1/policies', {
      displayName: 'New',
      policyType: 'POLICY_TYPE_GRANT',
      systemBuiltin: true,
    });
    expect(emulator.deviations()).toHaveLength(1);
    expect(made.body.policy).toMatchObject({ displayName: 'New', systemBuiltin: false });
    expect(await search({ displayName: 'New' })).toHaveLength(1);
    const untyped = await emulator.api('POST', '/api/v1/policies', { displayName: 'x' });
    expect(untyped.body.policy).toMatchObject({ policyType: 'POLICY_TYPE_UNSPECIFIED' });
    const odd = { displayName: 'x', policyType: 'ODD' };
    expect((await emulator.api('POST', '/api/v1/policies', odd)).status).toBe(500);
    expect((await emulator.api('POST', '/api/v1/policies', {})).body).toMatchObject({ code: 2 });
  });
});

describe('a policy', () => {
  const ONE = '/api/v1/policies/p-1';

  it('is read, changed by its mask and deleted, and the system log says so', async () => {
    const { policy } = (await emulator.api('GET', ONE)).body;
    expect(policy).toMatchObject({ id: 'p-1', displayName: 'Approval' });
    const sent = { displayName: 'Other', description: 'new', annotations: { team: 'x' } };
    const body = { policy: sent, updateMask: 'description,annotations' };
    const updated = await emulator.api('POST', ONE, body);
    expect(updated.body.policy).toMatchObject({
      ...sent,
      displayName: 'Approval',
      policySteps: { grant: {} },
    });
    expect((await emulator.api('POST', ONE, { policy: { displayName: 'Other' } })).body.policy).toMatchObject(
      {
        displayName: 'Other',
        description: 'new',
      },
    );
    expect((await emulator.api('DELETE', ONE, {})).text).toBe('{}');
    expect((await emulator.api('GET', ONE)).status).toBe(404);
    const { body: log } = await emulator.api('POST', '/api/v1/systemlog/events', {});
    expect(log.list).toMatchObject(
      ['Update', 'Update', 'Delete'].map((name) => ({
        api: { operation: `c1.api.policy.v1.Policies.${name}` },
        resources: [{ type: 'Policy', uid: 'p-1' }],
      })),
    );
  });

  it.each([
    [{ policy: { policyType: 'POLICY_TYPE_GRANT' }, updateMask: 'policyType' }, 400],
    [{ policy: { description: 7 }, updateMask: 'description' }, 400],
    [{ policy: {}, updateMask: 'displayName' }, 500],
    [{ updateMask: 'description' }, 500],
  ])('refuses %j', async (body, status) => {
    expect((await emulator.api('POST', ONE, body)).status).toBe(status);
  });

  it('that is not there answers 404', async () => {
    for (const method of ['GET', 'POST', 'DELETE']) {
      const body = method === 'POST' ? { policy: {} } : undefined;
      expect((await emulator.api(method, '/api/v1/policies/none', body)).status).toBe(404);
    }
  });
});

describe('a request catalog', () => {
  it('is read and deleted', async () => {
    const ONE = '/api/v1/catalogs/c-1';
    expect((await emulator.api('GET', ONE)).body.requestCatalogView).toMatchObject({
      requestCatalog: { displayName: 'Engineering tools' },
    });
    expect((await emulator.api('DELETE', ONE, {})).text).toBe('{}');
    expect((await emulator.api('GET', ONE)).status).toBe(404);
    expect((await emulator.api('DELETE', ONE, {})).status).toBe(404);
  });
});

describe('request catalogs', () => {
  it('are listed and made', async () => {
    const { body } = await emulator.api('GET', '/api/v1/catalogs');
    expect(body).toMatchObject({
      list: [{ requestCatalog: { id: 'c-1', displayName: 'Engineering tools' }, memberCount: '0' }],
      nextPageToken: '',
      expanded: [],
    });
    const made = await emulator.api('POST', '/api/v1/catalogs', {
      displayName: 'New',
      annotations: { a: '1' },
    });
    expect(made.body).toMatchObject({
      requestCatalogView: { requestCatalog: { displayName: 'New', annotations: { a: '1' } } },
    });
    expect((await emulator.api('POST', '/api/v1/catalogs', {})).status).toBe(500);
  });
});
