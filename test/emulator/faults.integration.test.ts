import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestEmulator, testEmulator } from '../support/emulator.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { until } from '../support/wait.js';

const seed = {
  apps: Array.from({ length: 15 }, (_, index) => ({ id: `a-${index}`, displayName: `App ${index}` })),
};

let clock: VirtualClock;
let emulator: TestEmulator;

beforeEach(async () => {
  clock = new VirtualClock();
  emulator = await testEmulator({ seed, clock });
});
afterEach(() => emulator.close());

const describeApp = () =>
  emulator.api('POST', '/api/v1/apps/a-1', { app: { description: 'new' }, updateMask: 'description' });

async function description(): Promise<unknown> {
  const { apps } = await emulator.state();
  return apps.find((app) => app.id === 'a-1')?.description;
}

describe('a fault', () => {
  it('breaks the given number of calls, before they take effect', async () => {
    await emulator.faults({ match: 'POST /api/v1/apps/*', times: 2, status: 503 });
    for (const status of [503, 503]) {
      const answer = await describeApp();
      expect(answer.status).toBe(status);
      expect(answer.headers.get('content-type')).toBe('application/json');
      expect(answer.body).toMatchObject({ code: 14, details: [] });
      expect(await description()).toBe('');
    }
    expect((await describeApp()).status).toBe(200);
    expect(await description()).toBe('new');
  });

  it('after the work breaks only the answer', async () => {
    await emulator.faults({ match: 'POST /api/v1/apps/*', status: 500, after: 'apply' });
    expect((await describeApp()).status).toBe(500);
    expect(await description()).toBe('new');
    expect((await emulator.requests())[0]).toMatchObject({ status: 500, mask: 'description' });
  });

  it('may answer 409 for an object that was made', async () => {
    await emulator.faults({ match: 'POST /api/v1/apps', status: 409, after: 'apply' });
    const answer = await emulator.api('POST', '/api/v1/apps', { displayName: 'Twice' });
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ code: 10 });
    expect((await emulator.state()).apps.at(-1)).toMatchObject({ displayName: 'Twice' });
  });

  it.each(['timeout', 'reset', 'html', 409] as const)(
    'with a delay and %s commits later too',
    async (status) => {
      const fault = { match: 'POST /api/v1/apps', status, after: 'apply', delayMs: 90_000 } as const;
      await emulator.faults(fault);
      const stop = new AbortController();
      const call = fetch(`${emulator.url}/api/v1/apps`, {
        method: 'POST',
        signal: stop.signal,
        headers: { authorization: `Bearer ${emulator.accessToken}` },
        body: JSON.stringify({ displayName: 'Late' }),
      }).catch(() => undefined);
      await until(
        async () => (await emulator.requests()).length === 1 && clock.pending > 0,
        'the call to arrive',
      );
      expect((await emulator.state()).apps).toHaveLength(15);
      await clock.advance(90_000);
      expect((await emulator.state()).apps).toHaveLength(16);
      stop.abort();
      await call;
    },
  );

  it('with a delay commits the work that much later', async () => {
    await emulator.faults({ match: 'POST /api/v1/apps', status: 504, after: 'apply', delayMs: 30_000 });
    expect((await emulator.api('POST', '/api/v1/apps', { displayName: 'Late' })).status).toBe(504);
    await clock.advance(29_999);
    expect((await emulator.state()).apps).toHaveLength(15);
    await clock.advance(1);
    expect((await emulator.state()).apps).toHaveLength(16);
  });

  it('commits nothing later if the operation is refused', async () => {
    await emulator.faults({ match: 'POST /api/v1/apps/*', status: 504, after: 'apply', delayMs: 1_000 });
    await describeApp();
    await emulator.api('DELETE', '/api/v1/apps/a-1');
    await clock.advance(1_000);
    expect((await emulator.api('GET', '/api/v1/apps')).status).toBe(200);
  });

  it('may drop the connection', async () => {
    await emulator.faults({ match: 'POST /api/v1/apps/*', status: 'reset', after: 'apply' });
    await expect(describeApp()).rejects.toThrow('fetch failed');
    expect(await description()).toBe('new');
  });

  it('may never answer', async () => {
    await emulator.faults({ match: 'POST /api/v1/apps/a-1', status: 'timeout', after: 'apply' });
    const stop = new AbortController();
    const call = fetch(`${emulator.url}/api/v1/apps/a-1`, {
      method: 'POST',
      signal: stop.signal,
      headers: { authorization: `Bearer ${emulator.accessToken}` },
      body: JSON.stringify({ app: { description: 'new' } }),
    });
    const failed = expect(call).rejects.toThrow();
    await until(async () => (await description()) === 'new', 'the work to be done');
    expect((await emulator.requests())[0]).toMatchObject({ status: 0 });
    stop.abort();
    await failed;
  });

  it('may answer 200 with a page', async () => {
    await emulator.faults({ match: 'GET /api/v1/apps', status: 'html' });
    const answer = await emulator.api('GET', '/api/v1/apps');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain('text/html');
  });

  it.each([
    [429, 7, '7'],
    [429, 'Wed, 21 Oct 2026 07:28:00 GMT', 'Wed, 21 Oct 2026 07:28:00 GMT'],
    [401, '3', '3'],
  ])('may answer %i with Retry-After %j', async (status, retryAfter, header) => {
    await emulator.faults({ match: '* /api/*', status, retryAfter });
    const answer = await emulator.api('GET', '/api/v1/policies');
    expect(answer.status).toBe(status);
    expect(answer.headers.get('retry-after')).toBe(header);
  });

  it('may have a code and a message of its own', async () => {
    await emulator.faults({
      match: 'GET /api/v1/apps',
      status: 500,
      code: 2,
      message: 'user_id is required',
    });
    const answer = await emulator.api('GET', '/api/v1/apps');
    expect(answer.body).toEqual({ code: 2, message: 'user_id is required', details: [] });
  });

  it('matches the query only with a query of its own', async () => {
    await emulator.faults({ match: 'GET /api/v1/apps?*page_token=*', status: 500 });
    const first = await emulator.api('GET', '/api/v1/apps?page_size=10');
    expect(first.status).toBe(200);
    const second = `/api/v1/apps?page_size=10&page_token=${first.body.nextPageToken}`;
    expect((await emulator.api('GET', second)).status).toBe(500);
    expect((await emulator.api('GET', second)).status).toBe(200);
    await emulator.faults({ match: 'GET /api/v1/apps', status: 500 });
    expect((await emulator.api('GET', second)).status).toBe(500);
  });

  it('leaves other calls alone', async () => {
    await emulator.faults({ match: 'POST /api/v1/apps/*', status: 500 });
    expect((await emulator.api('GET', '/api/v1/apps/a-1')).status).toBe(200);
    expect((await emulator.api('POST', '/api/v1/apps', { displayName: 'x' })).status).toBe(200);
    expect((await describeApp()).status).toBe(500);
  });

  it('hits the token endpoint too', async () => {
    await emulator.faults({ match: 'POST /auth/v1/token', status: 429, retryAfter: 2 });
    const answer = await emulator.api('POST', '/auth/v1/token');
    expect(answer.status).toBe(429);
    expect(answer.headers.get('retry-after')).toBe('2');
  });

  it('can be listed, cleared, and armed several at a time', async () => {
    const faults = ['GET /api/v1/apps', 'GET /api/v1/users'].map((match) => ({ match, status: 500 }));
    expect((await emulator.api('POST', '/_emulator/faults', faults)).status).toBe(200);
    const armed = await emulator.api('GET', '/_emulator/faults');
    expect(JSON.parse(armed.text)).toMatchObject(faults);
    await emulator.clearFaults();
    expect((await emulator.api('GET', '/api/v1/apps')).status).toBe(200);
  });

  it.each([
    [{ match: '/api/v1/apps', status: 500 }, 'match'],
    [{ match: 'GET /api/v1/apps', status: 'slow' }, 'status'],
    [{ match: 'GET /api/v1/apps', status: 500, times: 0 }, 'times'],
    [{ match: 'GET /api/v1/apps', status: 500, wen: 'after' }, 'wen'],
  ])('that is invalid is refused: %j', async (fault, place) => {
    const answer = await emulator.api('POST', '/_emulator/faults', fault);
    expect(answer.status).toBe(400);
    expect(answer.body.message).toContain(place);
  });
});
