import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createReader, createWriter } from '../../src/c1/client.js';
import type { ConnectOptions } from '../../src/c1/connection.js';
import { ApiError } from '../../src/c1/errors.js';
import { systemLog } from '../../src/c1/systemlog.js';
import { ChangeLog } from '../../src/core/drift/change-log.js';
import { Redactor } from '../../src/core/redact/redactor.js';
import type { Message, Transport } from '../../src/http/exchange.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { connectTo, drive, failureOf } from './setup.js';

const CHUNK = 64 * 1024;
const MIB = 1024 * 1024;

/** A tenant that answers with a JSON object of so many bytes, and counts those that are asked for. */
class Endless {
  read = 0;
  ended = 0;
  readonly messages: Message[] = [];
  bytes = 1_000 * MIB;
  headers: Record<string, string> = {};
  status = 200;

  readonly transport: Transport = async (message) => {
    this.messages.push(message);
    return { status: this.status, headers: new Headers(this.headers), body: this.#body() };
  };

  async *#body(): AsyncGenerator<Uint8Array> {
    try {
      yield Buffer.from('{"list":[],"pad":"');
      for (let left = this.bytes; left > 0; left -= CHUNK) {
        this.read += CHUNK;
        yield Buffer.alloc(CHUNK, 'x');
      }
      yield Buffer.from('"}');
    } finally {
      this.ended += 1;
    }
  }
}

let tenant: Endless;
let clock: VirtualClock;
beforeEach(() => {
  tenant = new Endless();
  clock = new VirtualClock();
});

const connection = (options: Partial<ConnectOptions> = {}) =>
  connectTo('https://acme.conductor.one', { transport: tenant.transport, clock, ...options });

describe('an answer', () => {
  it('is read up to 16 MiB; the rest is never asked for, and a read is not tried again', async () => {
    const error = await failureOf(createReader(connection()).get('/api/v1/apps/a-1'));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ effect: 'none', terminal: true, isOversize: true });
    expect(String(error)).toContain('the answer is larger than 16384 KiB');
    expect(tenant.read).toBeLessThanOrEqual(16 * MIB + CHUNK);
    expect([tenant.messages.length, tenant.ended]).toEqual([1, 1]);
  });

  it('to a write leaves the outcome unknown when it is larger than is read', async () => {
    const error = await failureOf(createWriter(connection()).send('POST', '/api/v1/apps', {}));
    expect(error).toMatchObject({ effect: 'unknown', isOversize: true });
    expect(tenant.messages).toHaveLength(1);
  });

  it('just below the bound is read whole', async () => {
    tenant.bytes = 15 * MIB;
    const answer = await createReader(connection()).get('/api/v1/apps/a-1');
    expect(String(answer.pad)).toHaveLength(15 * MIB);
  });

  it('of the token endpoint is read up to 64 KiB', async () => {
    const auth = { kind: 'client', clientId: 'fox@acme.conductor.one/pcc', clientSecret: 'hush' } as const;
    const error = await failureOf(createReader(connection({ auth })).get('/api/v1/apps/a-1'));
    expect(error).toMatchObject({ path: '/auth/v1/token', isOversize: true });
    expect(tenant.read).toBeLessThanOrEqual(2 * CHUNK);
  });
});

describe('a page of the system log', () => {
  it('is small, is read up to 4 MiB, and is skipped when larger: a full sweep replaces it', async () => {
    const to = connection();
    const log = new ChangeLog(
      systemLog(createReader(to), new Redactor(), ['Connector']),
      clock,
      () => undefined,
    );
    const began = clock.now();
    await clock.advance(60_000);
    expect(await drive(clock, to, log.poll())).toEqual({ changed: new Map(), behind: true });
    expect(tenant.read).toBeLessThanOrEqual(4 * MIB + CHUNK);
    tenant.bytes = 0;
    expect(await drive(clock, to, log.poll())).toEqual({ changed: new Map(), behind: false });
    const asked = tenant.messages.map(({ body = '{}' }) => JSON.parse(body));
    expect(asked.map(({ pageSize }) => pageSize)).toEqual([50, 50]);
    expect(asked.map(({ since }) => Date.parse(since) - began)).toEqual([-5_000, 55_000]);
  });
});

describe('a pause that the tenant asks for', () => {
  beforeEach(() => {
    tenant.status = 429;
    tenant.bytes = 0;
  });
  afterEach(() => expect(clock.pending).toBe(0));

  const pauseOf = async (retryAfter: string, options: Partial<ConnectOptions> = {}): Promise<number> => {
    tenant.headers = { 'retry-after': retryAfter };
    const to = connection(options);
    await failureOf(createReader(to).get('/api/v1/apps/a-1'));
    return (to.budget().pausedUntil ?? clock.now()) - clock.now();
  };

  it.each([
    ['100000', 900_000],
    ['9'.repeat(300), 900_000],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 900_000],
  ])('is believed up to 15 minutes: %.40s', async (text, ms) => {
    expect(await pauseOf(text)).toBe(ms);
  });

  it('is believed up to the setting', async () => {
    expect(await pauseOf('100000', { maxPauseMs: 200_000 })).toBe(200_000);
  });

  it('lasts as long whichever way the clock is stepped', async () => {
    tenant.headers = { 'retry-after': '600' };
    const to = connection();
    await failureOf(createReader(to).get('/api/v1/apps/a-1'));
    for (const ms of [3_600_000, -7_200_000]) {
      clock.step(ms);
      expect(to.budget().pausedUntil).toBe(clock.now() + 600_000);
    }
  });
});
