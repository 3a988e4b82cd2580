import path from 'node:path';
import fastify from 'fastify';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Load } from '../../src/core/model/definition.js';
import { type CoreEvents, EventBus, type EventName } from '../../src/core/model/events.js';
import { Secret } from '../../src/core/model/secret.js';
import { webhookRoutes } from '../../src/daemon/webhook.js';
import { type FeedOptions, GitFeed } from '../../src/definitions/git-feed.js';
import { DefinitionSource } from '../../src/definitions/load.js';
import { GitServer } from '../support/git-server.js';
import { testKinds } from '../support/kinds.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { until } from '../support/wait.js';
import { house } from './folder.js';

const MINUTE = 60_000;
const NAMES = [
  'revision fetched',
  'history replaced',
  'tag moved',
  'source unavailable',
  'source available',
] as const;

// Every step is a process or several.
vi.setConfig({ testTimeout: 120_000 });

let server: GitServer;
let feeds: GitFeed[];
let emitted: { readonly name: EventName; readonly event: CoreEvents[(typeof NAMES)[number]] }[];
let clock: VirtualClock;

beforeEach(async () => {
  server = await GitServer.start();
  feeds = [];
  emitted = [];
  clock = new VirtualClock();
});
afterEach(async () => {
  await Promise.all(feeds.map((feed) => feed.close()));
  await server.close();
});

interface Fed {
  readonly feed: GitFeed;
  load(signal?: AbortSignal): Promise<Load>;
}

async function start(options: Partial<FeedOptions> = {}): Promise<Fed> {
  const events = new EventBus();
  for (const name of NAMES) events.on(name, (event) => emitted.push({ name, event }));
  const feed = await GitFeed.open({
    remote: { url: server.url },
    folder: path.join(server.folder, 'cache'),
    events,
    clock,
    pollMs: MINUTE,
    ...options,
  });
  feeds.push(feed);
  const source = new DefinitionSource({ directory: feed.directory, kinds: testKinds, env: {} });
  return { feed, load: (signal) => feed.load(() => source.load(signal), signal) };
}

const names = (): EventName[] => emitted.map(({ name }) => name);
/** Waits for a number of events. */
const events = (count: number): Promise<unknown> => until(() => emitted.length >= count, `${count} events`);
/** Goes on until the next fetch has reached the server; a fetch under way sets the next timer when it has ended. */
async function poll(): Promise<void> {
  const before = server.requests.length;
  await until(async () => {
    await clock.advance(MINUTE);
    return server.requests.length > before;
  }, 'a poll');
}

describe('a feed', () => {
  it('has the first commit before the first load, then polls; a load names commit and author', async () => {
    const first = await server.push({ 'x.yaml': house('x') });
    const { load } = await start();
    expect(await load()).toMatchObject({
      revision: first,
      revisionAuthor: 'Alice Example <alice@acme.example>',
      problems: [],
    });
    const second = await server.push({ 'x.yaml': house('x', 'rooms: 2') });
    await poll();
    await events(2);
    expect((await load()).revision).toBe(second);
    expect(emitted).toEqual([
      {
        name: 'revision fetched',
        event: { revision: first, revisionAuthor: 'Alice Example <alice@acme.example>' },
      },
      {
        name: 'revision fetched',
        event: { revision: second, before: first, revisionAuthor: 'Alice Example <alice@acme.example>' },
      },
    ]);
  });

  it('merges triggers into one fetch, and those during the fetch into one more', async () => {
    await server.push({ 'x.yaml': house('x') });
    const { feed, load } = await start();
    await load();
    const last = await server.push({ 'x.yaml': house('x', 'rooms: 3') });
    const before = server.requests.length;
    const asked = (): number =>
      server.requests.slice(before).filter(({ url }) => url.includes('info/refs')).length;
    for (let turn = 0; turn < 10; turn += 1) feed.fetchNow();
    // The first one asks what there is and then fetches it; the second only asks.
    await until(() => asked() === 3, 'both');
    await feed.close();
    expect(asked()).toBe(3);
    expect((await load()).revision).toBe(last);
  });

  it('fetches at once when the git server calls the webhook', async () => {
    await server.push({ 'x.yaml': house('x') });
    const { feed, load } = await start();
    await load();
    const secret = new Secret('hush, it is a push', 'test');
    const http = fastify();
    onTestFinished(() => http.close());
    await http.register(webhookRoutes(() => ({ secret, ref: undefined, fetchNow: () => feed.fetchNow() })));
    const url = await http.listen({ host: '127.0.0.1', port: 0 });
    const last = await server.push({ 'x.yaml': house('x', 'rooms: 3') });
    const answer = await fetch(`${url}/webhooks/git`, {
      method: 'POST',
      body: '{"ref":"refs/heads/main"}',
      headers: { 'content-type': 'application/json', 'x-gitlab-token': secret.reveal() },
    });
    expect(answer.status).toBe(202);
    await events(2);
    expect((await load()).revision).toBe(last);
  });

  it('reports an outage once, another cause again, and its end', async () => {
    await server.push({ 'x.yaml': house('x') });
    const { load } = await start();
    const { revision } = await load();
    server.mood = 'broken';
    await poll();
    await events(2);
    await poll();
    await poll();
    server.mood = 'well';
    server.credentials = { username: 'a', password: 'b' };
    await poll();
    await events(3);
    expect((await load()).revision).toBe(revision);
    server.credentials = undefined;
    await poll();
    await events(4);
    expect(names()).toEqual([
      'revision fetched',
      'source unavailable',
      'source unavailable',
      'source available',
    ]);
    expect(emitted[1]?.event).toMatchObject({ fault: 'network', revision });
    expect(emitted[2]?.event).toMatchObject({ fault: 'credentials', revision });
  });

  it('starts without the server, reports it at every load, and continues when it is back', async () => {
    const commit = await server.push({ 'x.yaml': house('x') });
    await server.hangUp();
    const { load } = await start();
    await expect(load()).rejects.toThrow(/cannot be reached/);
    expect(names()).toEqual(['source unavailable']);
    await server.listen();
    await poll();
    await events(3);
    expect(names()).toEqual(['source unavailable', 'source available', 'revision fetched']);
    expect((await load()).revision).toBe(commit);
  });

  it('goes on with the former clone where the server is away', async () => {
    const commit = await server.push({ 'x.yaml': house('x') });
    const before = await start();
    await before.load();
    await before.feed.close();
    await server.hangUp();
    const { load } = await start();
    expect(await load()).toMatchObject({
      revision: commit,
      revisionAuthor: 'Alice Example <alice@acme.example>',
    });
    expect(names()).toEqual(['revision fetched', 'source unavailable']);
  });

  it('reports a replaced history and a moved tag', async () => {
    await server.push({ 'x.yaml': house('x') });
    await server.git('tag', 'live');
    await server.git('push', '--quiet', 'origin', 'live');
    await (await start()).load();
    await (await start({ ref: 'live', folder: path.join(server.folder, 'tags') })).load();
    await server.git('commit', '--quiet', '--amend', '--message=other');
    await server.git('tag', '--force', 'live');
    await server.git('push', '--quiet', '--force', 'origin', 'HEAD:main', 'live');
    for (const feed of feeds) feed.fetchNow();
    await events(4);
    expect(names().slice(2).sort()).toEqual(['history replaced', 'tag moved']);
  });

  it('aborts the first fetch and the load that waits for it', async () => {
    server.mood = 'silent';
    const { feed, load } = await start();
    const stop = new AbortController();
    const loading = load(stop.signal);
    loading.catch(() => {});
    await until(() => server.requests.length > 0, 'the request');
    const reason = new Error('stopping');
    stop.abort(reason);
    await expect(loading).rejects.toBe(reason);
    await feed.close();
    expect(emitted).toEqual([]);
  });

  it('fetches once without an interval', async () => {
    await server.push({ 'x.yaml': house('x') });
    const events = new EventBus();
    const feed = await GitFeed.open({
      remote: { url: server.url },
      folder: path.join(server.folder, 'once'),
      events,
      clock,
    });
    feeds.push(feed);
    const source = new DefinitionSource({ directory: feed.directory, kinds: testKinds, env: {} });
    await feed.load(() => source.load());
    const before = server.requests.length;
    await clock.advance(60 * MINUTE);
    expect(server.requests).toHaveLength(before);
  });
});

describe('the commits before the current one', () => {
  it('are known with those that were never fetched alone, and fetched once', async () => {
    const first = await server.push({ 'a.yaml': house('a') });
    const second = await server.push({ 'b.yaml': house('b') });
    const third = await server.push({ 'c.yaml': house('c') });
    const { feed, load } = await start();
    expect(await feed.earlier(third)).toBeUndefined();
    await load();
    expect(await feed.earlier(third)).toEqual([second, first]);
    const asked = server.requests.length;
    expect(await feed.earlier(third)).toEqual([second, first]);
    expect(server.requests).toHaveLength(asked);
    const fourth = await server.push({ 'd.yaml': house('d') });
    feed.fetchNow();
    await events(2);
    expect(await feed.earlier(fourth)).toEqual([third, second, first]);
  });

  it('are not known while the server does not answer, and found after it', async () => {
    const first = await server.push({ 'a.yaml': house('a') });
    const second = await server.push({ 'b.yaml': house('b') });
    const { feed, load } = await start();
    await load();
    server.mood = 'broken';
    expect(await feed.earlier(second)).toBeUndefined();
    server.mood = 'well';
    expect(await feed.earlier(second)).toEqual([first]);
  });
});
