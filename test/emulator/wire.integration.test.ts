import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestEmulator, testEmulator } from '../support/emulator.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { until } from '../support/wait.js';

const seed = { apps: [{ id: 'a-1', displayName: 'One' }] };

let clock: VirtualClock;
let emulator: TestEmulator;

beforeEach(async () => {
  clock = new VirtualClock();
  emulator = await testEmulator({ seed, clock });
});
afterEach(() => emulator.close());

describe('a path', () => {
  it.each([
    ['/api/v1/apps/', '/api/v1/apps'],
    ['/api/v1/apps//', '/api/v1/apps'],
    ['/api/v1/apps/%2F', '/api/v1/apps'],
    ['/api/v1/apps/?page_size=10', '/api/v1/apps?page_size=10'],
    ['/api/v1/apps/a-1/connectors/', '/api/v1/apps/a-1/connectors'],
    ['/api/v1/apps//connectors', '/api/v1/apps/connectors'],
  ])('%s is sent on to %s', async (path, location) => {
    for (const method of ['GET', 'POST', 'DELETE']) {
      const answer = await emulator.api(method, path);
      expect(answer.status).toBe(301);
      expect(answer.headers.get('location')).toBe(location);
    }
    expect((await emulator.requests()).map((entry) => entry.status)).toEqual([301, 301, 301]);
  });

  it('outside the API answers 200 with a page of HTML', async () => {
    for (const path of ['/', '/apps/a-1', '/apiv1/apps']) {
      const answer = await emulator.api('GET', path, undefined, null);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toContain('text/html');
      expect(answer.text).toContain('<html');
    }
  });

  it('within the API that nothing is at answers 404 as JSON', async () => {
    for (const path of ['/api/v1/nothing', '/api/v3/apps', '/auth/v1/nothing']) {
      const answer = await emulator.api('GET', path);
      expect(answer.status).toBe(404);
      expect(answer.headers.get('content-type')).toBe('application/json');
      expect(answer.body).toEqual({ code: 5, message: expect.any(String), details: [] });
    }
    expect((await emulator.api('PATCH', '/api/v1/apps/a-1', {})).status).toBe(404);
  });

  it('accepts ids with special characters', async () => {
    const answer = await emulator.api('GET', `/api/v1/apps/${encodeURIComponent('a b/ü')}`);
    expect(answer.status).toBe(404);
    expect(answer.body.message).toContain('a b/ü');
  });
});

describe('a body', () => {
  it('that is no JSON object answers 400', async () => {
    for (const body of ['{', '[]', '"x"']) {
      const answer = await emulator.api('POST', '/api/v1/apps', body);
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({ code: 3 });
    }
  });

  it('may have unknown fields', async () => {
    expect((await emulator.api('POST', '/api/v1/apps', { displayName: 'x', colour: 'red' })).status).toBe(
      200,
    );
    expect(emulator.deviations()).toHaveLength(1);
  });

  it('may be missing where nothing is needed', async () => {
    expect((await emulator.api('POST', '/api/v1/search/apps')).status).toBe(200);
    expect((await emulator.api('POST', '/api/v1/search/apps', '')).status).toBe(200);
  });

  it('that is far too large is refused', async () => {
    const answer = await emulator.api('POST', '/api/v1/apps', { displayName: 'x'.repeat(9_000_000) });
    expect(answer.status).toBe(413);
    expect(answer.body).toMatchObject({ code: 3 });
  });
});

describe('the rate limit', () => {
  it('admits the requests of a second at once and then answers with a Retry-After', async () => {
    await emulator.settings({ requestsPerSecond: 3 });
    const statuses = await Promise.all(
      [1, 2, 3, 4].map(async () => (await emulator.api('GET', '/api/v1/apps')).status),
    );
    expect(statuses.sort()).toEqual([200, 200, 200, 429]);
    const refused = await emulator.api('GET', '/api/v1/apps');
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.body).toMatchObject({ code: 8 });
    await clock.advance(334);
    expect((await emulator.api('GET', '/api/v1/apps')).status).toBe(200);
    expect((await emulator.api('GET', '/api/v1/apps')).status).toBe(429);
  });

  it('counts the token endpoint, and never the emulator’s own', async () => {
    await emulator.settings({ requestsPerSecond: 1 });
    await emulator.api('GET', '/api/v1/apps');
    const form = await fetch(`${emulator.url}/auth/v1/token`, { method: 'POST' });
    expect(form.status).toBe(429);
    expect(await emulator.requests()).toHaveLength(2);
    await emulator.settings({ requestsPerSecond: 0 });
    expect((await emulator.api('GET', '/api/v1/apps')).status).toBe(200);
  });
});

describe('the latency', () => {
  it('holds every answer back, except the emulator’s own', async () => {
    await emulator.settings({ latencyMs: 5_000 });
    let isAnswered = false;
    const call = emulator.api('GET', '/api/v1/apps').then((answer) => {
      isAnswered = true;
      return answer;
    });
    await until(async () => (await emulator.requests()).length === 1, 'the call to arrive');
    await clock.advance(4_999);
    expect(isAnswered).toBe(false);
    await clock.advance(1);
    expect((await call).status).toBe(200);
  });
});

describe('the request log', () => {
  it('has method, path with query, status, mask, principal and time of each call until it is cleared', async () => {
    await emulator.api('GET', '/api/v1/apps?page_size=10');
    await emulator.api('POST', '/api/v1/apps/a-1', { app: { description: 'd' }, updateMask: 'description' });
    await emulator.api('GET', '/api/v1/apps', undefined, 'wrong');
    const time = new Date(clock.now()).toISOString();
    const principal = 'c1sync@acme.example';
    expect(await emulator.requests()).toEqual([
      { method: 'GET', path: '/api/v1/apps?page_size=10', status: 200, mask: null, principal, time },
      { method: 'POST', path: '/api/v1/apps/a-1', status: 200, mask: 'description', principal, time },
      { method: 'GET', path: '/api/v1/apps', status: 401, mask: null, principal: null, time },
    ]);
    await emulator.clearRequests();
    expect(await emulator.requests()).toEqual([]);
  });
});

describe('an answer', () => {
  it('carries the date of the emulator’s own clock', async () => {
    await clock.advance(86_400_000);
    const { headers } = await emulator.api('GET', '/api/v1/apps');
    expect(headers.get('date')).toBe(new Date(clock.now()).toUTCString());
  });
});

describe('closing', () => {
  it('drops calls without an answer', async () => {
    await emulator.faults({ match: 'GET /api/v1/apps', status: 'timeout' });
    const call = emulator.api('GET', '/api/v1/apps');
    const failed = expect(call).rejects.toThrow();
    await until(async () => (await emulator.requests()).length === 1, 'the call to arrive');
    await emulator.close();
    await failed;
    emulator = await testEmulator({ seed });
  });
});
