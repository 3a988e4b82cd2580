import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestEmulator, testEmulator } from '../support/emulator.js';
import { VirtualClock } from '../support/virtual-clock.js';

const people = Array.from({ length: 34 }, (_, index) => ({
  id: `u-${index}`,
  email: `u${index}@acme.example`,
}));
const seed = {
  users: people,
  apps: [{ id: 'a-1', displayName: 'One', ownerIds: ['u-0', 'u1@acme.example'] }],
};
const OWNERS = '/api/v1/apps/a-1/owners';

let clock: VirtualClock;
let emulator: TestEmulator;

beforeEach(async () => {
  clock = new VirtualClock();
  emulator = await testEmulator({ seed, clock });
});
afterEach(() => emulator.close());

async function ownerIds(id = 'a-1'): Promise<unknown> {
  return (await emulator.api('GET', `/api/v1/apps/${id}/ownerids`)).body.userIds;
}

describe('the owners of an app', () => {
  it('come from the seed, as ids and as a paged list of users, and never with the app', async () => {
    expect(await ownerIds()).toEqual(['u-0', 'u-1']);
    const { body } = await emulator.api('GET', OWNERS);
    expect(body).toMatchObject({ list: [{ id: 'u-0' }, { id: 'u-1' }], nextPageToken: '' });
    expect((await emulator.api('GET', '/api/v1/apps/a-1')).body.app).toMatchObject({ appOwners: [] });
    expect((await emulator.api('GET', '/api/v1/apps')).body.list).toMatchObject([{ appOwners: [] }]);
  });

  it('are replaced, added and removed', async () => {
    expect((await emulator.api('PUT', OWNERS, { userIds: ['u-2', 'u-2', 'u-3'] })).text).toBe('{}');
    expect(await ownerIds()).toEqual(['u-2', 'u-3']);
    expect((await emulator.api('POST', `${OWNERS}/u-4`, {})).text).toBe('{}');
    expect(await ownerIds()).toEqual(['u-2', 'u-3', 'u-4']);
    expect((await emulator.api('DELETE', `${OWNERS}/u-2`, {})).text).toBe('{}');
    expect(await ownerIds()).toEqual(['u-3', 'u-4']);
    expect((await emulator.api('DELETE', OWNERS, { userIds: ['u-3'] })).text).toBe('{}');
    expect(await ownerIds()).toEqual(['u-4']);
    await emulator.api('PUT', OWNERS, { userIds: [] });
    expect(await ownerIds()).toEqual([]);
  });

  it('show only after the delay, and writes build on what was accepted, not on what shows', async () => {
    await emulator.settings({ ownerDelayMs: 60_000 });
    await emulator.api('PUT', OWNERS, { userIds: ['u-5'] });
    await clock.advance(30_000);
    await emulator.api('POST', `${OWNERS}/u-6`, {});
    expect(await ownerIds()).toEqual(['u-0', 'u-1']);
    await clock.advance(30_000);
    expect(await ownerIds()).toEqual(['u-5']);
    expect((await emulator.state()).apps[0]).toMatchObject({ ownerIds: ['u-5'] });
    await clock.advance(30_000);
    expect(await ownerIds()).toEqual(['u-5', 'u-6']);
  });

  it('are not set back by an older write that shows late', async () => {
    await emulator.settings({ ownerDelayMs: 60_000 });
    await emulator.api('PUT', OWNERS, { userIds: ['u-5'] });
    await emulator.settings({ ownerDelayMs: 0 });
    await emulator.api('PUT', OWNERS, { userIds: ['u-7'] });
    await clock.advance(60_000);
    expect(await ownerIds()).toEqual(['u-7']);
  });

  it('of a new app show after the delay too', async () => {
    await emulator.settings({ ownerDelayMs: 60_000 });
    const { body } = await emulator.api('POST', '/api/v1/apps', { displayName: 'New', owners: ['u-1'] });
    const { id } = body.app as { id: string };
    expect(await ownerIds(id)).toEqual([]);
    await clock.advance(60_000);
    expect(await ownerIds(id)).toHaveLength(2);
  });

  it('of an app that is not there are none, but writing them answers 404', async () => {
    expect(await ownerIds('none')).toEqual([]);
    expect((await emulator.api('GET', '/api/v1/apps/none/owners')).body).toMatchObject({ list: [] });
    expect((await emulator.api('PUT', '/api/v1/apps/none/owners', { userIds: ['u-1'] })).status).toBe(404);
    expect((await emulator.api('POST', '/api/v1/apps/none/owners/u-1', {})).status).toBe(404);
  });

  it('are at most 32', async () => {
    const userIds = people.map((user) => user.id);
    expect((await emulator.api('PUT', OWNERS, { userIds: userIds.slice(0, 33) })).status).toBe(400);
    expect((await emulator.api('PUT', OWNERS, { userIds: userIds.slice(0, 32) })).status).toBe(200);
    expect((await emulator.api('POST', `${OWNERS}/u-33`, {})).status).toBe(400);
    expect((await emulator.api('POST', `${OWNERS}/u-3`, {})).status).toBe(200);
  });

  it('must be users', async () => {
    for (const [userIds, message] of [
      [['none'], 'user_id is invalid'],
      [[''], 'user_id is required'],
    ] as const) {
      const answer = await emulator.api('PUT', OWNERS, { userIds });
      expect(answer.status).toBe(500);
      expect(answer.body).toMatchObject({ code: 2, message: expect.stringContaining(message) });
    }
    expect((await emulator.api('PUT', OWNERS, { userIds: 'u-1' })).status).toBe(400);
    expect(await ownerIds()).toEqual(['u-0', 'u-1']);
  });
});
