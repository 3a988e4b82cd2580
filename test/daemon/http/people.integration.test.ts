import net from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HistoryPage } from '../../../src/core/status/history.js';
import { ask, type Heard, Served, TOKEN } from '../../support/served.js';

const ALICE = 'the-token-of-alice';
const SSO = 'the-token-of-the-proxy';
const CI = 'the-token-that-only-reads';

let served: Served;
beforeAll(async () => {
  served = await Served.start({
    env: {
      C1SYNC_SERVER_TOKENS: JSON.stringify([
        { name: 'alice', token: ALICE, can: 'change' },
        { name: 'sso', token: { valueFrom: { env: 'SSO_TOKEN' } }, can: 'change' },
        { name: 'ci', token: CI, can: 'read' },
      ]),
      SSO_TOKEN: SSO,
      C1SYNC_SERVER_USER_HEADER: 'X-Forwarded-User',
    },
  });
});
afterAll(() => served.stop());

/** A browser on a page of the server itself. */
const SAME = { 'sec-fetch-site': 'same-origin' };

function reconcile(
  token: string | undefined,
  headers: Record<string, string | string[]> = {},
): Promise<Heard> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const target = `${served.server.url}/api/v1/reconcile`;
  return ask(target, { method: 'POST', headers: { ...authorization, ...headers } });
}

async function newestName(): Promise<unknown> {
  const { entries } = (await served.get('/api/v1/history?limit=1')).body as HistoryPage;
  const [entry] = entries;
  return entry?.event === 'commanded' ? { by: entry.by, via: entry.via } : entry;
}

describe('a token with a name', () => {
  it.each([
    ['token', TOKEN],
    ['alice', ALICE],
    ['sso', SSO],
  ])('names who changes something: %s', async (name, token) => {
    expect((await reconcile(token)).status).toBe(202);
    expect(await newestName()).toEqual({ by: name, via: 'api' });
  });

  it('that may only read reads, changes nothing, and names the remedy', async () => {
    const foreign = { host: 'c1sync.example', authorization: `Bearer ${CI}` };
    expect((await served.get('/api/v1/status', foreign)).status).toBe(200);
    const refused = await reconcile(CI, { 'x-forwarded-user': 'alice' });
    expect(refused.status).toBe(403);
    expect(refused.text).toContain('the token ci may only read');
    expect(refused.text).toContain('can: change');
    expect(refused.text).not.toContain(CI);
    const page = await served.get('/', { ...foreign, accept: 'text/html' });
    expect(page.text).toContain('Sign in');
    expect(page.text).not.toContain('<form method="post"');
  });

  it('is a secret in logs and answers', () => {
    for (const token of [ALICE, SSO, CI])
      expect(served.session.redactor.text(`x ${token}`)).toBe('x [secret]');
  });

  it('keeps its name through the session of a browser, into decisions and history', async () => {
    const login = await ask(`${served.server.url}/login`, {
      method: 'POST',
      body: { token: ALICE },
      headers: { ...SAME, 'x-forwarded-user': 'mallory' },
    });
    const cookie = String(login.headers['set-cookie']?.[0]).split(';')[0] ?? '';
    const form = { cookie, ...SAME, accept: 'text/html', 'x-forwarded-user': 'mallory' };
    const body = { target: '*', reason: 'an audit', hours: '', back: '/held' };
    const done = await ask(`${served.server.url}/suspend`, { method: 'POST', body, headers: form });
    expect(done.status).toBe(303);
    expect(await newestName()).toEqual({ by: 'alice', via: 'dashboard' });
    expect(served.session.decisions.suspensions(served.session.wall.now())).toMatchObject([{ by: 'alice' }]);
    const held = await served.get('/held', form);
    expect(held.text).toContain('by alice');
    expect(held.text).toContain('<span class="person">alice</span>');
    await ask(`${served.server.url}/resume`, {
      method: 'POST',
      body: { target: '*', back: '/held' },
      headers: form,
    });
  });
});

describe('a header of a proxy', () => {
  it.each([
    ['a person', 'bob@acme.example', 'bob@acme.example via sso'],
    ['in UTF-8', Buffer.from('Zoë').toString('latin1'), 'Zoë via sso'],
    ['in Latin-1', 'Zo\u00eb', 'Zoë via sso'],
    ['like another token', 'alice', 'alice via sso'],
    ['like a token and its proxy', 'token via token', 'token via token via sso'],
    ['with a terminal escape in UTF-8', Buffer.from('bob\u202e\u0085x').toString('latin1'), 'bob x via sso'],
    ['of ten thousand characters', 'x'.repeat(10_000), `${'x'.repeat(100)}… via sso`],
    ['empty', '', 'sso'],
    ['of spaces', Buffer.from('\u2003\u200b').toString('latin1'), 'sso'],
    ['sent twice', ['mallory', 'bob'], 'sso'],
  ])('names the person beside the token: %s', async (_name, given, by) => {
    expect((await reconcile(SSO, { 'x-forwarded-user': given })).status).toBe(202);
    expect(await newestName()).toEqual({ by, via: 'api' });
  });

  it.each([
    ['no token', undefined, 401],
    ['a wrong token', 'wrong', 401],
    ['a token for reading', CI, 403],
  ])('gives no right with %s', async (_name, token, status) => {
    expect((await reconcile(token, { 'x-forwarded-user': 'alice' })).status).toBe(status);
    expect((await reconcile(token, { 'x-forwarded-user': 'token' })).status).toBe(status);
  });

  it.each(['bob\r\n mallory', 'bob\r\nmallory', 'bob\u0000'])(
    'with a line break is refused: %j',
    async (given) => {
      const { port, hostname } = new URL(served.server.url);
      const socket = net.connect(Number(port), hostname);
      const head = `POST /api/v1/reconcile HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${SSO}\r\n`;
      socket.end(`${head}X-Forwarded-User: ${given}\r\n\r\n`);
      expect(await text(socket)).toMatch(/^HTTP\/1.1 400 /);
    },
  );

  it('is text on the pages', async () => {
    const headers = { authorization: `Bearer ${SSO}`, 'x-forwarded-user': '<b>bob</b>', accept: 'text/html' };
    const body = { target: '*', back: '/' };
    const done = await ask(`${served.server.url}/look`, {
      method: 'POST',
      body,
      headers: { ...headers, ...SAME },
    });
    expect(done.status).toBe(303);
    expect(await newestName()).toEqual({ by: '<b>bob</b> via sso', via: 'dashboard' });
    const { text: page } = await served.get('/history', headers);
    expect(page).toContain('&#60;b&#62;bob&#60;/b&#62; via sso');
    expect(page).not.toContain('<b>bob');
    expect(page).not.toContain('Sign out');
    expect((await served.get('/', headers)).text).toContain('action="/look"');
  });

  it('does not let a page of another site use the token that the proxy adds', async () => {
    for (const origin of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'http://evil.example' }]) {
      const refused = await reconcile(SSO, { ...origin, 'x-forwarded-user': 'bob' });
      expect(refused.status).toBe(403);
    }
  });
});

it('without the setting, no header names anybody', async () => {
  const plain = await Served.start();
  try {
    await plain.post('/api/v1/reconcile', {}, { 'x-forwarded-user': 'bob' });
    const { entries } = (await plain.get('/api/v1/history?limit=1')).body as HistoryPage;
    expect(entries).toMatchObject([{ by: 'token', via: 'api' }]);
  } finally {
    await plain.stop();
  }
});
