import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serveTenants, type TenantsServer } from '../../../src/cli/serve.js';
import { composeDaemon, openSession } from '../../../src/compose.js';
import { loadSettings } from '../../../src/settings/load.js';
import type { NamedSettings } from '../../../src/settings/settings.js';
import { createLog } from '../../../src/telemetry/log.js';
import { type TestEmulator, testEmulator } from '../../support/emulator.js';
import { ask, type Heard, TOKEN } from '../../support/served.js';

const app = (name: string, description = 'from git'): string =>
  `apiVersion: c1sync/v1\nkind: App\nmetadata: { name: ${name} }\nspec: { displayName: ${name}, description: ${description} }\n`;

let root: string;
let tenant: TestEmulator;
let named: readonly NamedSettings[];
let server: TenantsServer;
const closing: (() => Promise<void>)[] = [];
const log = createLog({ level: 'silent', format: 'json' });

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'c1sync-tenants-'));
  tenant = await testEmulator();
  for (const name of ['acme', 'beta', 'down']) {
    await mkdir(path.join(root, name));
    await writeFile(path.join(root, name, 'app.yaml'), app(`${name}-app`));
  }
  const entry = (name: string, more = ''): string => `  - name: ${name}
    workspace: ${name}
    source: { directory: ${name} }
    tenant: { auth: { accessToken: ${JSON.stringify(tenant.accessToken)} } }
${more}`;
  await writeFile(
    path.join(root, 'c1sync.yaml'),
    `tenant: { url: ${tenant.url} }
server: { port: 0, token: ${TOKEN} }
state: { path: state }
sync: { interval: 10h }
api: { requestsPerSecond: 1000 }
tenants:
${entry('acme', '    sync: { limits: { creates: 0 } }\n')}${entry('beta')}${entry('down')}`,
  );
  const loaded = await loadSettings({ env: { HOME: root }, cwd: root });
  if (loaded.tenants === undefined) throw new Error('there are no tenants');
  named = loaded.tenants;
  server = await serveTenants(loaded.shared.server, named, log);
  closing.push(() => server.close());
});

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await tenant.close();
  await rm(root, { recursive: true, force: true });
});

/** Opens the session of a tenant, serves it and makes its first sweep. */
async function start(name: string): Promise<{ readonly end: () => Promise<void> }> {
  const settings = named.find((one) => one.name === name)?.settings;
  if (settings === undefined) throw new Error(`no ${name}`);
  const session = await openSession(settings, { mode: 'write', command: 'run', log });
  const { scheduler } = composeDaemon(session);
  const part = server.add(name, session, scheduler);
  scheduler.request('start', 'all');
  await scheduler.started;
  let end: (() => Promise<void>) | undefined = async () => {
    end = undefined;
    await part.close();
    await scheduler.stop();
    await session.close();
  };
  closing.push(async () => end?.());
  return { end: async () => end?.() };
}

const get = (target: string, headers = {}): Promise<Heard> => ask(server.url + target, { headers });
const post = (target: string, body: unknown): Promise<Heard> =>
  ask(server.url + target, { method: 'POST', body, headers: { authorization: `Bearer ${TOKEN}` } });
const html = { accept: 'text/html' };

describe('the server of several tenants', () => {
  it('lists all of them, those first that need attention most', async () => {
    expect((await get('/readyz')).status).toBe(503);
    await start('beta');
    await start('acme');
    server.tenants.fail('down', 'the records are in use <b>', Date.now() + 60_000);
    expect((await get('/readyz')).body).toMatchObject({
      status: 'ok',
      checks: { server: 'ok', start: 'ok' },
    });
    expect((await get('/api/v1/tenants')).body).toMatchObject({
      tenants: [
        {
          name: 'down',
          state: 'failed',
          phase: 'failing',
          reason: 'the records are in use <b>',
          objects: null,
        },
        {
          name: 'acme',
          state: 'running',
          phase: 'waiting',
          reason: expect.stringMatching(/^1 waiting for a person: App\/acme-app: /),
          held: 1,
          lastCompleteSweep: expect.any(String),
        },
        { name: 'beta', phase: 'in-sync', reason: '', since: null, objects: { total: 1 } },
      ],
    });
    const page = (await get('/', html)).text;
    expect(page).toContain('2 of 3 tenants need attention');
    expect(page.indexOf('tenant-down')).toBeLessThan(page.indexOf('tenant-acme'));
    expect(page.indexOf('tenant-acme')).toBeLessThan(page.indexOf('tenant-beta'));
    // The words of the page, not those of a terminal.
    expect(page).toMatch(/review them on the page Held, then press Approve there/);
    expect(page).toContain('The records are in use &#60;b&#62;.');
    expect(page).toContain('<a href="/tenants/acme/held">1 group to approve</a>');
  });

  it('has the pages and the API of each below its name, and none without', async () => {
    await start('acme');
    await start('beta');
    const acme = await get('/tenants/acme/', html);
    expect(acme.status).toBe(200);
    for (const address of [
      '/tenants/acme/objects',
      '/tenants/acme/held',
      '/tenants/acme/objects/App/acme-app',
    ])
      expect(acme.text).toContain(`"${address}`);
    // Every link leads to a page of this tenant, or of the process.
    const links = [...acme.text.matchAll(/ (?:href|action|hx-get)="(\/[^"]*)"/g)].map(
      ([, link = '']) => link,
    );
    const others = links.filter((link) => !link.startsWith('/tenants/acme/') && !link.startsWith('/assets/'));
    expect(new Set(others)).toEqual(new Set(['/', '/login']));
    for (const link of links) expect((await get(link.replaceAll('&#61;', '='), html)).status, link).toBe(200);
    expect(acme.text).toContain('hx-sse:connect="/api/v1/tenants/acme/events"');
    expect(acme.text).not.toContain('beta-app');
    expect((await get('/api/v1/tenants/beta/objects')).body).toMatchObject({
      objects: [{ key: 'App/beta-app' }],
    });
    expect((await get('/api/v1/tenants/beta/status')).body).toMatchObject({
      about: { name: 'beta', workspace: 'beta' },
    });
    expect(await get('/api/v1/status')).toMatchObject({
      status: 404,
      body: { error: expect.stringContaining('--tenant') },
    });
    expect((await get('/objects', html)).status).toBe(404);
  });

  it('says why a tenant is not served, and to nobody without access', async () => {
    server.tenants.fail('down', 'its lock is held', Date.now());
    expect(await get('/api/v1/tenants/down/status')).toMatchObject({
      status: 503,
      body: { error: expect.stringContaining('down now: its lock is held') },
    });
    expect((await get('/api/v1/tenants/acme/status')).body).toMatchObject({
      error: expect.stringContaining('starting'),
    });
    expect((await get('/api/v1/tenants/none/status')).status).toBe(404);
    const away = { 'x-forwarded-for': '10.0.0.1' };
    for (const target of ['/api/v1/tenants/down/status', '/api/v1/tenants/none/status', '/api/v1/tenants'])
      expect((await get(target, away)).status, target).toBe(401);
    expect((await post('/tenants/down/webhooks/git', {})).status).toBe(404);
  });

  it('commands one tenant alone', async () => {
    await start('acme');
    await start('beta');
    expect((await post('/api/v1/tenants/beta/suspend', { target: '*', reason: 'night' })).status).toBe(200);
    const status = async (name: string) => (await get(`/api/v1/tenants/${name}/status`)).body;
    expect(await status('acme')).toMatchObject({ suspensions: [] });
    expect(await status('beta')).toMatchObject({ suspensions: [{ target: '*', reason: 'night' }] });
    const back = await ask(`${server.url}/tenants/beta/resume`, {
      method: 'POST',
      headers: {
        ...html,
        authorization: `Bearer ${TOKEN}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({ target: '*', back: '/held' }).toString(),
    });
    expect([back.status, back.headers.location]).toEqual([303, '/tenants/beta/held?done=resumed']);
  });

  it('counts each under its label, and keeps what it knew of one that ended', async () => {
    const { end } = await start('beta');
    const metric = async (series: string): Promise<number> => {
      const line = (await get('/metrics')).text.split('\n').find((one) => one.startsWith(`${series} `));
      return Number(line?.split(' ').at(-1));
    };
    expect(await metric('c1sync_tenant_running{tenant="beta"}')).toBe(1);
    expect(await metric('c1sync_tenant_running{tenant="down"}')).toBe(0);
    expect(await metric('c1sync_last_successful_sweep_timestamp_seconds{tenant="down"}')).toBe(0);
    const sweeps = 'c1sync_sweeps_total{tenant="beta",scope="full",outcome="done"}';
    expect(await metric(sweeps)).toBe(1);
    await end();
    expect(await metric('c1sync_tenant_running{tenant="beta"}')).toBe(0);
    expect(await metric(sweeps)).toBe(1);
    expect(await metric('c1sync_last_successful_sweep_timestamp_seconds{tenant="beta"}')).toBeGreaterThan(0);
    expect((await get('/api/v1/tenants')).body).toMatchObject({
      tenants: expect.arrayContaining([
        expect.objectContaining({ name: 'beta', state: 'starting', lastCompleteSweep: expect.any(String) }),
      ]),
    });
  });
});
