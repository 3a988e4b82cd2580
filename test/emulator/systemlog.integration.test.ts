import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/emulator/json.js';
import { type TestEmulator, testEmulator } from '../support/emulator.js';
import { VirtualClock } from '../support/virtual-clock.js';

const GITHUB = '2gkeVHQ9u8BtFpouw5jRmbnxjkW';

const seed = {
  users: [
    { id: 'u-alice', email: 'alice@acme.example', displayName: 'Alice' },
    { id: 'u-bob', email: 'bob@acme.example', displayName: 'Bob' },
  ],
  apps: [
    {
      id: 'a-1',
      displayName: 'One',
      annotations: { managed_by: 'c1sync', iac_workspace: 'w', iac_resource_address: 'App/one', team: 'x' },
      ownerIds: ['u-alice'],
    },
  ],
  connectors: [
    {
      id: 'k-1',
      appId: 'a-1',
      catalogId: GITHUB,
      displayName: 'GitHub',
      config: {
        configuration: {
          github_org_list: { stringValue: 'acme' },
          github_access_token: { stringValue: 'old' },
        },
      },
    },
  ],
};

let clock: VirtualClock;
let emulator: TestEmulator;

beforeEach(async () => {
  clock = new VirtualClock();
  emulator = await testEmulator({ seed, clock });
});
afterEach(() => emulator.close());

async function events(request: JsonObject = {}) {
  const { body } = await emulator.api('POST', '/api/v1/systemlog/events', request);
  return { list: body.list as JsonObject[], next: body.nextPageToken as string };
}

const operationsOf = (list: readonly JsonObject[]): unknown[] =>
  list.map((event) => (event.api as JsonObject).operation);
const uidOf = (event: JsonObject = {}): string => String((event.metadata as JsonObject).uid);

const describeApp = (description: string, token?: string) =>
  emulator.api('POST', '/api/v1/apps/a-1', { app: { description }, updateMask: 'description' }, token);

describe('the system log', () => {
  it('has a write as an event of OCSF’s API Activity', async () => {
    await clock.advance(5_000);
    await describeApp('new', emulator.userAccessToken);
    const { list } = await events();
    expect(list).toHaveLength(1);
    expect(list[0]).toMatchObject({
      class_uid: 6003,
      activity_id: 3,
      type_uid: 600303,
      time: clock.now(),
      metadata: { uid: expect.stringMatching(/^\w{27}$/) },
      actor: { user: { uid: 'u-alice', name: 'Alice', email_addr: 'alice@acme.example' } },
      api: { operation: 'c1.api.app.v1.Apps.Update' },
      resources: [{ uid: 'a-1', type: 'App', name: 'One' }],
    });
  });

  it('distinguishes all writes, and names the app beside a connector', async () => {
    const { body } = await emulator.api('POST', '/api/v1/apps', { displayName: 'New' });
    const { id } = body.app as { id: string };
    await emulator.api('PUT', `/api/v1/apps/${id}/owners`, { userIds: ['u-bob'] });
    await emulator.api('POST', '/api/v1/apps/a-1/connectors/k-1/pause', {});
    await emulator.api('DELETE', `/api/v1/apps/${id}`);
    const { list } = await events();
    expect(operationsOf(list)).toEqual([
      'c1.api.app.v1.Apps.Create',
      'c1.api.app.v1.AppOwners.Set',
      'c1.api.app.v1.ConnectorService.PauseSync',
      'c1.api.app.v1.Apps.Delete',
    ]);
    expect(list.map((event) => event.activity_id)).toEqual([1, 3, 3, 4]);
    expect(list[2]?.resources).toEqual([
      { uid: 'k-1', type: 'Connector', name: 'GitHub' },
      { uid: 'a-1', type: 'App', name: 'One' },
    ]);
  });

  it('holds no refused call, and reads only where they are asked for', async () => {
    await emulator.api('POST', '/api/v1/apps', {});
    await emulator.api('GET', '/api/v1/apps/a-1');
    expect((await events()).list).toEqual([]);
    await emulator.settings({ logReads: true });
    await emulator.api('GET', '/api/v1/apps/a-1');
    const { list } = await events();
    expect(list).toMatchObject([{ activity_id: 2, resources: [{ uid: 'a-1' }] }]);
  });

  it('is read from a time, to a time, and after an event', async () => {
    for (const description of ['1', '2', '3']) {
      await clock.advance(10_000);
      await describeApp(description);
    }
    const { list } = await events();
    const at = (index: number): string => new Date(Number(list[index]?.time)).toISOString();
    expect((await events({ since: at(1) })).list).toEqual(list.slice(1));
    expect((await events({ until: at(1) })).list).toEqual(list.slice(0, 1));
    expect((await events({ sinceEventUid: uidOf(list[0]) })).list).toEqual(list.slice(1));
    expect((await events({ untilEventUid: uidOf(list[2]) })).list).toEqual(list.slice(0, 2));
    expect((await events({ sortDirection: 'SORT_DIRECTION_DESC' })).list).toEqual(list.toReversed());
  });

  it('is paged so that new events do not shift the pages', async () => {
    for (let index = 0; index < 25; index += 1) await describeApp(String(index));
    const { list } = await events({ pageSize: 100 });
    for (const sortDirection of ['SORT_DIRECTION_ASC', 'SORT_DIRECTION_DESC']) {
      const first = await events({ pageSize: 10, sortDirection });
      await describeApp('more');
      const second = await events({ pageSize: 10, sortDirection, pageToken: first.next });
      const expected = sortDirection.endsWith('ASC') ? list : list.toReversed();
      expect([...first.list, ...second.list].slice(0, 20)).toEqual(expected.slice(0, 20));
      list.push(...(await events({ sinceEventUid: uidOf(list.at(-1)) })).list);
    }
    expect((await events({ sinceEventUid: uidOf(list.at(-1)) })).next).toBe('');
  });

  it.each<[JsonObject]>([
    [{ since: 'yesterday' }],
    [{ sinceEventUid: 'none' }],
    [{ sortDirection: 'UP' }],
    [{ pageToken: 'x' }],
  ])('refuses %j', async (request) => {
    const answer = await emulator.api('POST', '/api/v1/systemlog/events', request);
    expect(answer.status).toBe(400);
  });
});

describe('an edit in the web app', () => {
  const app = async (): Promise<JsonObject> =>
    (await emulator.api('GET', '/api/v1/apps/a-1')).body.app as JsonObject;

  it('sets the fields, clears the IaC marks and only those, and is in the log under the person', async () => {
    const before = await app();
    await emulator.webEdit({
      kind: 'App',
      id: 'a-1',
      set: { description: 'by hand', ownerIds: ['bob@acme.example'] },
      user: 'bob@acme.example',
    });
    const after = await app();
    expect(after).toMatchObject({ description: 'by hand', annotations: { team: 'x' } });
    expect(after.updatedAt).not.toBe(before.updatedAt);
    expect((await emulator.api('GET', '/api/v1/apps/a-1/ownerids')).body.userIds).toEqual(['u-bob']);
    expect((await events()).list).toMatchObject([
      {
        activity_id: 3,
        actor: { user: { email_addr: 'bob@acme.example' } },
        api: { operation: 'c1.api.app.v1.Apps.Update' },
        resources: [{ uid: 'a-1' }],
      },
    ]);
    expect(await emulator.requests()).not.toContainEqual(
      expect.objectContaining({ method: 'POST', path: '/_emulator/web-edit' }),
    );
  });

  it('is what clears the marks: an edit over the API leaves them', async () => {
    await describeApp('over the API');
    expect(await app()).toMatchObject({ annotations: { managed_by: 'c1sync' } });
  });

  it('of a connector rotates a secret, keeps the rest and moves configUpdatedAt', async () => {
    const read = async () =>
      ((await emulator.api('GET', '/api/v1/apps/a-1/connectors/k-1')).body.connectorView as JsonObject)
        .connector as JsonObject;
    const before = await read();
    await clock.advance(1_000);
    await emulator.webEdit({
      kind: 'Connector',
      appId: 'a-1',
      id: 'k-1',
      set: { config: { github_access_token: 'new' }, description: 'by hand' },
      user: 'bob@acme.example',
    });
    const after = await read();
    expect(after).toMatchObject({ description: 'by hand', config: before.config });
    expect(Date.parse(String(after.configUpdatedAt))).toBeGreaterThan(
      Date.parse(String(before.configUpdatedAt)),
    );
    const { connectors } = await emulator.state();
    expect(connectors[0]?.config).toMatchObject({
      configuration: {
        github_org_list: { stringValue: 'acme' },
        github_access_token: { stringValue: 'new' },
      },
    });
    expect((await events()).list).toMatchObject([{ resources: [{ uid: 'k-1' }, { uid: 'a-1' }] }]);
  });

  it('accepts a config in the form of the API', async () => {
    const config = { configuration: { github_org_list: { stringValue: 'other' } } };
    await emulator.webEdit({ kind: 'Connector', id: 'k-1', set: { config }, user: 'bob@acme.example' });
    expect((await emulator.state()).connectors[0]?.config).toMatchObject({
      configuration: {
        github_org_list: { stringValue: 'other' },
        github_access_token: { stringValue: 'old' },
      },
    });
  });

  it.each([
    [{ kind: 'App', id: 'a-1', set: {}, user: 'nobody@acme.example' }, 400, 'nobody@acme.example'],
    [{ kind: 'App', id: 'a-1', set: { userCount: '1' }, user: 'bob@acme.example' }, 400, 'userCount'],
    [{ kind: 'App', id: 'none', set: {}, user: 'bob@acme.example' }, 404, 'none'],
    [{ kind: 'Policy', id: 'p', set: {}, user: 'bob@acme.example' }, 400, 'kind'],
    [{ kind: 'App', id: 'a-1', set: {} }, 400, 'user'],
  ])('that cannot be is refused: %j', async (edit, status, place) => {
    const answer = await emulator.api('POST', '/_emulator/web-edit', edit, null);
    expect(answer.status).toBe(status);
    expect(answer.body.message).toContain(place);
    expect(await app()).toMatchObject({ annotations: { managed_by: 'c1sync' } });
  });
});
