import net from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, type Heard, Served, TOKEN } from '../../support/served.js';

let served: Served;
let bare: Served;
beforeAll(async () => {
  served = await Served.start();
  bare = await Served.start({ token: null });
});
afterAll(async () => {
  await served.stop();
  await bare.stop();
});

const READS = [
  '/api/v1/status',
  '/api/v1/access',
  '/api/v1/objects',
  '/api/v1/history',
  '/api/v1/plan',
  '/metrics',
];
const CHANGES = ['reconcile', 'suspend', 'resume', 'approve', 'accept', 'forget', 'move'].map(
  (command) => `/api/v1/${command}`,
);

const portOf = ({ server }: Served): string => new URL(server.url).port;
const errorOf = ({ body }: Heard): string => String((body as { error?: unknown }).error);

/** A browser on a page of the server itself. */
const SAME = { 'sec-fetch-site': 'same-origin' };

async function signIn(headers: Record<string, string> = SAME): Promise<Heard> {
  return ask(`${served.server.url}/login`, {
    method: 'POST',
    body: `token=${TOKEN}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  });
}

/** The cookie of a new session, as a browser sends it. */
async function session(): Promise<string> {
  const answer = await signIn();
  return String(answer.headers['set-cookie']?.[0]).split(';')[0] ?? '';
}

describe('health', () => {
  it.each(['/healthz', '/readyz'])('is open to everybody: %s', async (target) => {
    const answer = await served.get(target, { host: 'anywhere.example', 'x-forwarded-for': '203.0.113.7' });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ status: 'ok' });
  });
});

describe('reading', () => {
  it.each(READS)('needs no token on this machine: %s', async (target) => {
    for (const host of ['localhost', '127.0.0.1', '[::1]'])
      expect((await served.get(target, { host: `${host}:${portOf(served)}` })).status).toBe(200);
  });

  it.each([
    ['a name that somebody else had resolve to this machine', { host: 'rebound.example' }],
    ['a name that only begins as one of this machine', { host: '127.0.0.1.rebound.example' }],
    ['a name with a user before it', { host: 'localhost@rebound.example' }],
    ['a proxy that speaks for another machine', { 'x-forwarded-for': '203.0.113.7' }],
    ['a proxy that says so in the standard way', { forwarded: 'for=203.0.113.7' }],
    ['a proxy that says no more than how it was asked', { 'x-forwarded-proto': 'https' }],
    ['a page of another site, by the header of the browser', { 'sec-fetch-site': 'cross-site' }],
    ['a page of another server on this machine', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' }],
  ])('needs the token by %s', async (_name, headers) => {
    for (const target of READS) {
      const refused = await served.get(target, headers);
      expect(refused.status).toBe(401);
      expect(refused.headers['www-authenticate']).toMatch(/^Bearer/);
      expect(errorOf(refused)).toContain('server.token');
    }
    const allowed = await served.get('/api/v1/status', { ...headers, authorization: `Bearer ${TOKEN}` });
    expect(allowed.status).toBe(200);
  });

  it('needs the token through a proxy with its header after very many others', async () => {
    const { port, hostname } = new URL(served.server.url);
    const socket = net.connect(Number(port), hostname);
    const head = `GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n`;
    socket.end(`${head}${'a:\r\n'.repeat(2500)}X-Forwarded-For: 203.0.113.7\r\n\r\n`);
    expect(await text(socket)).toMatch(/^HTTP\/1.1 401 /);
  });

  it('needs none after a link from another site', async () => {
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    expect((await served.get('/api/v1/status', headers)).status).toBe(200);
  });

  it('ignores a token if the daemon has none', async () => {
    const answer = await ask(`${bare.server.url}/api/v1/status`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    expect(answer.status).toBe(200);
  });

  it('does not show without access which objects exist', async () => {
    const foreign = { host: 'rebound.example' };
    expect((await served.get('/api/v1/nothing', foreign)).status).toBe(401);
    expect((await served.get('/api/v1/nothing')).status).toBe(404);
  });

  it('redirects a browser without access to the page to sign in', async () => {
    const answer = await served.get('/', { host: 'rebound.example', accept: 'text/html' });
    expect(answer.status).toBe(303);
    expect(answer.headers.location).toBe('/login');
  });
});

describe('a change', () => {
  it.each(CHANGES)('is refused without the token, on this machine too: %s', async (target) => {
    const refused = await ask(served.server.url + target, { method: 'POST', body: {} });
    expect(refused.status).toBe(401);
    expect(refused.headers['www-authenticate']).toMatch(/^Bearer/);
  });

  it.each(CHANGES)('is refused if the daemon has no token, and names the setting: %s', async (target) => {
    for (const headers of [{}, { authorization: 'Bearer ' }, { authorization: 'Bearer undefined' }]) {
      const refused = await ask(bare.server.url + target, { method: 'POST', body: {}, headers });
      expect(refused.status).toBe(403);
      expect(errorOf(refused)).toContain('C1SYNC_SERVER_TOKEN');
    }
  });

  it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS'])('is refused in any other way too: %s', async (method) => {
    const answer = await ask(`${served.server.url}/api/v1/status`, { method });
    expect(answer.status).toBe(401);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('is made with the token', async () => {
    const answer = await served.post('/api/v1/reconcile', {});
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ objects: 'all' });
  });
});

describe('a token for reading', () => {
  const READ = 'a-token-that-only-reads';
  const foreign = { host: 'c1sync.example', authorization: `Bearer ${READ}` };
  let one: Served;
  beforeAll(async () => {
    one = await Served.start({ env: { C1SYNC_SERVER_READ_TOKEN: READ } });
  });
  afterAll(() => one.stop());

  it.each(READS)('reads from another machine: %s', async (target) => {
    expect((await one.get(target, foreign)).status).toBe(200);
  });

  it.each(CHANGES)('changes nothing: %s', async (target) => {
    const refused = await ask(one.server.url + target, { method: 'POST', body: {}, headers: foreign });
    expect(refused.status).toBe(403);
    expect(errorOf(refused)).toContain('server.token');
  });

  it('begins no session, and does not count as a wrong one', async () => {
    for (let time = 0; time < 12; time += 1) {
      const login = await ask(`${one.server.url}/login`, { method: 'POST', body: { token: READ } });
      expect([login.status, login.headers['set-cookie']]).toEqual([403, undefined]);
    }
    expect((await one.post('/api/v1/reconcile', {})).status).toBe(202);
  });

  it('is enough for a daemon without changes', async () => {
    const reader = await Served.start({
      token: null,
      env: { C1SYNC_SERVER_READ_TOKEN: READ, C1SYNC_SERVER_HOST: '0.0.0.0' },
    });
    try {
      const port = portOf(reader);
      expect((await ask(`http://127.0.0.1:${port}/metrics`, { headers: foreign })).status).toBe(200);
      for (const headers of [foreign, { authorization: `Bearer ${TOKEN}` }]) {
        const change = { method: 'POST', body: {}, headers };
        expect((await ask(`http://127.0.0.1:${port}/api/v1/reconcile`, change)).status).toBe(403);
      }
    } finally {
      await reader.stop();
    }
  });
});

describe('a wrong token', () => {
  it('is refused for reading too, and counted; a right one passes after any number of them', async () => {
    const one = await Served.start();
    try {
      const wrong = (time: number) => one.get('/api/v1/status', { authorization: `Bearer ${TOKEN}${time}` });
      for (let time = 0; time < 10; time += 1) {
        const refused = await wrong(time);
        expect(refused.status).toBe(401);
        expect(refused.text).not.toContain(TOKEN);
      }
      for (let time = 10; time < 13; time += 1) expect((await wrong(time)).status).toBe(429);
      const signInWrong = await ask(`${one.server.url}/login`, {
        method: 'POST',
        body: { token: `${TOKEN}x` },
      });
      expect(signInWrong.status).toBe(429);
      const right = await one.get('/api/v1/status', { authorization: `Bearer ${TOKEN}` });
      expect(right.status).toBe(200);
      const login = await ask(`${one.server.url}/login`, { method: 'POST', body: { token: TOKEN } });
      expect(login.status).toBe(204);
      // Reading without a token still works.
      expect((await one.get('/api/v1/status')).status).toBe(200);
    } finally {
      await one.stop();
    }
  });
});

describe('a session', () => {
  it('begins with the token, and its cookie is of no use to scripts and other sites', async () => {
    const answer = await signIn();
    expect(answer.status).toBe(204);
    const cookie = String(answer.headers['set-cookie']?.[0]);
    expect(cookie).toMatch(/^c1sync_session=[\w-]{43}; /);
    expect(cookie).toContain('HttpOnly');
    expect(cookie).toContain('SameSite=Strict');
    expect(cookie).not.toContain('Secure');
    expect(cookie).not.toContain(TOKEN);
    const behindHttps = await signIn({ origin: `https://127.0.0.1:${portOf(served)}` });
    expect(String(behindHttps.headers['set-cookie']?.[0])).toContain('Secure');
  });

  it('brings a browser back to where it was', async () => {
    const right = await signIn({ ...SAME, accept: 'text/html' });
    expect([right.status, right.headers.location]).toEqual([303, '/']);
    const wrong = await ask(`${served.server.url}/login`, {
      method: 'POST',
      body: { token: 'wrong' },
      headers: { accept: 'text/html', ...SAME },
    });
    expect([wrong.status, wrong.headers.location]).toEqual([303, '/login?failed']);
    expect(wrong.headers['set-cookie']).toBeUndefined();
  });

  it('reads from anywhere and changes only from our own pages', async () => {
    const cookie = await session();
    expect((await served.get('/api/v1/status', { cookie, host: 'c1sync.example' })).status).toBe(200);
    const change = (headers: Record<string, string>): Promise<Heard> =>
      ask(`${served.server.url}/api/v1/reconcile`, {
        method: 'POST',
        body: {},
        headers: { cookie, ...headers },
      });
    expect((await change(SAME)).status).toBe(202);
    expect((await change({ origin: served.server.url })).status).toBe(202);
    for (const headers of [
      {},
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'none' },
      { origin: 'http://localhost.example' },
      { origin: 'null' },
    ]) {
      expect((await change(headers)).status).toBe(403);
    }
  });

  it('is not begun by a page of another site', async () => {
    expect((await signIn({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await signIn({ origin: 'http://evil.example' })).status).toBe(403);
  });

  it('ends when the browser signs out', async () => {
    const cookie = await session();
    const host = 'c1sync.example';
    const out = await ask(`${served.server.url}/logout`, {
      method: 'POST',
      headers: { cookie, host, ...SAME },
    });
    expect(out.status).toBe(204);
    expect((await served.get('/api/v1/status', { cookie, host })).status).toBe(401);
  });

  it('cannot be forged', async () => {
    const cookie = `c1sync_session=${'a'.repeat(43)}`;
    expect((await served.get('/api/v1/status', { cookie, host: 'c1sync.example' })).status).toBe(401);
  });

  it('cannot begin without a token', async () => {
    const answer = await ask(`${bare.server.url}/login`, { method: 'POST', body: { token: '' } });
    expect(answer.status).toBe(403);
  });
});
