import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/emulator/json.js';
import { type TestEmulator, testEmulator } from '../support/emulator.js';
import { VirtualClock } from '../support/virtual-clock.js';

const APP = '/api/v1/apps/a-1';
const CONNECTORS = `${APP}/connectors`;

const seed = {
  users: [{ id: 'u-bob', email: 'bob@acme.example' }],
  apps: [{ id: 'a-1', displayName: 'One' }],
  connectors: [{ id: 'c-1', appId: 'a-1', catalogId: 'warehouse', displayName: 'Warehouse' }],
  connectorTypes: [{ catalogId: 'warehouse', displayName: 'Warehouse', fields: [] }],
};

let emulator: TestEmulator;

beforeEach(async () => {
  emulator = await testEmulator({ seed, clock: new VirtualClock() });
});
afterEach(() => emulator.close());

const shown = async (method: string, path: string, body?: unknown): Promise<JsonObject> => {
  const answer = await emulator.api(method, path, body);
  const { app, connectorView } = answer.body as {
    app?: JsonObject;
    connectorView?: { connector: JsonObject };
  };
  return app ?? connectorView?.connector ?? { status: answer.status };
};

describe('the settings', () => {
  it('show what they start with, and what was set', async () => {
    const first = JSON.parse((await emulator.api('GET', '/_emulator/settings')).text);
    expect(first).toMatchObject({ connectorCreatorOwns: true, deletedReads: 'deletedAt', names: 'kept' });
    await emulator.settings({ connectorCreatorOwns: false, names: 'folded' });
    const second = JSON.parse((await emulator.api('GET', '/_emulator/settings')).text);
    expect(second).toEqual({ ...first, connectorCreatorOwns: false, names: 'folded' });
  });

  it.each([{ names: 'shouted' }, { deletedReads: 404 }, { connectorCreatorOwns: 'no' }, { colour: 'red' }])(
    'refuse %j',
    async (patch) => {
      expect((await emulator.api('POST', '/_emulator/settings', patch)).status).toBe(400);
    },
  );
});

describe('a display name', () => {
  const sent = '\t Größe   A\u030A\u00A0 B ';

  it.each([
    ['kept', sent],
    ['trimmed', 'Größe A\u030A B'],
    ['folded', '\t größe   \u00E5\u00A0 b '],
  ] as const)('is %s in an app and a connector, by create and by update', async (names, expected) => {
    await emulator.settings({ names });
    const expectName = { displayName: expected };
    expect(await shown('POST', '/api/v1/apps', { displayName: sent })).toMatchObject(expectName);
    const app = { displayName: sent };
    expect(await shown('POST', APP, { app, updateMask: 'displayName' })).toMatchObject(expectName);
    expect(await shown('GET', APP)).toMatchObject(expectName);
    const create = { catalogId: 'warehouse', displayName: sent };
    expect(await shown('POST', CONNECTORS, create)).toMatchObject(expectName);
    const connector = { displayName: sent };
    const update = { connector, updateMask: 'displayName' };
    expect(await shown('POST', `${CONNECTORS}/c-1`, update)).toMatchObject(expectName);
    expect(await shown('GET', `${CONNECTORS}/c-1`)).toMatchObject(expectName);
  });

  it('of which nothing is left is refused', async () => {
    await emulator.settings({ names: 'trimmed' });
    expect(await shown('POST', '/api/v1/apps', { displayName: ' \t' })).toEqual({ status: 500 });
    const update = { app: { displayName: ' ' }, updateMask: 'displayName' };
    expect(await shown('POST', APP, update)).toEqual({ status: 500 });
  });
});

describe('the creator of a connector', () => {
  const create = { catalogId: 'warehouse', displayName: 'Mine' };

  it.each([true, false])('owns it where no owners are given: %s', async (connectorCreatorOwns) => {
    await emulator.settings({ connectorCreatorOwns });
    const { id, userIds } = await shown('POST', CONNECTORS, create);
    const { userId } = (await emulator.api('GET', '/api/v1/auth/introspect')).body;
    expect(userIds).toEqual(connectorCreatorOwns ? [userId] : []);
    const owners = await emulator.api('GET', `/api/v2/apps/a-1/connectors/${id}/owners/users`);
    expect(owners.body.list).toHaveLength(connectorCreatorOwns ? 1 : 0);
  });

  it('does not come on top of the owners given', async () => {
    const { userIds } = await shown('POST', CONNECTORS, { ...create, userIds: ['u-bob'] });
    expect(userIds).toEqual(['u-bob']);
  });
});

describe('what was deleted', () => {
  const deletedAt = expect.any(String);

  it.each([
    ['deletedAt', { deletedAt }],
    ['404', { status: 404 }],
  ] as const)('reads as %s, and is nowhere else', async (deletedReads, expected) => {
    await emulator.settings({ deletedReads });
    await emulator.api('DELETE', `${CONNECTORS}/c-1`);
    expect(await shown('GET', `${CONNECTORS}/c-1`)).toMatchObject(expected);
    expect((await emulator.api('GET', CONNECTORS)).body.list).toEqual([]);
    expect((await emulator.api('DELETE', `${CONNECTORS}/c-1`)).status).toBe(404);
    const owners = '/api/v2/apps/a-1/connectors/c-1/owners/users';
    expect((await emulator.api('GET', owners)).status).toBe(404);
    await emulator.api('DELETE', APP);
    expect(await shown('GET', APP)).toMatchObject(expected);
    expect(await shown('GET', `${CONNECTORS}/c-1`)).toMatchObject(expected);
    expect((await emulator.state()).connectors).toEqual([]);
  });

  it('shows a connector that went with its app, below that app alone', async () => {
    await emulator.api('DELETE', APP);
    expect(await shown('GET', `${CONNECTORS}/c-1`)).toMatchObject({ deletedAt, appId: 'a-1' });
    expect(await shown('GET', '/api/v1/apps/a-2/connectors/c-1')).toEqual({ status: 404 });
  });
});
