import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createReader, createWriter } from '../../src/c1/client.js';
import type { Connection, ConnectOptions, ObservedCall } from '../../src/c1/connection.js';
import { ApiError, isNotFound } from '../../src/c1/errors.js';
import { TerminalError } from '../../src/core/model/errors.js';
import { Redactor } from '../../src/core/redact/redactor.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { until } from '../support/wait.js';
import { halfAnswer, json, type Responder, reset, ScriptedServer, silence, text } from './scripted-server.js';
import { connectTo, drive, failureOf } from './setup.js';

const HOUR = 3_600_000;

let server: ScriptedServer;
let clock: VirtualClock;

beforeEach(async () => {
  server = await ScriptedServer.start();
  clock = new VirtualClock();
});
afterEach(() => server.stop());

function virtual(options: Partial<ConnectOptions> = {}): Connection {
  return connectTo(server.url, { clock, ...options });
}

/** Reads once; gives the outcome. */
function read(connection: Connection): Promise<unknown> {
  return drive(clock, connection, createReader(connection).get('/api/v1/apps/a1'));
}

/** Writes once; gives the outcome. */
function write(connection: Connection, body = {}): Promise<unknown> {
  return drive(clock, connection, createWriter(connection).send('POST', '/api/v1/apps/a1', body));
}

describe('a request', () => {
  it('names the client, the accepted and the sent content type', async () => {
    server.script(json({ app: { id: 'a1', userCount: '3', unknownField: ['x'], grade: 'NEW_ENUM_VALUE' } }));
    const connection = connectTo(server.url);
    const answer = await createWriter(connection).send('POST', '/api/v1/apps/a1', { updateMask: 'x' });
    expect(answer).toEqual({
      app: { id: 'a1', userCount: '3', unknownField: ['x'], grade: 'NEW_ENUM_VALUE' },
    });
    expect(server.seen[0]).toMatchObject({
      method: 'POST',
      url: '/api/v1/apps/a1',
      body: '{"updateMask":"x"}',
      headers: {
        authorization: 'Bearer static-access-token',
        'content-type': 'application/json',
        accept: 'application/json',
        'user-agent': 'c1sync/9.9.9',
      },
    });
  });

  it('is observed without the secrets in its path', async () => {
    server.script(json({}));
    const paths: string[] = [];
    const redactor = new Redactor(['planted-value-4711']);
    const connection = connectTo(server.url, { redactor, observe: ({ path }) => paths.push(path) });
    await createReader(connection).get('/api/v1/apps/planted-value-4711');
    expect(paths).toEqual(['/api/v1/apps/[secret]']);
  });

  it('carries the query that was given, encoded, and an empty object where a write has no body', async () => {
    const connection = connectTo(server.url);
    await createReader(connection).get('/api/v1/apps', {
      query: { page_size: 10, q: 'a&b', left: undefined },
    });
    await createWriter(connection).send('DELETE', '/api/v1/apps/a1');
    expect(server.seen.map(({ url, body }) => ({ url, body }))).toEqual([
      { url: '/api/v1/apps?page_size=10&q=a%26b', body: '' },
      { url: '/api/v1/apps/a1', body: '{}' },
    ]);
  });

  it('is counted and observed, each try by itself and without its query', async () => {
    const calls: ObservedCall[] = [];
    server.script(json({}, 503), json({}));
    const connection = virtual({ observe: (call) => calls.push(call) });
    const reader = createReader(connection);
    await drive(clock, connection, reader.get('/api/v1/apps', { query: { secret: 'x' } }));
    expect(reader.requests).toBe(2);
    expect(calls).toMatchObject([
      { method: 'GET', path: '/api/v1/apps', status: 503, attempt: 1 },
      { method: 'GET', path: '/api/v1/apps', status: 200, attempt: 2 },
    ]);
  });

  it('never leaves the host or the path it was meant for', async () => {
    const reader = createReader(connectTo(server.url));
    for (const path of ['//127.0.0.1:1/x', '/api/v1/apps/', '/api/v1/apps//connectors', '/api/../auth']) {
      await expect(reader.get(path)).rejects.toThrow('not a path of the API');
    }
    expect(server.seen).toEqual([]);
  });

  it('may share its signal with many others, and leaves nothing on it', async () => {
    const warnings: string[] = [];
    const note = (warning: Error): void => void warnings.push(warning.name);
    process.on('warning', note);
    const { signal } = new AbortController();
    const reader = createReader(connectTo(server.url, { concurrency: 40 }));
    await Promise.all(Array.from({ length: 60 }, (_, id) => reader.get(`/api/v1/apps/${id}`, { signal })));
    process.off('warning', note);
    expect(warnings).toEqual([]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('shows the clock of the server', async () => {
    server.script(json({}, 200, { date: 'Thu, 01 Jan 2026 00:10:00 GMT' }));
    const connection = virtual();
    expect(connection.serverTime()).toBeUndefined();
    const at = clock.now();
    await createReader(connection).get('/api/v1/apps');
    expect(connection.serverTime()).toEqual({ at, server: Date.parse('2026-01-01T00:10:00Z') });
  });
});

describe('a lease', () => {
  it('is asked after the budget was waited for, and nothing is sent once it is lost', async () => {
    const connection = virtual({ requestsPerSecond: 1 });
    let isHeld = true;
    connection.fence({
      stillHeld: () => isHeld,
      renew: async () => {
        throw new TerminalError('the lock is not held');
      },
    });
    await read(connection);
    const second = write(connection);
    isHeld = false;
    await expect(second).rejects.toThrow('the lock is not held');
    expect(server.seen).toHaveLength(1);
    expect(connection.budget().inFlight).toBe(0);
  });

  it('that ran out while the process was stopped is renewed before anything is sent', async () => {
    const connection = virtual();
    const seen: number[] = [];
    let isHeld = false;
    connection.fence({
      stillHeld: () => isHeld,
      renew: async () => {
        seen.push(server.seen.length);
        isHeld = true;
      },
    });
    await write(connection);
    expect(seen).toEqual([0]);
    expect(server.seen).toHaveLength(1);
  });
});

describe('the message of a failure', () => {
  const refusals: [number, { terminal: boolean; onWrite: 'none' | 'unknown' }][] = [
    [400, { terminal: true, onWrite: 'none' }],
    [401, { terminal: true, onWrite: 'none' }],
    [403, { terminal: true, onWrite: 'none' }],
    [404, { terminal: true, onWrite: 'none' }],
    [405, { terminal: true, onWrite: 'unknown' }],
    [408, { terminal: false, onWrite: 'unknown' }],
    [409, { terminal: false, onWrite: 'unknown' }],
    [412, { terminal: true, onWrite: 'unknown' }],
    [422, { terminal: true, onWrite: 'none' }],
    [499, { terminal: false, onWrite: 'unknown' }],
    [500, { terminal: false, onWrite: 'unknown' }],
    [503, { terminal: false, onWrite: 'unknown' }],
  ];

  it.each(refusals)('%d', async (status, { terminal, onWrite }) => {
    server.script(json({ code: 7, message: 'not today', details: [] }, status));
    const connection = virtual();
    const wrote = await failureOf(write(connection));
    expect(wrote).toBeInstanceOf(ApiError);
    expect(wrote).toMatchObject({ status, code: 7, terminal, effect: onWrite, method: 'POST' });
    expect(wrote).toMatchObject({
      path: '/api/v1/apps/a1',
      message: expect.stringMatching(new RegExp(`^POST /api/v1/apps/a1 answered ${status}: not today`)),
    });
    expect(await failureOf(read(connection))).toMatchObject({ status, terminal, effect: 'none' });
    expect(isNotFound(wrote)).toBe(status === 404);
  });

  it.each<[string, Responder]>([
    ['a page', text('<p>Forbidden', 403, { 'content-type': 'text/html' })],
    ['nothing', text('', 404)],
    ['JSON of a proxy', json({ error: 'too many requests' }, 429)],
    ['JSON of a gateway', json({ message: 'no route' }, 404)],
    ['a redirect', json({}, 302, { location: '/sign-in' })],
  ])('%s is not an answer of the API to a write: the effect is unknown', async (_what, responder) => {
    server.script(responder);
    const connection = virtual();
    expect(await failureOf(write(connection))).toMatchObject({ effect: 'unknown', isAnswered: false });
    expect(server.seen).toHaveLength(1);
    const failure = await failureOf(read(connection));
    expect(failure).toMatchObject({ effect: 'none' });
    expect(isNotFound(failure)).toBe(false);
  });

  it.each<[string, Responder, string]>([
    [
      'HTML',
      text('<!doctype html><p>Sign in', 200, { 'content-type': 'text/html' }),
      'with HTML instead of JSON',
    ],
    ['nothing', text('', 200), 'with an empty body'],
    ['a list', json([1]), 'with something that is not a JSON object'],
    ['null', json(null), 'with something that is not a JSON object'],
    ['half an object', text('{"list": ['), 'with something that is not a JSON object'],
    ['another success', json({}, 201), 'answered 201, and only 200 is a success'],
    ['no content', text('', 204), 'answered 204, and only 200 is a success'],
  ])('a 200 with %s is no success', async (_what, responder, words) => {
    server.script(responder);
    const connection = virtual();
    expect(await failureOf(write(connection))).toMatchObject({
      message: expect.stringContaining(words),
      terminal: false,
      effect: 'unknown',
    });
    expect(server.seen).toHaveLength(1);
    expect(await failureOf(read(connection))).toMatchObject({ terminal: false, effect: 'none' });
    expect(server.seen).toHaveLength(4);
  });

  it.each([301, 302, 307, 308])('a redirect (%d) is not followed', async (status) => {
    server.script(json({}, status, { location: `${server.url}/api/v1/apps?secret=1` }), json({ list: [] }));
    const connection = virtual();
    const failure = await failureOf(read(connection));
    expect(failure).toMatchObject({ status, terminal: true, effect: 'none' });
    expect(failure).toMatchObject({
      message: expect.stringContaining(`a redirect to ${server.url}/api/v1/apps,`),
    });
    expect(server.seen).toHaveLength(1);
  });

  it.each<Record<string, string>>([{}, { location: '' }, { location: '?secret=1' }])(
    'a redirect to nowhere (%j) is not followed',
    async (headers) => {
      server.script(json({}, 302, headers));
      const message = expect.stringMatching(
        /answered 302: .*a redirect, which is not followed; check tenant\.url$/,
      );
      expect(await failureOf(read(virtual()))).toMatchObject({ terminal: true, message });
    },
  );

  it('leaves a message out that is too long to look for secrets in it', async () => {
    server.script(json({ message: 'x'.repeat(100_000) }, 400));
    expect(await failureOf(read(virtual()))).toMatchObject({ message: 'GET /api/v1/apps/a1 answered 400' });
  });

  it('cuts a long message and leaves control characters out', async () => {
    server.script(json({ message: `a\u001b[31m\nb\u0007${'x'.repeat(400)}` }, 400));
    const failure = await failureOf(read(virtual()));
    const said = String(failure).split('answered 400: ')[1] ?? '';
    expect(said.startsWith('a [31m b x')).toBe(true);
    expect(said.length).toBe(301);
  });

  it('needs no message', async () => {
    server.script(text('<html>Bad gateway</html>', 400));
    expect(await failureOf(read(virtual()))).toMatchObject({ message: 'GET /api/v1/apps/a1 answered 400' });
  });

  it('hides the token, the values of a config and texts in the form of credentials', async () => {
    const jwt = 'eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl';
    const echo = `static-access-token ghp_12345 Bearer abc1.def secret-token:conductorone.com:v1:eyJrdHki ${jwt} no bearer token`;
    server.script(json({ message: echo }, 400));
    const failure = await failureOf(
      write(virtual(), { connector: { config: { configuration: { t: { stringValue: 'ghp_12345' } } } } }),
    );
    expect(failure).toMatchObject({
      message:
        'POST /api/v1/apps/a1 answered 400: [secret] [secret] [secret] [secret] [secret] no bearer token',
    });
  });

  it('names the reason of a connection that cannot be made, and that nothing was done', async () => {
    const { url } = server;
    await server.stop();
    const connection = connectTo(url, { clock });
    const failure = await failureOf(write(connection));
    expect(failure).toMatchObject({ terminal: false, effect: 'none', status: undefined });
    expect(failure).toMatchObject({
      message: expect.stringContaining('POST /api/v1/apps/a1 failed: ECONNREFUSED'),
    });
    expect(connection.requests).toBe(3);
    server = await ScriptedServer.start();
  });

  it('names a host that does not exist', async () => {
    const connection = connectTo('https://nowhere.invalid', { clock });
    expect(await failureOf(read(connection))).toMatchObject({
      message: expect.stringMatching(/failed: (ENOTFOUND|EAI_AGAIN), the host name cannot be resolved/),
    });
  });
});

describe('trying again', () => {
  it.each<[string, Responder]>([
    ['500', json({ code: 2, message: 'oops' }, 500)],
    ['408', json({}, 408)],
    ['499', json({}, 499)],
    ['a cut connection', reset],
    ['a 200 with HTML', text('<html>')],
  ])('a read survives %s twice', async (_what, responder) => {
    server.script(responder, responder, json({ app: 1 }));
    const connection = virtual();
    expect(await read(connection)).toEqual({ app: 1 });
    expect(server.seen).toHaveLength(3);
  });

  it('a read gives up after three tries, with growing waits between them', async () => {
    server.script(json({ code: 2 }, 500));
    const start = clock.now();
    expect(await failureOf(read(virtual()))).toMatchObject({ status: 500, code: 2 });
    expect(server.seen).toHaveLength(3);
    expect(clock.now() - start).toBeGreaterThanOrEqual(750);
    expect(clock.now() - start).toBeLessThan(2_000);
  });

  it.each<[string, Responder]>([
    ['500', json({ code: 2 }, 500)],
    ['503', json({}, 503, { 'retry-after': '1' })],
    ['408', json({}, 408)],
    ['409', json({}, 409)],
    ['a cut connection', reset],
  ])('a write is not sent again after %s', async (_what, responder) => {
    server.script(responder, json({}));
    await failureOf(write(virtual()));
    expect(server.seen).toHaveLength(1);
  });

  it('a read is not sent again after a 409, which another try does not end', async () => {
    server.script(json({ code: 6, message: 'there already' }, 409), json({}));
    expect(await failureOf(read(virtual()))).toMatchObject({ status: 409 });
    expect(server.seen).toHaveLength(1);
  });

  it('a read waits for the pause of a 503', async () => {
    server.script(json({}, 503, { 'retry-after': '20' }), json({}));
    const start = clock.now();
    await read(virtual());
    expect(clock.now() - start).toBeGreaterThanOrEqual(20_000);
  });

  it('ends as soon as the caller has enough', async () => {
    server.script(json({}, 503, { 'retry-after': '20' }));
    const connection = virtual();
    const controller = new AbortController();
    const work = createReader(connection).get('/api/v1/apps', { signal: controller.signal });
    await until(() => clock.pending === 1 && connection.budget().inFlight === 0, 'it waits');
    controller.abort(new Error('enough'));
    await expect(work).rejects.toThrow('enough');
    expect(clock.pending).toBe(0);
  });
});

describe('an answer that does not come', () => {
  it.each<[string, Responder]>([
    ['at all', silence],
    ['to its end', halfAnswer],
  ])('%s is a timeout', async (_what, responder) => {
    server.script(responder);
    const connection = virtual({ timeoutMs: 4_000 });
    const failure = failureOf(createWriter(connection).send('PUT', '/api/v1/apps/a1/owners', {}));
    await until(() => server.seen.length === 1, 'the request arrives');
    await clock.advance(4_000);
    expect(await failure).toMatchObject({
      message: 'PUT /api/v1/apps/a1/owners timed out after 4000 ms',
      terminal: false,
      effect: 'unknown',
    });
    expect(connection.budget()).toMatchObject({ inFlight: 0, queued: 0 });
    expect(server.seen).toHaveLength(1);
  });

  it('of a read is tried again', async () => {
    server.script(silence, json({ app: 1 }));
    const connection = virtual({ timeoutMs: 4_000 });
    const work = createReader(connection).get('/api/v1/apps/a1');
    await until(() => server.seen.length === 1, 'the request arrives');
    await clock.advance(4_000);
    expect(await drive(clock, connection, work)).toEqual({ app: 1 });
  });

  it('to a write that is called off leaves open what it did', async () => {
    server.script(silence);
    const controller = new AbortController();
    const work = failureOf(
      createWriter(connectTo(server.url)).send('POST', '/api/v1/apps', {}, { signal: controller.signal }),
    );
    await until(() => server.seen.length === 1, 'the request arrives');
    controller.abort(new Error('shutting down'));
    expect(await work).toMatchObject({
      effect: 'unknown',
      terminal: false,
      cause: new Error('shutting down'),
    });
  });

  it('to a read that is called off rejects with the reason', async () => {
    server.script(silence);
    const controller = new AbortController();
    const work = createReader(connectTo(server.url)).get('/api/v1/apps', { signal: controller.signal });
    await until(() => server.seen.length === 1, 'the request arrives');
    controller.abort(new Error('shutting down'));
    await expect(work).rejects.toThrow('shutting down');
  });

  it('a write that is aborted in the queue was never sent', async () => {
    server.script(silence);
    const connection = connectTo(server.url, { concurrency: 1 });
    const first = new AbortController();
    const blocker = failureOf(createReader(connection).get('/api/v1/apps', { signal: first.signal }));
    await until(() => server.seen.length === 1, 'the first arrives');
    const second = new AbortController();
    const waiting = createWriter(connection).send('POST', '/api/v1/apps', {}, { signal: second.signal });
    expect(connection.budget().queued).toBe(1);
    second.abort(new Error('shutting down'));
    await expect(waiting).rejects.toThrow('shutting down');
    first.abort();
    await blocker;
    expect(server.seen).toHaveLength(1);
  });
});

describe('an answer that is too large', () => {
  it('is not read to its end', async () => {
    let sent = 0;
    server.script((_seen, response) => {
      const chunk = Buffer.alloc(1024 * 1024, 0x20);
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = (): void => {
        sent += 1;
        if (sent < 200 && !response.destroyed) response.write(chunk, more);
      };
      more();
    });
    const failure = await failureOf(createReader(connectTo(server.url)).get('/api/v1/apps'));
    expect(failure).toMatchObject({
      terminal: true,
      message: expect.stringContaining('larger than 16384 KiB'),
    });
    expect(sent).toBeLessThan(150);
  });
});

describe('429', () => {
  it.each<[string, () => string, number]>([
    ['seconds', () => '7', 7_000],
    [
      'a date by a clock that is an hour ahead',
      () => new Date(clock.now() + HOUR + 9_000).toUTCString(),
      9_000,
    ],
  ])('with %s is waited out by all calls, writes too', async (_what, header, ms) => {
    const limited = json({ code: 8, message: 'slow down' }, 429, {
      'retry-after': header(),
      date: new Date(clock.now() + HOUR).toUTCString(),
    });
    server.script(limited, json({}));
    const connection = virtual();
    const start = clock.now();
    const writer = createWriter(connection);
    const works = [writer.send('POST', '/api/v1/apps/a1', {})];
    await until(() => connection.budget().pausedUntil !== undefined, 'the pause begins');
    expect(connection.budget()).toMatchObject({ rate: 5_000, limit: 10_000, pausedUntil: start + ms });
    works.push(writer.send('POST', '/api/v1/apps/a2', {}));
    await clock.advance(ms - 1);
    expect(server.seen).toHaveLength(1);
    await drive(clock, connection, Promise.all(works));
    expect(server.calls.slice(1).sort()).toEqual(['POST /api/v1/apps/a1', 'POST /api/v1/apps/a2']);
    expect(clock.now() - start).toBeGreaterThanOrEqual(ms);
  });

  it('without a time is met with longer and longer pauses, five tries in all', async () => {
    server.script(json({ code: 8, message: 'slow down' }, 429));
    const start = clock.now();
    expect(await failureOf(write(virtual()))).toMatchObject({
      status: 429,
      terminal: false,
      effect: 'none',
      retryAfterMs: 16_000,
    });
    expect(server.seen).toHaveLength(5);
    expect(clock.now() - start).toBeGreaterThanOrEqual(15_000);
  });

  it('with a pause longer than 20 seconds is handed to whoever writes', async () => {
    server.script(json({ code: 8, message: 'slow down' }, 429, { 'retry-after': '21' }), json({}));
    const update = createWriter(virtual()).send('POST', '/api/v1/apps/a1');
    expect(await failureOf(update)).toMatchObject({ status: 429, effect: 'none', retryAfterMs: 21_000 });
    expect(server.seen).toHaveLength(1);
  });

  it('with one pause after another is handed to every write that has waited in all of them', async () => {
    server.script(json({ code: 8, message: 'slow down' }, 429, { 'retry-after': '18' }));
    const connection = virtual();
    const writer = createWriter(connection);
    const first = writer.send('POST', '/api/v1/apps/a1').catch((error: unknown) => error);
    await until(() => connection.budget().pausedUntil !== undefined, 'the pause begins');
    const second = writer.send('POST', '/api/v1/apps/a2').catch((error: unknown) => error);
    const [refused, unsent] = await drive(clock, connection, Promise.all([first, second]));
    expect(refused).toMatchObject({ status: 429, effect: 'none', retryAfterMs: 18_000 });
    expect(unsent).toMatchObject({ effect: 'none', message: expect.stringContaining('was not sent') });
    expect(server.calls).toEqual(['POST /api/v1/apps/a1', 'POST /api/v1/apps/a1']);
  });

  it('with a pause longer than two minutes is handed to the caller, and to everybody who comes meanwhile', async () => {
    server.script(json({ code: 8, message: 'slow down' }, 429, { 'retry-after': '3600' }), json({}));
    const connection = virtual();
    expect(await failureOf(write(connection))).toMatchObject({
      status: 429,
      terminal: false,
      effect: 'none',
      retryAfterMs: 900_000,
    });
    const second = await failureOf(read(connection));
    expect(second).toMatchObject({ effect: 'none', message: expect.stringContaining('was not sent') });
    expect(server.seen).toHaveLength(1);
    await clock.advance(900_000);
    expect(await read(connection)).toEqual({});
  });
});
