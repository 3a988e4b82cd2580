import {
  createLocalJWKSet,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  type JWTVerifyResult,
  jwtVerify,
} from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuthOptions } from '../../src/c1/auth.js';
import { createReader, createWriter } from '../../src/c1/client.js';
import type { Connection, ConnectOptions } from '../../src/c1/connection.js';
import { TerminalError } from '../../src/core/model/errors.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { until } from '../support/wait.js';
import { json, type Responder, reset, ScriptedServer, silence, text, withTokens } from './scripted-server.js';
import { connectTo, drive, failureOf, PLAIN_CLIENT } from './setup.js';

const CLIENT_ID = 'quick-fox-1@acme.conductor.one/pcc';

let server: ScriptedServer;
let clock: VirtualClock;

beforeEach(async () => {
  server = await ScriptedServer.start();
  clock = new VirtualClock();
});
afterEach(() => server.stop());

function connection(auth: AuthOptions, options: Partial<ConnectOptions> = {}): Connection {
  return connectTo(server.url, { clock, auth, ...options });
}

function read(to: Connection, path = '/api/v1/apps/a1'): Promise<unknown> {
  return drive(clock, to, createReader(to).get(path));
}

/** The form of a request to the token endpoint. */
function form(index = 0): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(server.seen[index]?.body));
}

const bearers = (): (string | undefined)[] => server.seen.map((seen) => seen.headers.authorization);

describe('a token', () => {
  it('made with a plain secret', async () => {
    server.script(withTokens(json({})));
    await read(connection(PLAIN_CLIENT));
    expect(server.seen[0]).toMatchObject({
      method: 'POST',
      url: '/auth/v1/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': 'c1sync/9.9.9' },
    });
    expect(server.seen[0]?.headers.authorization).toBeUndefined();
    expect(form()).toEqual({
      grant_type: 'client_credentials',
      client_id: 'quick-fox-1@127.0.0.1/pcc',
      client_secret: 'plain-client-secret',
    });
    expect(bearers()[1]).toBe('Bearer token-1');
  });

  it('made with a signing secret, which is not sent', async () => {
    const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    const key = Buffer.from(JSON.stringify(await exportJWK(privateKey))).toString('base64url');
    const clientSecret = `secret-token:conductorone.com:v1:${key}`;
    const auth: AuthOptions = { kind: 'client', clientId: CLIENT_ID, clientSecret };
    server.script(withTokens(json({})), withTokens(json({})));
    await read(connection(auth));
    await read(connection(auth));
    const { client_assertion: assertion = '', ...rest } = form();
    expect(rest).toEqual({
      grant_type: 'client_credentials',
      client_id: CLIENT_ID,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    });
    const jwks = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), alg: 'EdDSA' }] });
    const { payload, protectedHeader }: JWTVerifyResult = await jwtVerify(assertion, jwks, {
      currentDate: new Date(clock.now()),
    });
    const now = Math.floor(clock.now() / 1000);
    expect(payload).toMatchObject({ iss: CLIENT_ID, sub: CLIENT_ID, aud: '127.0.0.1' });
    // The clock may have moved on a little while the calls were driven.
    expect(now - (payload.iat ?? 0)).toBeLessThanOrEqual(2);
    expect((payload.iat ?? 0) - (payload.nbf ?? 0)).toBe(120);
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(120);
    expect(protectedHeader.nonce).toMatch(/^[0-9a-f]{32}$/);
    const other = decodeProtectedHeader(form(2).client_assertion ?? '');
    expect(other.nonce).not.toBe(protectedHeader.nonce);
  });

  it('made from an OIDC token, which is read again each time', async () => {
    let reads = 0;
    const auth: AuthOptions = {
      kind: 'oidc',
      clientId: CLIENT_ID,
      token: async () => {
        reads += 1;
        return `oidc-${reads}\n`;
      },
    };
    server.script(withTokens(json({}), 100));
    const to = connection(auth);
    await read(to);
    await clock.advance(100_000);
    await read(to);
    expect(form()).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      client_id: CLIENT_ID,
      subject_token: 'oidc-1',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    });
    expect(form(2).subject_token).toBe('oidc-2');
  });

  it('is used again until shortly before it expires', async () => {
    server.script(withTokens(json({}), 600));
    const to = connection(PLAIN_CLIENT);
    await read(to);
    await clock.advance(535_000);
    await read(to);
    await clock.advance(6_000);
    await read(to);
    expect(bearers()).toEqual([undefined, 'Bearer token-1', 'Bearer token-1', undefined, 'Bearer token-2']);
  });

  it.each([3_600_000, -3_600_000])('lasts as long when the time of day moves by %i ms', async (ms) => {
    server.script(withTokens(json({}), 600));
    const to = connection(PLAIN_CLIENT);
    await read(to);
    clock.step(ms);
    await clock.advance(535_000);
    await read(to);
    expect(bearers()).toHaveLength(3);
    await clock.advance(6_000);
    await read(to);
    expect(bearers()).toHaveLength(5);
  });

  it('without a lifetime is used for a while, and one with a very short one at least once', async () => {
    server.script(withTokens(json({}), undefined));
    const lasting = connection(PLAIN_CLIENT);
    await read(lasting);
    await clock.advance(200_000);
    await read(lasting);
    expect(server.calls.filter((call) => call === 'POST /auth/v1/token')).toHaveLength(1);
    server.script(withTokens(json({}), 0.001));
    expect(await read(connection(PLAIN_CLIENT))).toEqual({});
  });

  it('happens once for all waiting calls, also with a concurrency of one', async () => {
    server.script(withTokens(json({})));
    const to = connection(PLAIN_CLIENT, { concurrency: 1 });
    const reader = createReader(to);
    await drive(clock, to, Promise.all([1, 2, 3].map((id) => reader.get(`/api/v1/apps/${id}`))));
    expect(server.calls).toEqual([
      'POST /auth/v1/token',
      'GET /api/v1/apps/1',
      'GET /api/v1/apps/2',
      'GET /api/v1/apps/3',
    ]);
    expect(to.requests).toBe(4);
  });

  it('continues for the others when one waiting call aborts', async () => {
    const parked: (() => void)[] = [];
    server.script((seen, response) => {
      if (seen.url === '/auth/v1/token')
        parked.push(() => json({ access_token: 'late-token' })(seen, response));
      else json({})(seen, response);
    });
    const to = connection(PLAIN_CLIENT);
    const controller = new AbortController();
    const leaves = createReader(to).get('/api/v1/apps/1', { signal: controller.signal });
    const stays = createReader(to).get('/api/v1/apps/2');
    await until(() => parked.length === 1, 'the token is asked for');
    controller.abort(new Error('enough'));
    await expect(leaves).rejects.toThrow('enough');
    parked[0]?.();
    expect(await drive(clock, to, stays)).toEqual({});
    expect(server.calls).toEqual(['POST /auth/v1/token', 'GET /api/v1/apps/2']);
  });

  it('ends when all waiting calls abort, and starts again with the next call', async () => {
    server.script(silence, withTokens(json({})));
    const to = connection(PLAIN_CLIENT);
    const controller = new AbortController();
    const leaves = createReader(to).get('/api/v1/apps/1', { signal: controller.signal });
    await until(() => server.seen.length === 1, 'the token is asked for');
    controller.abort(new Error('enough'));
    await expect(leaves).rejects.toThrow('enough');
    await until(() => to.budget().inFlight === 0, 'the exchange ends');
    expect(await read(to)).toEqual({});
  });
});

describe('a token that the tenant refuses', () => {
  const unknownToken = (token: string): Responder => {
    const api: Responder = (seen, response) =>
      json(
        { code: 16, message: 'who are you' },
        seen.headers.authorization === `Bearer ${token}` ? 401 : 200,
      )(seen, response);
    return withTokens(api);
  };

  it('is replaced once, and the write sent again', async () => {
    server.script(unknownToken('token-1'));
    const to = connection(PLAIN_CLIENT);
    expect(await drive(clock, to, createWriter(to).send('POST', '/api/v1/apps', {}))).toEqual({
      code: 16,
      message: 'who are you',
    });
    expect(bearers()).toEqual([undefined, 'Bearer token-1', undefined, 'Bearer token-2']);
  });

  it('is an error with a remedy when a fresh token is refused, too', async () => {
    server.script(withTokens(json({ message: 'who are you' }, 401)));
    const failure = await failureOf(read(connection(PLAIN_CLIENT)));
    expect(failure).toMatchObject({ status: 401, terminal: true, effect: 'none' });
    expect(String(failure)).toContain('belong to the same tenant');
    expect(server.seen).toHaveLength(4);
  });

  it('is not at fault where the fresh one gets another error', async () => {
    const statuses = [401, 403];
    server.script(withTokens((seen, response) => json({ message: 'no' }, statuses.shift())(seen, response)));
    const failure = await failureOf(read(connection(PLAIN_CLIENT)));
    expect(failure).toMatchObject({ status: 403, message: expect.not.stringContaining('token') });
    expect(bearers()).toEqual([undefined, 'Bearer token-1', undefined, 'Bearer token-2']);
  });

  it('is an error at once when it is all there is', async () => {
    server.script(json({ message: 'expired' }, 401));
    const failure = await failureOf(read(connection({ kind: 'token', accessToken: 'from-a-person' })));
    expect(failure).toMatchObject({ status: 401, terminal: true });
    expect(String(failure)).toContain('CONDUCTORONE_ACCESS_TOKEN');
    expect(String(failure)).not.toContain('from-a-person');
    expect(server.seen).toHaveLength(1);
  });
});

describe('the token endpoint', () => {
  it.each([400, 401, 403])(
    'that refuses the credentials (%d) ends the matter, with a hint',
    async (status) => {
      server.script(json({ error: 'invalid_client', error_description: 'bad plain-client-secret' }, status));
      const to = connection(PLAIN_CLIENT);
      const write = createWriter(to).send('POST', '/api/v1/apps', {});
      const failure = await failureOf(drive(clock, to, write));
      expect(failure).toMatchObject({ status, path: '/auth/v1/token', terminal: true, effect: 'none' });
      expect(String(failure)).toContain(`answered ${status}: bad [secret]; the tenant does not accept these`);
      expect(server.seen).toHaveLength(1);
    },
  );

  it('is not asked again and again with credentials it has just refused', async () => {
    server.script(json({}, 401), withTokens(json({})));
    const to = connection(PLAIN_CLIENT);
    const reader = createReader(to);
    const all = Promise.allSettled(Array.from({ length: 20 }, (_, id) => reader.get(`/api/v1/apps/${id}`)));
    const outcomes = await drive(clock, to, all);
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
    expect(server.seen).toHaveLength(1);
    await clock.advance(5_000);
    expect(await read(to)).toEqual({});
  });

  it.each<[string, Responder]>([
    ['500', json({}, 500)],
    ['a cut connection', reset],
    ['HTML', text('<html>')],
  ])(
    'is asked up to three times after %s, and a write that never got so far has done nothing',
    async (_w, responder) => {
      server.script(responder);
      const to = connection(PLAIN_CLIENT);
      const failure = await failureOf(drive(clock, to, createWriter(to).send('POST', '/api/v1/apps', {})));
      expect(failure).toMatchObject({ path: '/auth/v1/token', terminal: false, effect: 'none' });
      expect(server.calls).toEqual(Array(3).fill('POST /auth/v1/token'));
    },
  );

  it('pauses the budget with a 429 and is asked again', async () => {
    server.script(json({}, 429, { 'retry-after': '30' }), withTokens(json({ app: 1 })));
    const start = clock.now();
    const to = connection(PLAIN_CLIENT);
    expect(await read(to)).toEqual({ app: 1 });
    expect(clock.now() - start).toBeGreaterThanOrEqual(30_000);
  });

  it('gets an assertion that is still good when its turn has come', async () => {
    const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    const key = Buffer.from(JSON.stringify(await exportJWK(privateKey))).toString('base64url');
    const clientSecret = `secret-token:conductorone.com:v1:${key}`;
    server.script(json({}, 429, { 'retry-after': '119' }), withTokens(json({})));
    await read(connection({ kind: 'client', clientId: CLIENT_ID, clientSecret }));
    await expect(
      jwtVerify(form(1).client_assertion ?? '', publicKey, { currentDate: new Date(clock.now() + 60_000) }),
    ).resolves.toBeDefined();
  });

  it.each<[string, unknown]>([
    ['none', {}],
    ['one that is no text', { access_token: 7 }],
    ['one that is no header', { access_token: 'a\r\nb' }],
  ])('that returns %s instead of a token is an error that does not show it', async (_what, answer) => {
    server.script(json(answer));
    const failure = await failureOf(read(connection(PLAIN_CLIENT)));
    expect(failure).toMatchObject({
      message: 'POST /auth/v1/token answered 200 without a usable access_token',
    });
  });
});

describe('invalid credentials', () => {
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signing = (rest: string): AuthOptions => ({
    kind: 'client',
    clientId: CLIENT_ID,
    clientSecret: `secret-token:conductorone.com:v1:${rest}`,
  });

  it.each<[string, AuthOptions]>([
    ['an empty access token', { kind: 'token', accessToken: '' }],
    ['an access token with a line break', { kind: 'token', accessToken: 'hush-hush\n' }],
    ['an empty client id', { kind: 'client', clientId: '', clientSecret: 'hush-hush' }],
    ['an empty client secret', { kind: 'client', clientId: CLIENT_ID, clientSecret: '' }],
    ['a signing secret that is cut', signing(encode({ kty: 'OKP', d: 'hush-hush' }).slice(0, 12))],
    [
      'a signing secret without a private key',
      signing(encode({ kty: 'OKP', crv: 'Ed25519', x: 'hush-hush' })),
    ],
    [
      'a signing secret of another kind',
      signing(encode({ kty: 'EC', crv: 'P-256', x: 'hush-hush', d: 'x' })),
    ],
  ])('are refused before anything is sent: %s', (_what, auth) => {
    expect(() => connection(auth)).toThrow(TerminalError);
    expect(() => connection(auth)).toThrow(/CONDUCTORONE_/);
    expect(() => connection(auth)).not.toThrow(/hush/);
  });

  it('are not shown when the token endpoint repeats them, encoded or not', async () => {
    const auth: AuthOptions = {
      kind: 'oidc',
      clientId: CLIENT_ID,
      token: async () => 'subject=1/very+secret',
    };
    server.script((seen, response) => {
      const echo = `${seen.body} and ${new URLSearchParams(seen.body).get('subject_token')}`;
      json({ message: echo }, 400)(seen, response);
    });
    const failure = String(await failureOf(read(connection(auth))));
    expect(failure).toContain('subject_token=[secret]&');
    expect(failure).toContain('and [secret];');
    expect(failure.replaceAll('[secret]', '')).not.toContain('secret');
  });

  it('include an OIDC token that is empty, which fails the call and sends nothing', async () => {
    const auth: AuthOptions = { kind: 'oidc', clientId: CLIENT_ID, token: async () => ' \n' };
    expect(String(await failureOf(read(connection(auth))))).toContain('oidcTokenFile');
    expect(server.seen).toEqual([]);
  });

  it('pass on the error of an OIDC token that cannot be read', async () => {
    const auth: AuthOptions = {
      kind: 'oidc',
      clientId: CLIENT_ID,
      token: () => Promise.reject(new Error('no such file')),
    };
    await expect(read(connection(auth))).rejects.toThrow('no such file');
  });
});
