import http from 'node:http';
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverParts, tenantParts } from '../../../src/cli/serve.js';
import { Secret } from '../../../src/core/model/secret.js';
import { Activity } from '../../../src/core/status/activity.js';
import { type Server, type ServerParts, startServer } from '../../../src/daemon/http/server.js';
import { ask, Served, TOKEN } from '../../support/served.js';
import { until } from '../../support/wait.js';

let served: Served;
beforeAll(async () => {
  served = await Served.start();
});
afterAll(() => served.stop());

/** Starts a second server beside the first one, for as long as `use` takes. */
async function withServer(
  parts: Partial<ServerParts>,
  use: (server: Server) => Promise<void>,
): Promise<void> {
  const server = await startServer({
    ...serverParts(served.session, served.scheduler, served.log),
    ...parts,
  });
  try {
    await use(server);
  } finally {
    await server.close();
  }
}

/** Follows the events; gives what has come so far, and how to leave. */
async function follow(url: string): Promise<{ text: () => string; ended: () => boolean; leave: () => void }> {
  let text = '';
  let ended = false;
  const request = http.get(`${url}/api/v1/events`, { agent: false });
  request.on('error', () => {});
  await new Promise<void>((resolve, reject) => {
    request.on('response', (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`answered ${answer.statusCode}`));
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      answer.on('close', () => {
        ended = true;
      });
      answer.on('error', () => {});
      resolve();
    });
  });
  return { text: () => text, ended: () => ended, leave: () => request.destroy() };
}

describe('the server', () => {
  it('names the port in use and the setting of another', async () => {
    const port = Number(new URL(served.server.url).port);
    const second = startServer({ ...serverParts(served.session, served.scheduler, served.log), port });
    await expect(second).rejects.toThrow(`port ${port} of 127.0.0.1 is taken`);
    await expect(second).rejects.toThrow('C1SYNC_SERVER_PORT');
  });

  it('listens beyond loopback only with a token', async () => {
    const parts = serverParts(served.session, served.scheduler, served.log);
    for (const host of ['0.0.0.0', '::', 'c1sync.example']) {
      await expect(startServer({ ...parts, tokens: [], host })).rejects.toThrow('C1SYNC_SERVER_TOKEN');
    }
    await expect(startServer({ ...parts, host: '192.0.2.1' })).rejects.toThrow(
      '192.0.2.1 is no address of this machine',
    );
  });

  it('refuses one token with two names, and shows the names alone', async () => {
    const parts = serverParts(served.session, served.scheduler, served.log);
    const twin = { name: 'ci', token: new Secret(TOKEN, 'test'), can: 'read' } as const;
    const starting = startServer({ ...parts, tokens: [...parts.tokens, twin] });
    await expect(starting).rejects.toThrow('the tokens token and ci of the server are the same text');
    await expect(starting).rejects.not.toThrow(TOKEN);
  });

  it('sends security headers', async () => {
    const { headers } = await served.get('/api/v1/status');
    expect(String(headers['content-security-policy']).split(';').sort()).toEqual([
      "base-uri 'none'",
      "connect-src 'self'",
      "default-src 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      "img-src 'self' data:",
      "script-src 'self'",
      "style-src 'self'",
    ]);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'same-origin',
      'cache-control': 'no-store',
    });
  });

  it('refuses a body that is too large, and one that is no JSON', async () => {
    const large = await served.post('/api/v1/reconcile', { targets: ['x'.repeat(70_000)] });
    expect(large.status).toBe(413);
    const broken = await served.post('/api/v1/reconcile', '{"targets":', {
      'content-type': 'application/json',
    });
    expect(broken.status).toBe(400);
    const strange = await served.post('/api/v1/reconcile', '<a/>', { 'content-type': 'text/xml' });
    expect(strange.status).toBe(415);
    for (const answer of [large, broken, strange]) {
      expect(Object.keys(answer.body as object)).toEqual(['error']);
      expect(answer.text).not.toContain('node_modules');
    }
  });

  it.each([
    ['headers', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n'],
    [
      'a body',
      'POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
    ],
  ])('limits the time of a client that is slow to send %s', async (_what, start) => {
    await withServer({ requestTimeoutMs: 200 }, async ({ url }) => {
      const socket = net.connect(Number(new URL(url).port), '127.0.0.1');
      let heard = '';
      socket.setEncoding('utf8').on('data', (part: string) => {
        heard += part;
      });
      socket.write(start);
      await new Promise((resolve) => socket.on('close', resolve));
      expect(heard).toMatch(/^HTTP\/1.1 408 /);
    });
  });

  it('reports its own failures to the log and not to the client', async () => {
    const reported: unknown[] = [];
    const history = {
      page: async () => {
        throw new Error('the disk is on fire at /secret/place');
      },
      activity: () => new Activity().view(0),
    };
    const onError: ServerParts['onError'] = (error, fields) => reported.push([String(error), fields]);
    const serves = { ...tenantParts(served.session, served.scheduler), history };
    await withServer({ serves, onError }, async ({ url }) => {
      const answer = await ask(`${url}/api/v1/history`);
      expect(answer.status).toBe(500);
      expect(answer.text).not.toContain('/secret/place');
      expect(reported).toEqual([
        ['Error: the disk is on fire at /secret/place', { method: 'GET', route: '/api/v1/history' }],
      ]);
    });
  });

  it('answers a browser with a page that repeats nothing as markup', async () => {
    const answer = await served.get('/nothing', { accept: 'text/html' });
    expect(answer.status).toBe(404);
    expect(answer.headers['content-type']).toContain('text/html');
  });

  it.each([
    ['/api/v1/objects/%zz/github', 400],
    [`/api/v1/objects/App/${'a'.repeat(2000)}`, 414],
  ])('answers invalid requests like all others: %.30s', async (target, status) => {
    const answer = await served.get(target);
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({ error: expect.any(String) });
  });

  it('limits the requests of one address', async () => {
    await withServer({ requestsPerMinute: 5 }, async ({ url }) => {
      for (let time = 0; time < 5; time += 1) expect((await ask(`${url}/api/v1/plan`)).status).toBe(200);
      const limited = await ask(`${url}/api/v1/plan`);
      expect(limited.status).toBe(429);
      expect(limited.body).toEqual({ error: 'too many requests; wait a minute' });
      expect((await ask(`${url}/healthz`)).status).toBe(200);
    });
  });
});

describe('a client that shares its address with many others', () => {
  it('has a count of requests of its own, with a right token or a session', async () => {
    await withServer({ requestsPerMinute: 5 }, async ({ url }) => {
      const token = { authorization: `Bearer ${TOKEN}` };
      const login = await ask(`${url}/login`, { method: 'POST', body: { token: TOKEN } });
      const cookie = String(login.headers['set-cookie']?.[0]).split(';')[0] ?? '';
      for (let time = 0; time < 5; time += 1) await ask(`${url}/api/v1/plan`);
      expect((await ask(`${url}/api/v1/plan`)).status).toBe(429);
      expect((await ask(`${url}/api/v1/plan`, { headers: token })).status).toBe(200);
      expect((await ask(`${url}/api/v1/plan`, { headers: { cookie } })).status).toBe(200);
      const again = await ask(`${url}/login`, { method: 'POST', body: { token: TOKEN } });
      expect(again.status).toBe(204);
    });
  });
});

describe('the stream of events', () => {
  it('sends one change for many events, without content', async () => {
    const { events } = served.session;
    // A new server, which has sent no event yet.
    await withServer({}, async ({ url }) => {
      const one = await follow(url);
      await until(() => one.text().includes('retry'), 'the stream to begin');
      for (let time = 0; time < 1000; time += 1) events.emit('problem', problem(time));
      await until(() => (one.text().match(/event: changed/g) ?? []).length === 2, 'two messages');
      expect(one.text().replaceAll('event: changed\ndata: {}\n\n', '')).toBe('retry: 2000\n\n');
      one.leave();
    });
  });

  it('ends with the server', async () => {
    await withServer({}, async (server) => {
      const one = await follow(server.url);
      await server.close();
      await until(one.ended, 'the end of the stream');
    });
  });

  it('reserves no stream for a HEAD request', async () => {
    await withServer({}, async ({ url }) => {
      for (let time = 0; time < 70; time += 1) await ask(`${url}/api/v1/events`, { method: 'HEAD' });
      (await follow(url)).leave();
    });
  });

  it('serves 64 clients, and one more when one disconnects', async () => {
    await withServer({}, async ({ url }) => {
      const all = await Promise.all(Array.from({ length: 64 }, () => follow(url)));
      await expect(follow(url)).rejects.toThrow('503');
      expect((await ask(`${url}/api/v1/events`)).body).toEqual({
        error: 'too many clients follow the events already',
      });
      all[0]?.leave();
      await until(
        () =>
          follow(url).then(
            () => true,
            () => false,
          ),
        'a place',
      );
    });
  });
});

function problem(line: number) {
  return { position: { file: 'a.yaml', line, column: 1 }, message: 'x'.repeat(100) };
}
