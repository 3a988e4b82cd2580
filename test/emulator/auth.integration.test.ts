import { createPublicKey } from 'node:crypto';
import { exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startEmulator } from '../../src/emulator/index.js';
import { type TestEmulator, testEmulator } from '../support/emulator.js';
import { VirtualClock } from '../support/virtual-clock.js';

const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const JWT = 'urn:ietf:params:oauth:token-type:jwt';

type Claims = Record<string, unknown>;
type Key = Parameters<SignJWT['sign']>[0];

let clock: VirtualClock;
let emulator: TestEmulator;

beforeEach(async () => {
  clock = new VirtualClock();
  emulator = await testEmulator({ clock });
});
afterEach(() => emulator.close());

interface Grant {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function grant(form: Record<string, string>, headers: Record<string, string> = {}): Promise<Grant> {
  const response = await fetch(`${emulator.url}/auth/v1/token`, {
    method: 'POST',
    headers,
    body: new URLSearchParams(form),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const secretForm = (): Record<string, string> => ({
  grant_type: 'client_credentials',
  client_id: emulator.clientId,
  client_secret: emulator.clientSecret,
});

const jwkOf = (secret: string): Record<string, string> =>
  JSON.parse(Buffer.from(secret.split(':')[3] ?? '', 'base64url').toString());

/** The assertion the vendor's clients make, changed by `claims`. */
async function assertionForm(claims: Claims = {}, key?: Key): Promise<Record<string, string>> {
  const seconds = clock.now() / 1000;
  const assertion = await new SignJWT({
    iss: emulator.clientId,
    sub: emulator.clientId,
    aud: ['127.0.0.1'],
    iat: seconds,
    nbf: seconds - 120,
    exp: seconds + 120,
    ...claims,
  })
    .setProtectedHeader({ alg: 'EdDSA', nonce: 'cmFuZG9t' })
    .sign(key ?? (await importJWK(jwkOf(emulator.clientSecret), 'EdDSA')));
  return {
    grant_type: 'client_credentials',
    client_id: emulator.clientId,
    client_assertion_type: ASSERTION,
    client_assertion: assertion,
  };
}

async function subjectForm(claims: Claims, key?: Key): Promise<Record<string, string>> {
  const signer = key ?? (await generateKeyPair('ES256')).privateKey;
  const alg = key === undefined ? 'ES256' : 'EdDSA';
  return {
    grant_type: EXCHANGE,
    client_id: emulator.clientId,
    subject_token_type: JWT,
    subject_token: await new SignJWT(claims).setProtectedHeader({ alg }).sign(signer),
  };
}

const subject = (): Claims => ({
  iss: 'https://kubernetes.example',
  sub: 'system:serviceaccount:c1sync:c1sync',
  exp: clock.now() / 1000 + 3600,
});

describe('the client', () => {
  it('has an id that names the host and a secret that holds a private Ed25519 key', () => {
    expect(emulator.clientId).toMatch(/^[a-z0-9-]+@127\.0\.0\.1:\d+\/[a-z]+$/);
    expect(emulator.clientSecret).toMatch(/^secret-token:conductorone\.com:v1:[\w-]+$/);
    const jwk = jwkOf(emulator.clientSecret);
    expect(Object.keys(jwk).sort()).toEqual(['crv', 'd', 'kty', 'x']);
    expect(createPublicKey({ key: jwk, format: 'jwk' }).asymmetricKeyType).toBe('ed25519');
  });

  it('carries another tenant host where one is asked for', async () => {
    const other = await startEmulator({ tenantHost: 'acme.conductor.one' });
    try {
      expect(other.clientId).toMatch(/@acme\.conductor\.one\//);
    } finally {
      await other.close();
    }
  });
});

describe('the token endpoint', () => {
  it('accepts the client secret in the body and returns a bearer token for ten minutes', async () => {
    const { status, body } = await grant(secretForm());
    expect(status).toBe(200);
    expect(body).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 600 });
    const token = String(body.access_token);
    const path = '/api/v1/auth/introspect';
    expect((await emulator.api('GET', path, undefined, token)).status).toBe(200);
    await clock.advance(599_000);
    expect((await emulator.api('GET', path, undefined, token)).status).toBe(200);
    await clock.advance(1_000);
    const late = await emulator.api('GET', path, undefined, token);
    expect(late.status).toBe(401);
    expect(late.body).toMatchObject({ code: 16, details: [] });
  });

  it('refuses the client secret in the headers', async () => {
    const basic = Buffer.from(`${emulator.clientId}:${emulator.clientSecret}`).toString('base64');
    const { status } = await grant({ grant_type: 'client_credentials' }, { authorization: `Basic ${basic}` });
    expect(status).toBe(400);
  });

  it.each([
    ['another secret', { client_secret: 'secret-token:conductorone.com:v1:e30' }, 401],
    ['another client', { client_id: 'someone@127.0.0.1/pcc' }, 401],
    ['another grant', { grant_type: 'password' }, 400],
  ])('refuses %s', async (_name, change, status) => {
    const answer = await grant({ ...secretForm(), ...change });
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ error: expect.any(String), message: expect.any(String) });
    expect(JSON.stringify(answer.body)).not.toContain(emulator.clientSecret);
  });

  it('accepts a signed assertion with an audience as a string or a list of one', async () => {
    expect((await grant(await assertionForm())).status).toBe(200);
    expect((await grant(await assertionForm({ aud: '127.0.0.1' }))).status).toBe(200);
  });

  it('accepts the host in the client id and the host of the request as audience', async () => {
    const other = await testEmulator({ clock, tenantHost: 'acme.conductor.one' });
    await emulator.close();
    emulator = other;
    expect((await grant(await assertionForm({ aud: 'acme.conductor.one' }))).status).toBe(200);
    expect((await grant(await assertionForm({ aud: '127.0.0.1' }))).status).toBe(200);
    expect((await grant(await assertionForm({ aud: 'other.conductor.one' }))).status).toBe(401);
  });

  it.each([
    ['an audience with a port', (): Claims => ({ aud: new URL(emulator.url).host })],
    ['two audiences', (): Claims => ({ aud: ['127.0.0.1', 'acme.conductor.one'] })],
    ['another issuer', (): Claims => ({ iss: 'someone' })],
    ['another subject', (): Claims => ({ sub: 'someone' })],
    ['no end', (): Claims => ({ exp: undefined })],
    ['an end more than five minutes ahead', (): Claims => ({ exp: clock.now() / 1000 + 301 })],
    ['an end in the past', (): Claims => ({ exp: clock.now() / 1000 - 1 })],
    ['a start in the future', (): Claims => ({ nbf: clock.now() / 1000 + 60 })],
  ])('refuses an assertion with %s', async (_name, claims) => {
    expect((await grant(await assertionForm(claims()))).status).toBe(401);
  });

  it('refuses an assertion signed with another key', async () => {
    const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
    expect((await grant(await assertionForm({}, privateKey))).status).toBe(401);
  });

  it('refuses an assertion of another type', async () => {
    const form = { ...(await assertionForm()), client_assertion_type: 'jwt' };
    expect((await grant(form)).status).toBe(400);
  });

  it('exchanges an OIDC token', async () => {
    const { status, body } = await grant(await subjectForm(subject()));
    expect(status).toBe(200);
    const { body: who } = await emulator.api(
      'GET',
      '/api/v1/auth/introspect',
      undefined,
      String(body.access_token),
    );
    const own = await emulator.api('GET', '/api/v1/auth/introspect');
    expect(who.userId).toBe(own.body.userId);
  });

  it.each([
    ['has expired', (): Claims => ({ ...subject(), exp: clock.now() / 1000 })],
    ['is not valid yet', (): Claims => ({ ...subject(), nbf: clock.now() / 1000 + 60 })],
    ['lacks an end', (): Claims => ({ ...subject(), exp: undefined })],
    ['lacks a subject', (): Claims => ({ ...subject(), sub: undefined })],
  ])('refuses an OIDC token that %s', async (_name, claims) => {
    expect((await grant(await subjectForm(claims()))).status).toBe(401);
  });

  it('refuses a subject token that is no JWT, or unsigned', async () => {
    const form = await subjectForm(subject());
    expect((await grant({ ...form, subject_token: 'opaque' })).status).toBe(401);
    const [, payload] = form.subject_token?.split('.') ?? [];
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    expect((await grant({ ...form, subject_token: `${none}.${payload}.` })).status).toBe(401);
    expect((await grant({ ...form, subject_token_type: 'saml' })).status).toBe(400);
  });

  it('checks issuer and signature where issuers are trusted', async () => {
    const trusted = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    const stranger = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    const keys = { keys: [await exportJWK(trusted.publicKey)] };
    await emulator.close();
    emulator = await testEmulator({ clock, trustedIssuers: { 'https://kubernetes.example': keys } });
    expect((await grant(await subjectForm(subject(), trusted.privateKey))).status).toBe(200);
    expect((await grant(await subjectForm(subject(), stranger.privateKey))).status).toBe(401);
    const elsewhere = { ...subject(), iss: 'https://other.example' };
    expect((await grant(await subjectForm(elsewhere, trusted.privateKey))).status).toBe(401);
  });

  it('is in the request log, without what was sent', async () => {
    await grant(secretForm());
    const [entry] = await emulator.requests();
    expect(entry).toMatchObject({ method: 'POST', path: '/auth/v1/token', status: 200, principal: null });
    expect(JSON.stringify(entry)).not.toContain('secret-token');
  });
});

describe('a call of the API', () => {
  it.each([
    ['without a token', null],
    ['with an unknown token', 'unknown'],
  ])('is refused %s', async (_name, token) => {
    const answer = await emulator.api('GET', '/api/v1/apps', undefined, token);
    expect(answer.status).toBe(401);
    expect(answer.body).toEqual({ code: 16, message: expect.any(String), details: [] });
    expect(answer.headers.get('content-type')).toBe('application/json');
  });

  it('acts as one of two principals, both of them users', async () => {
    const service = await emulator.api('GET', '/api/v1/auth/introspect');
    const person = await emulator.api('GET', '/api/v1/auth/introspect', undefined, emulator.userAccessToken);
    const types: unknown[] = [];
    for (const { body } of [service, person]) {
      const { status, body: found } = await emulator.api('GET', `/api/v1/users/${body.userId}`);
      expect(status).toBe(200);
      types.push(found);
    }
    expect(types).toMatchObject([
      { userView: { user: { email: 'c1sync@acme.example', type: 'USER_TYPE_SERVICE' } } },
      { userView: { user: { email: 'alice@acme.example', type: 'USER_TYPE_HUMAN' } } },
    ]);
    expect((await emulator.requests()).map((entry) => entry.principal)).toContain('alice@acme.example');
  });

  it('keeps the tokens of the start valid', async () => {
    await clock.advance(86_400_000);
    expect((await emulator.api('GET', '/api/v1/apps')).status).toBe(200);
  });
});
