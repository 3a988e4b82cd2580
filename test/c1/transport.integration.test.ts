import { beforeEach, describe, expect, it } from 'vitest';
import { type Connection, connect } from '../../src/c1/connection.js';
import { TenantServer } from '../../src/emulator/tenant-server.js';
import { SeededRandom } from '../support/seeded-random.js';
import { tenantTransport } from '../support/tenant-transport.js';
import { VirtualClock } from '../support/virtual-clock.js';

const seed = { apps: [{ id: 'a-1', displayName: 'One' }] };

let clock: VirtualClock;
let tenant: TenantServer;
let connection: Connection;

beforeEach(() => {
  clock = new VirtualClock();
  const random = new SeededRandom('transport');
  tenant = new TenantServer({ seed, clock, random, tenantHost: 'acme.conductor.one' });
  const { clientId, clientSecret } = tenant;
  connection = connect({
    url: 'https://acme.conductor.one',
    auth: { kind: 'client', clientId, clientSecret },
    requestsPerSecond: 10,
    concurrency: 5,
    timeoutMs: 30_000,
    version: 'test',
    clock,
    random,
    transport: tenantTransport(tenant),
  });
});

const getApp = (): Promise<unknown> =>
  connection.request({ method: 'GET', path: '/api/v1/apps/a-1', repeatable: true });

async function fault(status: 'timeout' | 'reset', times: number): Promise<void> {
  const body = JSON.stringify({ match: 'GET /api/v1/apps/*', status, times });
  await tenant.handle({ method: 'POST', path: '/_emulator/faults', headers: {}, body });
}

/** Moves the clock until `work` is settled, slowly enough for a signature to be made before it has expired. */
async function passing<T>(work: Promise<T>): Promise<T> {
  let isSettled = false;
  const settle = (): void => {
    isSettled = true;
  };
  work.then(settle, settle);
  while (!isSettled) {
    await clock.advance(100);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return work;
}

describe('a client on a transport of its own', () => {
  it('signs in and reads without a socket', async () => {
    expect(await passing(getApp())).toMatchObject({ app: { displayName: 'One' } });
    expect(connection.requests).toBe(2);
  });

  it('times out by its clock alone', async () => {
    await passing(getApp());
    await fault('timeout', 3);
    const startedAt = clock.now();
    await expect(passing(getApp())).rejects.toMatchObject({ name: 'ApiError', terminal: false });
    const tookMs = clock.now() - startedAt;
    expect(tookMs).toBeGreaterThan(90_000);
    expect(tookMs).toBeLessThan(100_000);
  });

  it('tries again after a dropped connection', async () => {
    await passing(getApp());
    await fault('reset', 2);
    expect(await passing(getApp())).toMatchObject({ app: { id: 'a-1' } });
  });
});
