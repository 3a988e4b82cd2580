import { beforeEach, describe, expect, it } from 'vitest';
import type { TenantAnswer, TenantRequest } from '../../src/emulator/exchange.js';
import { TenantServer } from '../../src/emulator/tenant-server.js';
import { SeededRandom } from '../support/seeded-random.js';
import { VirtualClock } from '../support/virtual-clock.js';

const seed = { apps: [{ id: 'a-1', displayName: 'One' }] };

let clock: VirtualClock;
let tenant: TenantServer;

function make(chance: string): void {
  clock = new VirtualClock();
  tenant = new TenantServer({ seed, clock, random: new SeededRandom(chance) });
}

beforeEach(() => make('one'));

function ask(method: string, path: string, body?: unknown): TenantRequest {
  const headers = { authorization: `Bearer ${tenant.accessToken}`, host: 'acme.example' };
  return { method, path, headers, body: body === undefined ? '' : JSON.stringify(body) };
}

async function answer(method: string, path: string, body?: unknown): Promise<TenantAnswer> {
  const outcome = await tenant.handle(ask(method, path, body));
  if (typeof outcome === 'string') throw new Error(`no answer but ${outcome}`);
  return outcome;
}

/** Everything a short life of the tenant shows: credentials, ids, events, a token, refusals. */
async function life(): Promise<unknown[]> {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: tenant.clientId,
    client_secret: tenant.clientSecret,
  });
  const calls: TenantRequest[] = [
    ask('POST', '/api/v1/apps', { displayName: 'Two' }),
    ask('POST', '/api/v1/apps', { displayName: '' }),
    ask('GET', '/api/v1/apps?page_size=10'),
    ask('POST', '/api/v1/systemlog/events', {}),
    { ...ask('POST', '/auth/v1/token'), body: form.toString() },
    ask('GET', '/_emulator/requests'),
  ];
  const shown: unknown[] = [tenant.clientId, tenant.clientSecret, tenant.accessToken, tenant.userAccessToken];
  for (const call of calls) shown.push(await tenant.handle(call));
  return shown;
}

describe('a tenant without a socket', () => {
  it('answers the same, byte for byte, for the same clock and the same chance', async () => {
    const first = JSON.stringify(await life());
    make('one');
    expect(JSON.stringify(await life())).toBe(first);
    make('two');
    expect(JSON.stringify(await life())).not.toBe(first);
  });

  it('grants a token for its client secret', async () => {
    const granted = (await life())[8] as TenantAnswer;
    expect(granted).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
    expect(JSON.parse(granted.body)).toMatchObject({ token_type: 'Bearer', expires_in: 600 });
  });

  it.each(['timeout', 'reset'] as const)('returns %s for a request without an answer', async (status) => {
    await answer('POST', '/_emulator/faults', { match: 'GET /api/v1/apps', status });
    expect(await tenant.handle(ask('GET', '/api/v1/apps'))).toBe(status);
    expect((await answer('GET', '/api/v1/apps')).status).toBe(200);
    expect(JSON.parse((await answer('GET', '/_emulator/requests')).body)).toMatchObject([
      { status: 0 },
      { status: 200 },
    ]);
  });

  it('keeps the first thousand characters of a path and a mask', async () => {
    const path = `/api/v1/apps/a-1?x=${'y'.repeat(2000)}`;
    await answer('POST', path, { updateMask: 'z'.repeat(2000) });
    const [entry] = JSON.parse((await answer('GET', '/_emulator/requests')).body);
    expect(entry).toMatchObject({ path: path.slice(0, 1000), mask: 'z'.repeat(1000) });
  });

  it('waits by its clock alone', async () => {
    await answer('POST', '/_emulator/settings', { latencyMs: 3_600_000 });
    const waiting = tenant.handle(ask('GET', '/api/v1/apps'));
    await clock.advance(3_600_000);
    expect(await waiting).toMatchObject({ status: 200 });
  });

  it('refuses a path that cannot be decoded', async () => {
    expect(await answer('GET', '/api/v1/apps/%E0%A4%A')).toMatchObject({ status: 400 });
  });

  it('prefers a literal segment of the path to an id', async () => {
    const created = await answer('POST', '/api/v1/apps/a-1/connectors/create', {});
    expect(JSON.parse(created.body)).toMatchObject({ code: 2, message: 'catalog_id is required' });
  });
});
