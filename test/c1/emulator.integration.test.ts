import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuthOptions } from '../../src/c1/auth.js';
import { createReader, createWriter } from '../../src/c1/client.js';
import { whoAmI } from '../../src/c1/introspect.js';
import { apiPath } from '../../src/c1/path.js';
import { type Emulator, startEmulator } from '../../src/emulator/index.js';
import { connectTo, failureOf } from './setup.js';

let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.close());

/** A token as a workload gets it from its platform. */
function workloadToken(): Promise<string> {
  return new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer('https://issuer.example')
    .setSubject('system:serviceaccount:c1sync:c1sync')
    .setExpirationTime('5m')
    .sign(Buffer.alloc(32));
}

const ways: [string, () => AuthOptions][] = [
  ['an access token', () => ({ kind: 'token', accessToken: emulator.accessToken })],
  [
    'client credentials',
    () => ({ kind: 'client', clientId: emulator.clientId, clientSecret: emulator.clientSecret }),
  ],
  ['a workload token', () => ({ kind: 'oidc', clientId: emulator.clientId, token: workloadToken })],
];

describe('against a tenant', () => {
  it.each(ways)('%s opens the door', async (_what, auth) => {
    const identity = await whoAmI(createReader(connectTo(emulator.url, { auth: auth() })));
    expect(identity.userId).not.toBe('');
    expect(identity.permissions.length + identity.roles.length).toBeGreaterThan(0);
  });

  it.each<[string, () => AuthOptions]>([
    ['another access token', () => ({ kind: 'token', accessToken: 'made-up' })],
    [
      'another secret',
      () => ({ kind: 'client', clientId: emulator.clientId, clientSecret: 'made-up-secret' }),
    ],
    [
      'another client',
      () => ({ kind: 'client', clientId: 'slow-cat-2@127.0.0.1/pcc', clientSecret: emulator.clientSecret }),
    ],
    ['no JWT', () => ({ kind: 'oidc', clientId: emulator.clientId, token: async () => 'made-up' })],
  ])('%s does not', async (_what, auth) => {
    const reader = createReader(connectTo(emulator.url, { auth: auth() }));
    expect(await failureOf(reader.list('/api/v1/apps'))).toMatchObject({ terminal: true, effect: 'none' });
  });

  it('written objects are read again, over several pages', async () => {
    const connection = connectTo(emulator.url, {
      auth: ways[1]?.[1]() ?? { kind: 'token', accessToken: '' },
    });
    const reader = createReader(connection);
    const writer = createWriter(connection);
    const names = Array.from({ length: 105 }, (_, i) => `Paged ${i}`);
    await Promise.all(names.map((displayName) => writer.send('POST', '/api/v1/apps', { displayName })));
    const apps = await reader.list('/api/v1/apps');
    const found = apps.filter((app) => names.includes(String(app.displayName)));
    expect(found).toHaveLength(105);
    const path = apiPath('/api/v1/apps/{id}', { id: String(found[0]?.id) });
    await writer.send('DELETE', path);
    expect(await reader.list('/api/v1/apps')).toHaveLength(apps.length - 1);
  });

  it('that allows as much as the budget spends never refuses a request', async () => {
    const strict = await startEmulator({ requestsPerSecond: 50 });
    const statuses: (number | undefined)[] = [];
    const { clientId, clientSecret } = strict;
    const connection = connectTo(strict.url, {
      auth: { kind: 'client', clientId, clientSecret },
      requestsPerSecond: 50,
      observe: ({ status }) => statuses.push(status),
    });
    const reader = createReader(connection);
    await Promise.all(Array.from({ length: 120 }, () => reader.list('/api/v1/policies')));
    await strict.close();
    expect(statuses).toEqual(Array(121).fill(200));
  });
});
