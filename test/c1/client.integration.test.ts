import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type C1Reader, createReader } from '../../src/c1/client.js';
import { whoAmI } from '../../src/c1/introspect.js';
import { TerminalError } from '../../src/core/model/errors.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { json, type Responder, ScriptedServer } from './scripted-server.js';
import { connectTo, drive, failureOf } from './setup.js';

let server: ScriptedServer;
let reader: C1Reader;

beforeEach(async () => {
  server = await ScriptedServer.start();
  reader = createReader(connectTo(server.url));
});
afterEach(() => server.stop());

const page = (items: unknown, nextPageToken?: unknown): Responder => json({ list: items, nextPageToken });

describe('a list', () => {
  it('is read to its end, 100 a page, over pages that are short or empty', async () => {
    server.script(
      page([{ id: 1 }, { id: 2 }], 'p2'),
      page([], 'p3'),
      page(null, 'p4'),
      page([{ id: 3 }], ''),
    );
    expect(await reader.list('/api/v1/users', { query: { expand: 'x' } })).toEqual([
      { id: 1 },
      { id: 2 },
      { id: 3 },
    ]);
    expect(server.seen.map((seen) => seen.url)).toEqual([
      '/api/v1/users?page_size=100&expand=x',
      '/api/v1/users?page_size=100&expand=x&page_token=p2',
      '/api/v1/users?page_size=100&expand=x&page_token=p3',
      '/api/v1/users?page_size=100&expand=x&page_token=p4',
    ]);
  });

  it('may be empty, null or missing', async () => {
    server.script(json({ list: [] }), json({ list: null, nextPageToken: null }), json({}));
    for (let i = 0; i < 3; i += 1) expect(await reader.list('/api/v1/apps')).toEqual([]);
  });

  it('of a search travels in the body', async () => {
    server.script(page([{ id: 1 }], 'p2'), page([{ id: 2 }]));
    expect(await reader.searchAll('/api/v1/search/users', { email: 'a@b' })).toEqual([{ id: 1 }, { id: 2 }]);
    expect(server.seen.map((seen) => JSON.parse(seen.body))).toEqual([
      { pageSize: 100, email: 'a@b' },
      { pageSize: 100, email: 'a@b', pageToken: 'p2' },
    ]);
  });

  it('that fails on a later page returns nothing', async () => {
    server.script(page([{ id: 1 }], 'p2'), json({ message: 'no' }, 403));
    expect(await failureOf(reader.list('/api/v1/apps'))).toMatchObject({ status: 403 });
  });

  it.each<[string, Responder[]]>([
    ['repeats its page token', [page([{ id: 1 }], 'again')]],
    ['goes round in a circle', [page([], 'a'), page([], 'b'), page([], 'a')]],
    ['holds an item that is no object', [page(['x'])]],
    ['is no list', [page({ id: 1 })]],
    ['has a page token that is no text', [page([], 7)]],
  ])('that %s is an error', async (_what, [first, ...rest]) => {
    server.script(first ?? json({}), ...rest);
    expect(await failureOf(reader.list('/api/v1/apps'))).toMatchObject({
      path: '/api/v1/apps',
      terminal: false,
    });
    expect(server.seen.length).toBeLessThanOrEqual(3);
  });

  it.each([
    ['never ends', {}, 'gave more than 10000 pages'],
    ['grows without end', { pad: 'x'.repeat(1024 * 1024) }, 'gave a list of more than 256 MiB'],
  ])('that %s is given up', async (_what, item, message) => {
    let count = 0;
    const clock = new VirtualClock();
    const endless = {
      url: new URL(server.url),
      requests: 0,
      signIn: async () => {},
      request: async () => ({ list: [item], nextPageToken: String(++count) }),
      serverTime: () => undefined,
      fence: () => {},
      budget: () => ({ rate: 1, limit: 1, pausedUntil: undefined, queued: 0, inFlight: 0 }),
    };
    const work = createReader(endless).list('/api/v1/apps');
    await expect(drive(clock, endless, work)).rejects.toThrow(`GET /api/v1/apps ${message}`);
  });
});

describe('a search', () => {
  it.each([
    '/api/v1/search/apps',
    '/api/v1/search/policies',
    '/api/v1/connectorcatalog',
    '/api/v1/systemlog/events',
  ])('may POST to %s and is tried again like a read', async (path) => {
    const clock = new VirtualClock();
    const connection = connectTo(server.url, { clock });
    server.script(json({}, 500), json({ list: [] }));
    expect(await drive(clock, connection, createReader(connection).search(path, {}))).toEqual({ list: [] });
    expect(server.seen).toHaveLength(2);
  });

  it.each([
    '/api/v1/apps',
    '/api/v1/apps/a1',
    '/api/v1/apps/search/connectors/create',
    '/api/v1/catalogs',
    '/api/v1/search',
    '/api/v1/connectorcatalog/x',
    '/x/api/v1/search/apps',
  ])('never POSTs to %s', async (path) => {
    await expect(reader.search(path, {})).rejects.toThrow(TerminalError);
    await expect(reader.searchAll(path, {})).rejects.toThrow(TerminalError);
    expect(server.seen).toEqual([]);
  });
});

describe('whoAmI', () => {
  it('reads the introspection of the caller', async () => {
    server.script(
      json({ principleId: 'p1', userId: 'u1', roles: ['r'], permissions: ['p', 7], features: null }),
    );
    expect(await whoAmI(reader)).toEqual({ userId: 'u1', roles: ['r'], permissions: ['p'] });
    expect(server.calls).toEqual(['GET /api/v1/auth/introspect']);
  });
});
