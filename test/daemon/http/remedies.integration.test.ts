import { afterEach, describe, expect, it } from 'vitest';
import { type Doc, file } from '../../support/definitions.js';
import { Served, TOKEN } from '../../support/served.js';

let served: Served;
afterEach(() => served?.stop());

const app = (spec: Doc['spec'] = {}): Doc => ({
  kind: 'App',
  name: 'one',
  spec: { displayName: 'One', description: 'Ours', ...spec },
});
const hub: Doc = {
  kind: 'Connector',
  name: 'hub',
  spec: { app: 'one', catalog: 'slack', displayName: 'Hub' },
};
const start = async (env: Readonly<Record<string, string>> = {}): Promise<void> => {
  served = await Served.start({ text: file(app(), hub), env });
};
const idOf = async (): Promise<string> => {
  const { apps } = await served.tenant.state();
  return String(apps.find(({ displayName }) => displayName === 'One')?.id);
};
const edit = async (): Promise<void> =>
  served.tenant.webEdit({
    kind: 'App',
    id: await idOf(),
    set: { description: 'x' },
    user: 'bob@acme.example',
  });
const change = async (): Promise<void> => served.write('all.yaml', file(app({ description: 'New' }), hub));

/** A state that a person ends: the words of each page, and the command of a program. */
interface Case {
  readonly when: string;
  readonly reach: () => Promise<unknown>;
  readonly own: string;
  readonly elsewhere: string;
  readonly command: string;
  /** The words for what lives under the object, on its own page. */
  readonly child?: string;
}

const cases: readonly Case[] = [
  {
    when: 'it is suspended',
    reach: async () => {
      await start();
      await served.post('/api/v1/suspend', { target: 'App/one', reason: 'incident 12' });
    },
    own: 'incident 12; press Resume.',
    elsewhere: 'press Resume on the page Held.',
    command: "run 'c1sync resume App/one'",
    child: 'press Resume on the page Held.',
  },
  {
    when: 'a limit holds it',
    reach: async () => {
      await start({ C1SYNC_SYNC_LIMITS_UPDATES: '0' });
      await change();
    },
    own: 'review them on the page Held, then press Approve, or raise sync.limits.updates.',
    elsewhere: 'review them on the page Held, then press Approve there, or',
    command: "review them with 'c1sync plan', then run 'c1sync approve' with the hash",
  },
  {
    when: 'a person took it over',
    reach: async () => {
      await start({ C1SYNC_SYNC_ON_TAKEOVER: 'hold' });
      await edit();
    },
    own: 'press Manage it again, or change its definition.',
    elsewhere: 'press Manage it again on the page of App/one',
    command: "run 'c1sync resume App/one' to manage it again",
    child: 'press Manage it again on the page of App/one',
  },
  {
    when: 'it was deleted in the tenant',
    reach: async () => {
      await start();
      await served.tenant.api('DELETE', `/api/v1/apps/${await idOf()}`, {});
    },
    own: 'remove the definition, or press Recreate it.',
    elsewhere: 'press Recreate it on the page of App/one',
    command: "run 'c1sync resume App/one'",
    child: 'press Recreate it on the page of App/one',
  },
  {
    when: 'its change failed',
    reach: async () => {
      await start();
      await served.tenant.faults({ match: 'POST /api/v1/apps/*', status: 403 });
      await change();
    },
    own: 'correct that, then press Reconcile now, or wait',
    elsewhere: 'press Reconcile now on the page of App/one',
    command: "run 'c1sync reconcile App/one'",
  },
  {
    when: 'the daemon only observes',
    reach: async () => {
      await start();
      await served.close();
      await served.open({ C1SYNC_SYNC_MODE: 'observe' });
      await change();
    },
    own: 'see the difference below, and set sync.mode: enforce',
    elsewhere: 'see the difference on the page of App/one',
    command: "see the difference with 'c1sync plan'",
  },
];

describe.each(cases)('a reason while $when', ({ reach, own, elsewhere, command, child }) => {
  it('names the buttons of pages to their readers, and commands to programs', async () => {
    await reach();
    await served.sweep();
    const page = async (place: string): Promise<string> => {
      const { text } = await served.get(place, { accept: 'text/html' });
      expect(text, place).not.toMatch(/run &#39;c1sync (approve|resume|reconcile)|with &#39;c1sync plan/);
      return text.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');
    };
    expect(await page('/objects/App/one')).toContain(own);
    for (const place of ['/', '/objects', '/history']) {
      if (place !== '/' || !elsewhere.includes('Resume')) expect(await page(place)).toContain(elsewhere);
    }
    await page('/held');
    if (child !== undefined) expect(await page('/objects/Connector/hub')).toContain(child);
    const { body } = await served.get('/api/v1/objects?key=App/one');
    expect(body).toMatchObject({ objects: [{ reason: expect.stringContaining(command) }] });
  });
});

/** The page of an object for a person who has signed in, and the headers of its forms. */
async function signedIn(place: string) {
  const login = await served.form('/login', { token: TOKEN });
  const headers = {
    cookie: String(login.headers['set-cookie']).split(';')[0] ?? '',
    'sec-fetch-site': 'same-origin',
  };
  return { headers, text: (await served.get(place, { accept: 'text/html', ...headers })).text };
}

describe('an object whose record contradicts its marks', () => {
  it('is forgotten by a button after a confirmation, and found again', async () => {
    await start();
    const id = await idOf();
    const made = await served.tenant.api('POST', '/api/v1/apps', { displayName: 'Copy' });
    const annotations = { managed_by: 'c1sync', iac_workspace: 'default', iac_resource_address: 'App/one' };
    const { id: copy } = made.body.app as { readonly id: string };
    const body = { app: { annotations }, updateMask: 'annotations' };
    await served.tenant.api('POST', `/api/v1/apps/${copy}`, body);
    await served.tenant.webEdit({ kind: 'App', id, set: { description: 'x' }, user: 'bob@acme.example' });
    await served.sweep();
    const back = '/objects/App/one';
    const { text, headers } = await signedIn(back);
    expect(text).toContain('or press Forget the record of App/one.');
    expect(text).toContain('The next sweep treats App/one as new');
    expect((await served.get('/objects', { accept: 'text/html' })).text).toContain(
      'press Forget the record of App/one on the page of this object',
    );
    const ended = served.nextSweep();
    const done = await served.form('/forget', { target: 'App/one', back }, headers);
    expect(done.headers.location).toBe(`${back}?done=forgotten`);
    await ended;
    await served.sweep();
    expect(served.session.store.object('App/one')?.id).toBe(copy);
  });
});

describe('an object whose file lost what it held', () => {
  it('is released by a button', async () => {
    await start();
    await served.write('all.yaml', '');
    await served.sweep();
    const { text } = await signedIn('/objects/App/one');
    expect(text).toContain('holds no definition now: fill it, remove the file, or press Release it.');
    expect(text).toContain('Release it …');
  });
});

describe('an object whose definition is gone', () => {
  it('is released by a button after a confirmation, and stays in the tenant', async () => {
    const other: Doc = { kind: 'App', name: 'two', spec: { displayName: 'Two' } };
    served = await Served.start({ text: file(app(), other) });
    await served.write('all.yaml', file(other));
    await served.sweep();
    const back = '/objects/App/one';
    const { text, headers } = await signedIn(back);
    expect(text).toContain('restore the definition, or press Release it.');
    expect(text).toContain('c1sync forgets App/one. The object stays in the tenant');
    expect((await served.get('/objects/App/two', { accept: 'text/html', ...headers })).text).not.toContain(
      'Release it',
    );
    const ended = served.nextSweep();
    const done = await served.form('/release', { target: 'App/one', back }, headers);
    expect([done.status, done.headers.location]).toEqual([303, `${back}?done=released`]);
    await ended;
    expect(served.session.store.object('App/one')).toBeUndefined();
    const after = (await served.get(`${back}?done=released`, { accept: 'text/html' })).text;
    expect(after).toContain('Released.');
    expect(after).toContain('c1sync does not manage it: it was deleted, released or renamed.');
    const { body } = await served.get('/api/v1/history?action=forget');
    expect(body).toMatchObject({ entries: [{ by: 'token', via: 'dashboard', targets: ['App/one'] }] });
    expect(await idOf()).not.toBe('undefined');
  });
});
