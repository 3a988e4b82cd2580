import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Doc, file } from '../../support/definitions.js';
import { ask, type Heard, Served, type ServedOptions, TOKEN } from '../../support/served.js';

const PAGE = { accept: 'text/html' };
const PAGES = ['/', '/objects', '/held', '/history', '/login'];

let served: Served | undefined;
afterEach(async () => {
  await served?.stop();
  served = undefined;
});

async function start(options: ServedOptions = {}): Promise<Served> {
  served = await Served.start(options);
  return served;
}

const app = (name: string, spec: Doc['spec']): Doc => ({ kind: 'App', name, spec });
const page = (place: string, headers = {}): Promise<Heard> =>
  (served as Served).get(place, { ...PAGE, ...headers });

const send = (place: string, fields: Readonly<Record<string, string>>, headers = {}): Promise<Heard> =>
  (served as Served).form(place, fields, headers);

/** Signs in; gives what a browser sends with every form of a page from then on. */
async function signIn(): Promise<{ readonly cookie: string; readonly 'sec-fetch-site': string }> {
  const { status, headers } = await send('/login', { token: TOKEN });
  expect(status).toBe(303);
  return { cookie: String(headers['set-cookie']).split(';')[0] ?? '', 'sec-fetch-site': 'same-origin' };
}

describe('text from outside', () => {
  const NAME = `<script>alert('1')</script>"\u202e\u200b`;
  const SHOWN = '&#60;script&#62;alert(&#39;1&#39;)&#60;/script&#62;';

  it('is text on every page, and cannot change the direction of the text beside it', async () => {
    const docs = [
      app('odd', { displayName: NAME, description: NAME }),
      app('lost', { displayName: 'x', grantPolicy: NAME }),
    ];
    await start({ text: file(...docs), env: { C1SYNC_SYNC_MODE: 'observe' } });
    for (const place of ['/', '/objects', '/held', '/objects/App/odd', '/objects/App/lost']) {
      const { status, text } = await page(place);
      expect(status, place).toBe(200);
      expect(text, place).toContain(SHOWN);
      expect(text, place).toContain('\\u202e\\u200b');
      expect(text, place).not.toMatch(/<script>|\u202e|\u200b/);
    }
  });

  it('is text in the name of an author', async () => {
    const { session } = await start({
      text: file(app('one', { displayName: 'One' })),
      env: { C1SYNC_SYNC_MODE: 'observe' },
    });
    const change = session.statusStore.get('App/one')?.change;
    if (change === undefined) throw new Error('a creation is planned');
    session.statusStore.expect('App/one', { ...change, actor: NAME });
    const event = { reconcileId: 'r', kind: 'App', name: 'one', actor: NAME };
    session.events.emit('reconciled', {
      ...event,
      action: 'update',
      trigger: 'drift',
      fields: [],
      updateMask: '',
      outcome: 'done',
      durationMs: 1,
      requests: 1,
      revision: 'abc',
      status: 'Synced',
    });
    session.events.emit('attributed', event);
    for (const [place, times] of [
      ['/held', 1],
      ['/objects/App/one', 3],
      ['/history', 2],
    ] as const) {
      const { text } = await page(place);
      expect(text.match(/\\u202e\\u200b/g), place).toHaveLength(times);
      expect(text, place).not.toMatch(/<script>alert|\u202e|\u200b/);
    }
  });

  it('is text in an address, too', async () => {
    await start();
    const query = encodeURIComponent(NAME);
    for (const place of [
      `/objects?q=${query}`,
      `/objects?kind=${query}`,
      `/history?key=App/${query}`,
      `/objects/App/${query}`,
    ]) {
      const { text } = await page(place);
      expect(text, place).not.toMatch(/<script>alert/);
    }
    expect((await page(`/objects?q=${query}`)).text).toContain(`value="&#60;script`);
    expect((await page('/objects?status=%3Cscript%3E&page=-7')).status).toBe(200);
  });

  it('finds no inline script and no inline style', async () => {
    await start({ text: file(app('one', { displayName: 'One' })) });
    for (const place of [...PAGES, '/objects/App/one', '/nowhere']) {
      const { text } = await page(place);
      expect(text, place).not.toMatch(
        /<script(?![^>]* src="\/assets\/)|<style|\sstyle=|\son\w+=|javascript:/i,
      );
      expect(text, place).not.toMatch(/(?:src|href|action|hx-get)="(?!\/(?!\/))(?!#)/);
    }
  });
});

describe('a visitor', () => {
  it('reads, and sees how to sign in', async () => {
    await start({ text: file(app('one', { displayName: 'One' })) });
    const { text } = await page('/objects/App/one');
    expect(text).toContain('<a href="/login">Sign in</a> to change something here.');
    expect(text).not.toContain('<form method="post"');
    expect((await send('/suspend', { target: 'App/one', reason: 'x', hours: '', back: '/' })).status).toBe(
      401,
    );
    expect((await page('/login')).text).toContain('type="password"');
    const wrong = await send('/login', { token: 'wrong' });
    expect([wrong.status, wrong.headers.location]).toEqual([303, '/login?failed']);
    expect((await page('/login?failed')).text).toContain('This is not the token');
  });

  it('reads, and sees how to set a missing token', async () => {
    await start({ text: file(app('one', { displayName: 'One' })), token: null });
    for (const place of ['/objects/App/one', '/login']) {
      const { text } = await page(place);
      expect(text).toContain('Nothing can be changed here while the daemon has no token');
      expect(text).not.toContain('<form method="post"');
    }
    for (const place of ['/approve', '/suspend', '/resume', '/look'])
      expect((await send(place, {})).status).toBe(403);
  });
});

describe('a signed-in user', () => {
  it('suspends and resumes, returns to the page, and sees one confirmation', async () => {
    const { session } = await start({ text: file(app('one', { displayName: 'One' })) });
    const headers = await signIn();
    const back = '/objects/App/one';
    const suspended = await send(
      '/suspend',
      { target: 'App/one', reason: 'a test', hours: '4', back },
      headers,
    );
    expect([suspended.status, suspended.headers.location]).toEqual([303, `${back}?done=suspended`]);
    const [suspension] = session.decisions.suspensions(session.clock.now());
    expect(suspension).toMatchObject({ target: 'App/one', reason: 'a test' });
    expect((suspension?.until ?? 0) - (suspension?.at ?? 0)).toBe(4 * 3_600_000);
    const { text } = await page(`${back}?done=suspended`, headers);
    expect(text).toContain('Suspended. The daemon changes nothing there until it is resumed.');
    expect(text).toContain(`hx-get="${back}"`);
    expect(text).toContain('action="/resume"');
    expect((await send('/resume', { target: 'App/one', back }, headers)).headers.location).toBe(
      `${back}?done=resumed`,
    );
    expect(session.decisions.suspensions(session.clock.now())).toEqual([]);
    const told = await session.history?.page({ limit: 10 });
    expect(told?.entries.filter(({ event }) => event === 'commanded')).toMatchObject([
      { command: 'resume', by: 'token', via: 'dashboard' },
      { command: 'suspend', by: 'token', via: 'dashboard' },
    ]);
  });

  it('recreates an object that was deleted in the tenant after a confirmation', async () => {
    const here = await start({ text: file(app('one', { displayName: 'One' })) });
    const { apps } = await here.tenant.state();
    const id = String(apps.find(({ displayName }) => displayName === 'One')?.id);
    await here.tenant.api('DELETE', `/api/v1/apps/${id}`, {});
    await here.sweep();
    const browser = await signIn();
    const back = '/objects/App/one';
    expect((await page(back, browser)).text).toContain('Recreate it …');
    const asked = await send('/resume', { target: 'App/one', back }, browser);
    expect(asked.status).toBe(200);
    expect(asked.text).toContain('<h1>Recreate it?</h1>');
    expect(asked.text).toContain('deleted in the tenant, perhaps on purpose');
    expect(here.session.store.object('App/one')).toBeDefined();
    const confirmed = /name="confirmed" value="([^"]+)"/.exec(asked.text)?.[1] ?? '';
    expect((await send('/resume', { target: 'App/one', back, confirmed }, browser)).status).toBe(303);
    await here.sweep();
    const { text } = await page('/objects/App/one', browser);
    expect(text).not.toContain('Recreate it …');
    const again = (await here.tenant.state()).apps.filter(({ displayName }) => displayName === 'One');
    expect(again.filter((other) => other.id !== id && other.deletedAt == null)).toHaveLength(1);
  });

  it('confirms on a page of its own that a definition overwrites the edit of a person', async () => {
    const here = await start({
      text: file(
        app('one', { displayName: 'One', description: 'From the file' }),
        app('two', { displayName: 'Two' }),
      ),
      env: { C1SYNC_SYNC_ON_TAKEOVER: 'hold' },
    });
    const live = async (): Promise<unknown> => {
      const { apps } = await here.tenant.state();
      return apps.find(({ displayName }) => displayName === 'One');
    };
    const edit = async (description: string): Promise<void> => {
      const { id } = (await live()) as { id: string };
      await here.tenant.webEdit({ kind: 'App', id, set: { description }, user: 'bob@acme.example' });
      await here.sweep();
    };
    await edit('By <b>hand</b>');
    const browser = await signIn();
    const back = '/objects/App/one';
    expect((await page(back, browser)).text).toContain('Manage it again …');
    const resume = (fields: Record<string, string>) =>
      send('/resume', { target: 'App/one', back, ...fields }, browser);
    for (const unconfirmed of [{}, { confirmed: 'yes' }]) {
      const asked = await resume(unconfirmed);
      expect(asked.status).toBe(200);
      expect(asked.text).toContain('<h1>Manage it again?</h1>');
      expect(asked.text).toContain('&#34;By &#60;b&#62;hand&#60;/b&#62;&#34; → &#34;From the file&#34;');
      expect(await live()).toMatchObject({ description: 'By <b>hand</b>' });
      expect(here.session.store.object('App/one')?.yielded?.print).not.toBe('');
    }
    const all = await send('/resume', { target: '*', back: '/held' }, browser);
    expect(all.text).toContain('<h1>Manage it again?</h1>');
    const confirmed = /name="confirmed" value="([^"]+)"/.exec(all.text)?.[1] ?? '';
    const done = await resume({ confirmed });
    expect([done.status, done.headers.location]).toEqual([303, `${back}?done=resumed`]);
    await here.sweep();
    expect(await live()).toMatchObject({ description: 'From the file' });
  });

  it('names in the question before an approval every object and effect', async () => {
    await start({
      text: file(
        app('github', { displayName: 'GitHub', description: 'Code' }),
        app('new', { displayName: 'New' }),
      ),
      env: { C1SYNC_SYNC_LIMITS_ADOPTS: '0', C1SYNC_SYNC_LIMITS_CREATES: '0' },
    });
    const browser = await signIn();
    for (const place of ['/held', '/objects/App/github']) {
      const { text } = await page(place, browser);
      const dialogs = [...text.matchAll(/<ul class="effects">(.*?)<\/ul>/gs)].map(([, list]) => list ?? '');
      const shown = dialogs.find((list) => list.includes('App/github'));
      expect(shown, place).toMatch(
        /App\/github<\/a> will be adopted.*risk: adoption.*<code>[^<]*description<\/code>/s,
      );
    }
    expect((await page('/objects/App/new', browser)).text).toMatch(/App\/new<\/a> will be created/);
  });

  it('approves a group by its hash', async () => {
    const text = file(app('github', { displayName: 'GitHub', description: 'Code' }));
    const { session } = await start({ text, env: { C1SYNC_SYNC_LIMITS_ADOPTS: '0' } });
    const headers = await signIn();
    const held = (await page('/held', headers)).text;
    const hash = /name="hash" value="(sha256:[0-9a-f]{64})"/.exec(held)?.[1] ?? '';
    expect(held).toContain('Approve 1 change');
    expect(held).toContain('&#34;Source control&#34; → &#34;Code&#34;');
    const answer = await send('/approve', { hash, back: '/held' }, headers);
    expect(answer.headers.location).toBe('/held?done=approved');
    expect(session.decisions.approvals.size).toBe(1);
  });

  it.each([
    ['/suspend', { target: 'App/one', reason: ' ', hours: '', back: '/' }, 400, 'Give a reason'],
    [
      '/suspend',
      { target: 'App/one', reason: 'x', hours: '-1', back: '/' },
      400,
      'Hours: Must be more than 0.',
    ],
    [
      '/suspend',
      { target: 'App/no-such', reason: 'x', hours: '', back: '/' },
      422,
      'App/no-such names nothing',
    ],
    ['/resume', { target: 'App/one', back: '/' }, 422, 'nothing to resume'],
    ['/look', { target: '*', back: '//elsewhere.example' }, 400, 'Must be a path on this server'],
    ['/approve', { hash: 'sha256:0123456789ab', back: '/' }, 422, 'No held changes have the hash'],
  ])('sees an error page for a refused %s: %o', async (place, fields, status, message) => {
    await start({ text: file(app('one', { displayName: 'One' })) });
    const answer = await send(place, fields, await signIn());
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toContain('text/html');
    expect(answer.text).toContain(message);
  });

  it('is protected against pages of other servers', async () => {
    await start({ text: file(app('one', { displayName: 'One' })) });
    const { cookie } = await signIn();
    for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'http://elsewhere.example' }, {}]) {
      expect((await send('/look', { target: '*', back: '/' }, { cookie, ...headers })).status).toBe(403);
    }
  });
});

describe('the history', () => {
  it('is read a page at a time, of everything or of one object', async () => {
    const { session } = await start({ text: file(app('one', { displayName: 'One' })) });
    for (let number = 1; number <= 60; number += 1) {
      const target = number === 7 ? 'App/one' : `team=number-${number}`;
      session.events.emit('commanded', {
        command: 'suspend',
        by: 'alice',
        via: 'api',
        targets: [target],
        keys: [],
        reason: `reason ${number}`,
      });
    }
    const newest = (await page('/history')).text;
    expect(newest.match(/id="history-/g)).toHaveLength(50);
    expect(newest).toContain('Reason 60.');
    const older = /rel="next" href="([^"]+)"/.exec(newest)?.[1]?.replaceAll('&#61;', '=') ?? '';
    const oldest = (await page(older)).text;
    expect(oldest).toContain('Reason 10.');
    expect(oldest).not.toContain('Reason 11.');
    expect(oldest).toContain('<strong><a href="/objects/App/one">App/one</a></strong> created');
    expect(oldest).toContain('<a href="/history">Newest</a>');
    expect(oldest).not.toContain('rel="next"');
    const one = (await page('/history?key=App/one')).text;
    expect(one).toContain('Reason 7.');
    expect(one).not.toContain('Reason 8.');
  });
});

describe('the page of a connector', () => {
  const SECRET = 'planted-secret-9d2e';
  beforeEach(() => {
    process.env.DATADOG_KEY = SECRET;
  });
  afterEach(() => {
    delete process.env.DATADOG_KEY;
  });

  it('shows its health in the tenant, and no secret of the planned change', async () => {
    const config = {
      datadog_site: 'datadoghq.eu',
      datadog_api_key: { valueFrom: { env: 'DATADOG_KEY' } },
      datadog_application_key: { unset: true },
    };
    const connector = (name: string, displayName: string): Doc => {
      return {
        kind: 'Connector',
        name,
        spec: { app: 'datadog', catalog: 'datadog-v2', displayName, config },
      };
    };
    const docs = [
      app('datadog', { displayName: 'Datadog' }),
      connector('present', 'Datadog v2'),
      connector('new', 'Another'),
    ];
    await start({ text: file(...docs), env: { C1SYNC_SYNC_MODE: 'observe' } });
    const present = (await page('/objects/Connector/present')).text;
    expect(present).toContain('<dt>Sync status</dt><dd>done</dd>');
    expect(present).toMatch(
      /<code>config\.datadog_api_key<\/code><\/dt><dd><code><span class="line inline">\(secret\) will be written, never verified before/,
    );
    const planned = (await page('/objects/Connector/new')).text;
    expect(planned).toMatch(
      /<code>config\.datadog_api_key<\/code><\/dt><dd><code><span class="line inline">\(secret\)/,
    );
    expect(present + planned).not.toContain(SECRET);
  });
});

describe('files of the pages', () => {
  it('are cached by a browser until they change, and need no sign-in', async () => {
    await start();
    const { text } = await page('/login');
    const urls = [...text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, url]) =>
      (url ?? '').replace('&#61;', '='),
    );
    expect(urls).toHaveLength(3);
    for (const url of urls) {
      const first = await ask((served as Served).server.url + url, { headers: { host: 'c1sync.example' } });
      expect(first.status, url).toBe(200);
      expect(first.headers['cache-control']).toBe('public, max-age=31536000, immutable');
      const { etag } = first.headers;
      const again = await (served as Served).get(url, { 'if-none-match': String(etag) });
      expect([again.status, again.text]).toEqual([304, '']);
      const [plain = ''] = url.split('?');
      expect((await (served as Served).get(plain)).headers['cache-control']).toBe('no-cache');
    }
  });
});

describe('ten thousand objects', () => {
  it('are paged, and a page stays small', async () => {
    const { session } = await start();
    for (let number = 10_000; number < 20_000; number += 1) {
      const status = number % 10 === 0 ? 'Failed' : 'Synced';
      session.statusStore.note({
        key: `App/a-${number}`,
        kind: 'App',
        name: `a-${number}`,
        status,
        reason: 'why',
        unverified: false,
        facts: {},
      });
    }
    const first = (await page('/objects')).text;
    expect(first).toContain('1 to 50 of 10,000 objects');
    expect(first.match(/id="row-/g)).toHaveLength(50);
    expect(first.length).toBeLessThan(100_000);
    const last = (await page('/objects?page=200')).text;
    expect(last).toContain('9,951 to 10,000 of 10,000 objects');
    expect(last).not.toContain('rel="next"');
    expect((await page('/objects?page=201')).text).toContain('No object is on this page');
    expect((await page('/objects?q=A-1234')).text).toContain('<p role="status">10 objects</p>');
    const overview = (await page('/')).text;
    expect(overview).toContain('1,000 out of sync of 10,000 objects');
    expect(overview).toContain('All 1,000 objects that need attention');
    expect(overview.match(/id="row-/g)).toHaveLength(10);
    expect((await page('/objects?status=attention')).text).toContain('1 to 50 of 1,000 objects');
  });
});
