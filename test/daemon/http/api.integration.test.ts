import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HistoryPage } from '../../../src/core/status/history.js';
import type { DaemonView, ObjectPage, ObjectView, PlanView } from '../../../src/core/status/views.js';
import { kinds } from '../../../src/kinds/index.js';
import { type Doc, file } from '../../support/definitions.js';
import { type Heard, Served } from '../../support/served.js';
import { until } from '../../support/wait.js';

const SECRET = 'hunter2-hunter2-hunter2';

const app = (name: string, description: string): Doc => ({
  kind: 'App',
  name,
  labels: { team: name < 'app-3' ? 'red' : 'blue' },
  spec: { displayName: `The ${name.toUpperCase()}`, description },
});

const connector = (): Doc => ({
  kind: 'Connector',
  name: 'hub',
  spec: {
    app: 'app-0',
    catalog: 'github-v2',
    displayName: 'Hub',
    config: {
      C1_selected_field_group_name: 'github_personal_access_token_group',
      github_org_list: ['acme'],
      github_access_token: { valueFrom: { env: 'SERVED_TEST_SECRET' } },
    },
  },
});

const apps = (description: string): Doc[] =>
  Array.from({ length: 6 }, (_, index) => app(`app-${index}`, description));

const errorOf = ({ body }: Heard): string => String((body as { error?: unknown }).error);

let served: Served;
/** The status after the first sweep, before any command. */
let atStart: DaemonView;

beforeAll(async () => {
  process.env.SERVED_TEST_SECRET = SECRET;
  served = await Served.start({
    text: file(...apps('First'), connector()),
    env: { C1SYNC_SYNC_LIMITS_UPDATES: '2' },
  });
  atStart = await status();
});
afterAll(async () => {
  delete process.env.SERVED_TEST_SECRET;
  await served.stop();
});

const status = async (): Promise<DaemonView> => (await served.get('/api/v1/status')).body as DaemonView;
const objects = async (query: string): Promise<ObjectPage> =>
  (await served.get(`/api/v1/objects?${query}`)).body as ObjectPage;
const object = async (key: string): Promise<ObjectView> =>
  (await served.get(`/api/v1/objects/${key}`)).body as ObjectView;
const keysOf = ({ objects }: ObjectPage): string[] => objects.map(({ key }) => key);

describe('the status', () => {
  it('describes the daemon and the statuses of its objects', async () => {
    expect(atStart).toMatchObject({
      about: { workspace: 'default', mode: 'enforce', kinds: kinds.map(({ name }) => name) },
      started: true,
      recovering: false,
      tenant: { reachable: true, reason: null },
      definitions: { count: 7, problems: 0, complete: true },
      sweeps: { last: { trigger: 'start', scope: 'full', outcome: 'done' } },
      objects: { total: 7, byKind: { App: { Failed: 0 }, Connector: { Synced: 1 } } },
      queue: { waiting: 0, running: 0 },
    });
  });
});

describe('the objects', () => {
  it('are found by a part of their key, display name or id, in any case', async () => {
    expect(keysOf(await objects('q=the%20app-2'))).toEqual(['App/app-2']);
    expect(keysOf(await objects('q=connector/H'))).toEqual(['Connector/hub']);
    const { id } = await object('App/app-3');
    expect(keysOf(await objects(`q=${id?.toUpperCase()}`))).toEqual(['App/app-3']);
    expect(await objects('q=nothing-like-it')).toMatchObject({ objects: [], total: 0 });
  });

  it('are found by key, kind, status and labels, all at once', async () => {
    expect(keysOf(await objects('kind=Connector'))).toEqual(['Connector/hub']);
    expect(keysOf(await objects('key=App/app-1&key=App/app-5'))).toEqual(['App/app-1', 'App/app-5']);
    expect(keysOf(await objects('label=team=red'))).toEqual(['App/app-0', 'App/app-1', 'App/app-2']);
    expect(keysOf(await objects('label=team=red&q=app-2&kind=App'))).toEqual(['App/app-2']);
    expect(await objects('status=Failed&status=Invalid')).toMatchObject({ total: 0 });
  });

  it('come in pages', async () => {
    expect(await objects('kind=App&size=4&page=2')).toMatchObject({
      objects: [{ key: 'App/app-4' }, { key: 'App/app-5' }],
      total: 6,
      page: 2,
      size: 4,
    });
  });

  it.each(['status=Broken', 'size=100000', 'page=0', 'label=team', 'colour=red'])(
    'cannot be asked for by %s, and the answer names it',
    async (query) => {
      const answer = await served.get(`/api/v1/objects?${query}`);
      expect(answer.status).toBe(400);
      expect(errorOf(answer)).toContain(query.split('=')[0]);
    },
  );

  it('include one object with all details', async () => {
    expect(await object('Connector/hub')).toMatchObject({
      key: 'Connector/hub',
      displayName: 'Hub',
      status: 'Synced',
      source: expect.stringMatching(/all\.yaml:\d+$/),
      record: { origin: 'created', yielded: null },
      change: null,
      problem: null,
    });
    const missing = await served.get('/api/v1/objects/App/no-such');
    expect(missing.status).toBe(404);
    expect(errorOf(missing)).toContain('App/no-such');
  });
});

describe('commands', () => {
  it.each([
    ['suspend', { target: 'App/app-1' }, 'reason'],
    ['suspend', { target: 'App/app-1', reason: ' ' }, 'reason'],
    ['suspend', { target: 'App/app-1', reason: 'x', for: 'long' }, 'for'],
    // Its end would be no date, and a view of it would fail.
    ['suspend', { target: 'App/app-1', reason: 'x', for: '99999999999d' }, 'ten years at most'],
    ['suspend', { target: 'App/app-1', reason: 'x', until: 1 }, 'until'],
    ['resume', {}, 'target'],
    ['approve', {}, 'hash'],
    ['reconcile', { targets: 'App/app-1' }, 'targets'],
  ])('name the error of an invalid body: %s %j', async (command, body, named) => {
    const answer = await served.post(`/api/v1/${command}`, body);
    expect(answer.status).toBe(400);
    expect(errorOf(answer)).toContain(named);
  });

  it.each([
    ['suspend', { target: 'App/app-99', reason: 'x' }, 'App/app-99'],
    ['resume', { target: 'App/app-1' }, 'nothing is suspended'],
    ['approve', { hash: `sha256:${'0'.repeat(64)}` }, 'no held changes have the hash'],
    ['reconcile', { targets: ['App/ap-1'] }, 'Did you mean'],
  ])('name the reason of a refusal: %s %j', async (command, body, said) => {
    const answer = await served.post(`/api/v1/${command}`, body);
    expect(answer.status).toBe(422);
    expect(errorOf(answer)).toContain(said);
  });

  it('suspend objects and resume them, by label', async () => {
    const suspended = await served.post('/api/v1/suspend', {
      target: 'team=red',
      reason: 'audit',
      for: '2h',
    });
    expect(suspended.body).toMatchObject({ target: 'team=red', reason: 'audit' });
    await until(async () => (await object('App/app-1')).status === 'Suspended', 'the suspension to show');
    const { suspensions } = await status();
    expect(suspensions).toMatchObject([{ target: 'team=red', reason: 'audit' }]);
    const [one] = suspensions;
    expect(Date.parse(String(one?.until)) - Date.parse(String(one?.since))).toBe(2 * 60 * 60_000);
    expect(keysOf(await objects('status=Suspended&kind=App'))).toEqual([
      'App/app-0',
      'App/app-1',
      'App/app-2',
    ]);

    const resumed = await served.post('/api/v1/resume', { target: 'team=red' });
    expect(resumed.body).toEqual({ suspensions: ['team=red'], reclaimed: [] });
    await until(async () => (await object('App/app-1')).status === 'Synced', 'the end of it to show');
  });
});

describe('changes that a limit holds', () => {
  it('are shown with their effect, approved as a group, and listed in the history', async () => {
    const edited = file(...apps('Second'), connector());
    const held = await Served.start({
      text: file(...apps('First'), connector()),
      env: { C1SYNC_SYNC_LIMITS_UPDATES: '2' },
    });
    try {
      await held.write('all.yaml', edited);
      await held.post('/api/v1/reconcile', { targets: [] });
      const plan = async (): Promise<PlanView> => (await held.get('/api/v1/plan')).body as PlanView;
      const waiting = await until(async () => (await plan()).held[0], 'the limit to hold');
      expect(waiting).toMatchObject({
        objects: 4,
        keys: ['App/app-2', 'App/app-3', 'App/app-4', 'App/app-5'],
      });
      expect(waiting.reason).toContain('sync.limits.updates');
      expect(waiting.changes[0]).toMatchObject({
        kind: 'App',
        name: 'app-2',
        action: 'update',
        fields: [{ path: 'description', from: 'First', to: 'Second' }],
        held: { approval: waiting.hash },
      });
      const one = (await held.get('/api/v1/objects/App/app-2')).body as ObjectView;
      expect(one).toMatchObject({ status: 'Held', held: true, action: 'update', change: waiting.changes[0] });
      // Changes within the limit are no longer planned once they are done.
      await until(async () => (await plan()).pending.total === 0, 'the two others to be done');

      const approved = await held.post('/api/v1/approve', { hash: waiting.hash });
      expect(approved.body).toEqual({ keys: waiting.keys });
      await until(async () => {
        const { body } = await held.get('/api/v1/objects?kind=App&status=Synced');
        return (body as ObjectPage).total === 6;
      }, 'the approved changes to be made');
      expect((await plan()).held).toEqual([]);

      const about = (await held.get('/api/v1/history?key=App/app-2')).body;
      expect(about).toMatchObject({
        entries: [
          {
            event: 'reconciled',
            action: 'update',
            outcome: 'done',
            trigger: 'command',
            approved: { by: 'token', at: expect.stringMatching(/^\d{4}-.*Z$/) },
          },
          { event: 'commanded', command: 'approve', by: 'token', via: 'api', objects: 4 },
          { event: 'reconciled', status: 'Held', outcome: 'held' },
          { event: 'reconciled', action: 'create', outcome: 'done' },
        ],
        next: null,
      });
      const free = (await held.get('/api/v1/history?key=App/app-0')).body as HistoryPage;
      expect(free.entries[0]).toMatchObject({ action: 'update', outcome: 'done' });
      expect(free.entries[0]).not.toHaveProperty('approved');
      const shown = await held.get('/history?key=App/app-2', { accept: 'text/html' });
      expect(shown.text).toContain('It had been approved by <strong>token</strong>.');
      const all = await Promise.all(
        ['status', 'objects', 'objects/Connector/hub', 'plan', 'history'].map((what) =>
          held.get(`/api/v1/${what}`),
        ),
      );
      for (const { text } of all) expect(text).not.toContain(SECRET);
      expect(all.at(-1)?.text).toContain('"path":"config.github_access_token","sensitive":true');
    } finally {
      await held.stop();
    }
  });
});

describe('an outage of the tenant', () => {
  it('is shown, does not make the daemon unready, and keeps the last statuses', async () => {
    const down = await Served.start({ text: file(...apps('First')) });
    try {
      await down.tenant.faults({ match: 'POST /*', times: 1000, status: 503 });
      await down.tenant.faults({ match: 'GET /*', times: 1000, status: 503 });
      await down.post('/api/v1/reconcile', {});
      const tenant = async () => ((await down.get('/api/v1/status')).body as DaemonView).tenant;
      await until(async () => (await tenant()).reachable === false, 'the outage to be shown');
      expect((await tenant()).reason).toBeTruthy();
      expect((await down.get('/readyz')).status).toBe(200);
      expect(((await down.get('/api/v1/objects')).body as ObjectPage).total).toBe(6);
    } finally {
      await down.stop();
    }
  });
});
