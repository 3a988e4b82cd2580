import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TerminalError } from '../../src/core/model/errors.js';
import type { Secret } from '../../src/core/model/secret.js';
import { describeSettings } from '../../src/settings/keys.js';
import { SettingsError, type SettingsProblem } from '../../src/settings/problems.js';
import { requireTenant, type Settings, stateDirectory } from '../../src/settings/settings.js';
import type { Surroundings } from '../../src/settings/tree.js';
import { loadOne } from '../support/settings.js';

let cwd: string;

beforeEach(() => {
  cwd = realpathSync(mkdtempSync(path.join(tmpdir(), 'c1sync-settings-')));
});

afterEach(() => rmSync(cwd, { recursive: true }));

function write(name: string, text: string): string {
  const file = path.join(cwd, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

function load(env: NodeJS.ProcessEnv = {}, more: Partial<Surroundings> = {}): Promise<Settings> {
  return loadOne({ env: { HOME: '/home/someone', ...env }, cwd, ...more });
}

async function problems(
  env: NodeJS.ProcessEnv = {},
  more: Partial<Surroundings> = {},
): Promise<readonly SettingsProblem[]> {
  const error = await load(env, more).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(SettingsError);
  return error instanceof SettingsError ? error.problems : [];
}

const CLIENT = {
  CONDUCTORONE_CLIENT_ID: 'able-fox@acme.conductor.one/pcc',
  CONDUCTORONE_CLIENT_SECRET: 'hush',
};

describe('defaults', () => {
  test('no input at all gives settings without a tenant, and names the missing settings', async () => {
    const settings = await load();
    expect(settings).toMatchObject({
      workspace: 'default',
      source: { directory: path.join(cwd, 'definitions') },
      sync: { mode: 'enforce', interval: 600_000, debounce: 200, adopt: 'matching', settle: 300_000 },
      api: { requestsPerSecond: 10, concurrency: 5, timeout: 30_000, connectorOwnerRole: 'owner' },
      state: { path: '/home/someone/.local/state/c1sync' },
      log: { level: 'info' },
    });
    expect(settings.tenant).toBeUndefined();
    expect(() => requireTenant(settings)).toThrow(TerminalError);
    expect(() => requireTenant(settings)).toThrow(
      /C1SYNC_TENANT_URL[\s\S]*CONDUCTORONE_CLIENT_SECRET[\s\S]*embedded/,
    );
  });

  test('state follows XDG_STATE_HOME when it is absolute, one folder for each host and workspace', async () => {
    const settings = await load({ XDG_STATE_HOME: '/var/state' });
    expect(stateDirectory(settings, 'Acme.conductor.one')).toBe(
      '/var/state/c1sync/acme.conductor.one/default',
    );
    expect(stateDirectory(settings, '127.0.0.1:8080')).toBe('/var/state/c1sync/127.0.0.1_8080/default');
    expect((await load({ XDG_STATE_HOME: 'state' })).state.path).toBe('/home/someone/.local/state/c1sync');
  });
});

describe('a git source', () => {
  test('comes from the file, with paths from there and secrets that nothing shows', async () => {
    write('token', 'hush-hush\n');
    write(
      'c1sync.yaml',
      `source:
  git:
    url: https://git.example/acme/config.git
    ref: release/v1
    path: tenants/acme
    auth: { token: { valueFrom: { file: token } }, username: bot, sshKeyFile: keys/id, knownHostsFile: /etc/hosts }
    webhookSecret: { valueFrom: { env: HOOK } }
`,
    );
    const { git } = (await load({ HOOK: 'hook-hook' })).source;
    expect(git).toMatchObject({
      url: 'https://git.example/acme/config.git',
      ref: 'release/v1',
      path: 'tenants/acme',
      pollInterval: 60_000,
      auth: { username: 'bot', sshKeyFile: path.join(cwd, 'keys/id'), knownHostsFile: '/etc/hosts' },
    });
    expect([git?.auth.token?.reveal(), git?.webhookSecret?.reveal()]).toEqual(['hush-hush', 'hook-hook']);
    expect(inspect(git)).not.toMatch(/hush-hush|hook-hook/);
  });

  test('comes from variables alone, and yields to -f', async () => {
    const env = {
      C1SYNC_SOURCE_GIT_URL: 'git@git.example:acme/config.git',
      C1SYNC_SOURCE_GIT_POLL_INTERVAL: '30s',
      C1SYNC_SOURCE_GIT_AUTH_SSH_KEY_FILE: 'id',
    };
    expect((await load(env)).source.git).toEqual({
      url: 'git@git.example:acme/config.git',
      pollInterval: 30_000,
      auth: { sshKeyFile: path.join(cwd, 'id') },
    });
    const { source } = await load(env, { overrides: { directory: 'here' } });
    expect(source).toEqual({ directory: path.join(cwd, 'here') });
  });

  test('beside a directory it is an error', async () => {
    write('c1sync.yaml', 'source: { directory: defs }\n');
    expect(await problems({ C1SYNC_SOURCE_GIT_URL: 'https://git.example/a' })).toEqual([
      {
        where: 'c1sync.yaml:1:11',
        path: 'source.directory',
        message: expect.stringContaining('source.git'),
      },
    ]);
  });

  test.each([
    'https://git.example/a/b.git',
    'ssh://git@git.example:2222/a/b.git',
    'git@git.example:a/b.git',
    'http://127.0.0.1:8080/a',
    'http://localhost/a',
  ])('the address %s is fine', async (url) => {
    expect((await load({ C1SYNC_SOURCE_GIT_URL: url })).source.git?.url).toBe(url);
  });

  test.each([
    ['http://git.example/a', 'https://'],
    ['http://localhost.evil.example/a', 'https://'],
    ['file:///etc', 'https://'],
    ['ext::sh -c true', 'address of a repository'],
    ['--upload-pack=true', 'address of a repository'],
    ['ssh://-oProxyCommand=true/a', 'address of a repository'],
    ['-x@host:path', 'address of a repository'],
    ['/srv/config.git', 'address of a repository'],
    ['https://user:pass-word@git.example/a', 'source.git.auth'],
    ['https://pass-word@git.example/a', 'source.git.auth'],
    ['ssh://git:pass-word@git.example/a', 'source.git.auth'],
  ])('the address %s is refused', async (url, advice) => {
    const [problem, ...more] = await problems({ C1SYNC_SOURCE_GIT_URL: url });
    expect(more).toEqual([]);
    expect(problem).toMatchObject({
      where: 'C1SYNC_SOURCE_GIT_URL',
      message: expect.stringContaining(advice),
    });
    expect(problem?.message).not.toContain('pass-word');
  });

  test.each([
    [
      'REF',
      ['main', 'feature/x-1', 'v1.2', 'refs/heads/main', 'a'.repeat(40)],
      ['-x', 'a..b', 'a b', 'x^', 'main:x', '/a'],
    ],
    ['PATH', ['defs', 'tenants/acme', '.hidden', 'a b'], ['/etc', '..', 'a/../../b', './a', 'a/', 'a//b']],
  ])('what %s may be', async (name, good, bad) => {
    const env = (value: string): NodeJS.ProcessEnv => ({
      C1SYNC_SOURCE_GIT_URL: 'https://git.example/a',
      [`C1SYNC_SOURCE_GIT_${name}`]: value,
    });
    for (const value of good) {
      expect((await load(env(value))).source.git).toMatchObject({ [name.toLowerCase()]: value });
    }
    for (const value of bad) expect(await problems(env(value)), value).toHaveLength(1);
  });
});

describe('the file', () => {
  test('c1sync.yaml in the working directory is found, and its relative paths start at it', async () => {
    write('c1sync.yaml', 'source: { directory: defs }\nstate: { path: records }\n');
    expect((await load()).source.directory).toBe(path.join(cwd, 'defs'));
    const file = write(
      'conf/mine.yaml',
      'source: { directory: defs }\ntenant: { embedded: { seed: ../seed.json } }\n',
    );
    const settings = await load({}, { file: 'conf/mine.yaml' });
    expect(settings.file).toBe(file);
    expect(settings.source.directory).toBe(path.join(cwd, 'conf/defs'));
    expect(settings.tenant).toEqual({ kind: 'embedded', seed: path.join(cwd, 'seed.json') });
  });

  test('-f starts at the working directory and goes before everything', async () => {
    write('conf/mine.yaml', 'source: { directory: defs }\n');
    const more = { file: 'conf/mine.yaml', overrides: { directory: 'here', logLevel: 'debug' } };
    const settings = await load({ C1SYNC_SOURCE_DIRECTORY: '/elsewhere', C1SYNC_LOG_LEVEL: 'warn' }, more);
    expect(settings.source.directory).toBe(path.join(cwd, 'here'));
    expect(settings.log.level).toBe('debug');
  });

  test('a file that was asked for and is not there is an error, a missing default file is not', async () => {
    expect(await problems({}, { file: 'no.yaml' })).toEqual([
      { where: 'no.yaml', message: 'There is no such file.' },
    ]);
  });

  test('an empty file, or one of comments, is fine', async () => {
    write('c1sync.yaml', '# nothing yet\n');
    expect((await load()).workspace).toBe('default');
  });

  test('all errors come together, each with its place and the nearest name', async () => {
    write(
      'c1sync.yaml',
      'workspce: x\nsync:\n  mode: enforced\n  intervall: 5m\napi:\n  timeout: 30\n  concurrency: 1.5\nlog: [json]\n',
    );
    expect(await problems({ C1SYNC_API_REQUESTS_PER_SECOND: 'many', C1SYNC_API_TIMEOUTS: '3s' })).toEqual(
      expect.arrayContaining([
        {
          where: 'c1sync.yaml:1:1',
          path: 'workspce',
          message: 'Unknown name "workspce". Did you mean "workspace"?',
        },
        { where: 'c1sync.yaml:3:9', path: 'sync.mode', message: 'Must be "enforce" or "observe".' },
        { where: 'c1sync.yaml:4:3', path: 'sync.intervall', message: expect.stringContaining('"interval"') },
        {
          where: 'c1sync.yaml:6:12',
          path: 'api.timeout',
          message: expect.stringContaining('a span of time'),
        },
        {
          where: 'c1sync.yaml:7:16',
          path: 'api.concurrency',
          message: expect.stringContaining('whole number'),
        },
        { where: 'c1sync.yaml:8:6', path: 'log', message: 'Must be a mapping, not a list.' },
        {
          where: 'C1SYNC_API_REQUESTS_PER_SECOND',
          path: 'api.requestsPerSecond',
          message: expect.stringContaining('Must be a number'),
        },
        {
          where: 'C1SYNC_API_TIMEOUTS',
          message: 'This variable is not a setting. Did you mean "C1SYNC_API_TIMEOUT"?',
        },
      ]),
    );
  });

  test.each([
    ['a: [', 'c1sync.yaml:1:5'],
    ['log: {}\nlog: {}\n', 'c1sync.yaml:2:1'],
    ['log: {}\n---\nlog: {}\n', 'c1sync.yaml:3:1'],
    ['- 1\n', 'c1sync.yaml:1:1'],
  ])('broken YAML is an error with its place: %j', async (text, where) => {
    write('c1sync.yaml', text);
    expect((await problems())[0]?.where).toBe(where);
  });

  test.each([['10'], ['-5m'], ['5 m'], ['999ms']])('a span of time is refused: interval %s', async (text) => {
    write('c1sync.yaml', `sync: { interval: "${text}" }\n`);
    expect((await problems())[0]).toMatchObject({ where: 'c1sync.yaml:1:19', path: 'sync.interval' });
  });

  test('spans of time add up', async () => {
    write('c1sync.yaml', 'sync: { interval: 1h30m, debounce: 0ms, settle: 1.5s }\n');
    expect((await load()).sync).toMatchObject({ interval: 5_400_000, debounce: 0, settle: 1500 });
  });
});

describe('the environment', () => {
  test('every key has a variable, which wins over the file', async () => {
    write('c1sync.yaml', 'api: { requestsPerSecond: 3, concurrency: 2 }\n');
    const settings = await load({ C1SYNC_API_REQUESTS_PER_SECOND: '2.5', C1SYNC_STATE_PATH: 'records' });
    expect(settings.api).toMatchObject({ requestsPerSecond: 2.5, concurrency: 2 });
    expect(settings.state.path).toBe(path.join(cwd, 'records'));
  });

  test('a variable of a path starts at the working directory, not at the file', async () => {
    write('conf/mine.yaml', 'workspace: x\n');
    const settings = await load({ C1SYNC_SOURCE_DIRECTORY: 'defs' }, { file: 'conf/mine.yaml' });
    expect(settings.source.directory).toBe(path.join(cwd, 'defs'));
  });

  test('an empty variable counts as not set', async () => {
    expect((await load({ C1SYNC_WORKSPACE: '', C1SYNC_NONSENSE_PORT: 'tcp://10.0.0.1:80' })).workspace).toBe(
      'default',
    );
  });

  test('what Kubernetes sets for a Service named c1sync is no setting', async () => {
    const env = {
      C1SYNC_SERVICE_HOST: '10.0.0.1',
      C1SYNC_SERVICE_PORT: '8080',
      C1SYNC_SERVICE_PORT_HTTP: '8080',
      C1SYNC_PORT: 'tcp://10.0.0.1:8080',
      // Beside a Service named c1sync-server, the name of a setting means something else.
      C1SYNC_SERVER_PORT: 'tcp://10.0.0.1:8080',
      C1SYNC_PORT_8080_TCP: 'tcp://10.0.0.1:8080',
      C1SYNC_PORT_8080_TCP_ADDR: '10.0.0.1',
    };
    expect((await load(env)).workspace).toBe('default');
  });

  test('the documented names are those that are read', async () => {
    const keys = describeSettings();
    expect(keys.map((key) => key.env)).toContain('C1SYNC_TENANT_AUTH_OIDC_TOKEN_FILE');
    expect(keys.find((key) => key.path === 'api.timeout')).toMatchObject({
      env: 'C1SYNC_API_TIMEOUT',
      type: 'duration',
      default: '30s',
    });
    expect(keys.filter((key) => key.doc === '')).toEqual([]);
    const given = Object.fromEntries(keys.map((key) => [key.env, 'x']));
    const unknown = (await problems(given)).filter(({ message }) => message.includes('no setting'));
    expect(unknown).toEqual([]);
  });
});

describe('the tenant', () => {
  test('vendor names are enough, and the host comes from the client id', async () => {
    const settings = await load(CLIENT);
    expect(settings.tenant).toMatchObject({
      kind: 'remote',
      url: 'https://acme.conductor.one',
      auth: { kind: 'client', clientId: CLIENT.CONDUCTORONE_CLIENT_ID },
    });
    expect(inspect(settings, { depth: 9 }) + JSON.stringify(settings)).not.toContain('hush');
  });

  test.each([
    [{ CONDUCTORONE_ACCESS_TOKEN: 't', CONDUCTORONE_OIDC_TOKEN: 'o' }, 'token'],
    [{ CONDUCTORONE_OIDC_TOKEN: 'o' }, 'oidc'],
    [{}, 'client'],
  ])('of several vendor credentials, the vendor order decides: %j', async (more, kind) => {
    const settings = await load({ ...CLIENT, CONDUCTORONE_TENANT_DOMAIN: 'acme.c1eu.ai', ...more });
    expect(settings.tenant).toMatchObject({ url: 'acme.c1eu.ai', auth: { kind } });
  });

  test('whole credentials of the file are not changed by vendor names, parts are filled in', async () => {
    write(
      'c1sync.yaml',
      'tenant: { url: https://a.conductor.one, auth: { clientId: me, clientSecret: mine } }\n',
    );
    const auth = { kind: 'client', clientId: 'me' };
    expect((await load({ ...CLIENT, CONDUCTORONE_ACCESS_TOKEN: 't' })).tenant).toMatchObject({
      url: 'https://a.conductor.one',
      auth,
    });
    write('c1sync.yaml', 'tenant: { url: https://a.conductor.one, auth: { clientId: me } }\n');
    expect((await load(CLIENT)).tenant).toMatchObject({ auth });
  });

  test('a secret comes from a file or variable; one newline at the end is not part of it', async () => {
    write('conf/secret', 'hush\n');
    write(
      'conf/c1.yaml',
      'tenant:\n  url: { valueFrom: { env: WHERE } }\n  auth:\n    clientId: me\n    clientSecret: { valueFrom: { file: secret } }\n',
    );
    const { tenant } = await load({ WHERE: 'https://a.conductor.one' }, { file: 'conf/c1.yaml' });
    const auth = tenant?.kind === 'remote' && tenant.auth.kind === 'client' ? tenant.auth : undefined;
    const secret = auth?.clientSecret as Secret;
    expect(secret.reveal()).toBe('hush');
    expect(tenant).toMatchObject({ url: 'https://a.conductor.one' });
  });

  test('a secret that is not set stops only what needs the tenant, and is named then', async () => {
    write('c1sync.yaml', 'tenant:\n  auth: { accessToken: { valueFrom: { env: C1_TOKEN } } }\n');
    const settings = await load();
    expect(() => requireTenant(settings)).toThrow(
      'tenant.auth.accessToken names env C1_TOKEN: the variable is not set',
    );
  });

  test('a valueFrom that is mistyped, or empty where a value is needed, is an error with its place', async () => {
    write('c1sync.yaml', 'workspace: { valueFrom: { env: WS } }\nlog:\n  level: { valueFrom: { evn: X } }\n');
    expect(await problems()).toEqual([
      {
        where: 'c1sync.yaml:3:25',
        path: 'log.level.valueFrom.evn',
        message: 'Unknown name "evn". Did you mean "env"?',
      },
      {
        where: 'c1sync.yaml:1:12',
        path: 'workspace',
        message: expect.stringContaining('env WS: the variable is not set'),
      },
    ]);
  });

  test('embedded replaces url and auth, and vendor names do not affect it', async () => {
    write('c1sync.yaml', 'tenant: { embedded: true }\n');
    expect((await load(CLIENT)).tenant).toEqual({ kind: 'embedded' });
    expect((await load({ C1SYNC_TENANT_EMBEDDED_LATENCY_MS: '5' })).tenant).toEqual({
      kind: 'embedded',
      latencyMs: 5,
    });
    expect((await load({ ...CLIENT, C1SYNC_TENANT_EMBEDDED: 'false' })).tenant).toMatchObject({
      kind: 'remote',
    });
    expect(await problems({ C1SYNC_TENANT_URL: 'https://a.conductor.one' })).toEqual([
      { where: 'C1SYNC_TENANT_URL', path: 'tenant.url', message: expect.stringContaining('Remove one') },
    ]);
  });

  test('no message of a mistyped secret holds it', async () => {
    write('c1sync.yaml', 'tenant: { auth: { clientSecret: [hush-hush] } }\nlog: { level: hush-hush }\n');
    const error = await load().catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('tenant.auth.clientSecret: Must be text, not a list');
    expect(String(error)).not.toContain('hush');
  });
});

describe('receivers of notifications', () => {
  const HOOK = 'https://hooks.example/services/hush';

  test('come from the file or a variable, with secrets from elsewhere, and show no address', async () => {
    write('hook', `${HOOK}\n`);
    write(
      'c1sync.yaml',
      [
        'notify:',
        '  - url: { valueFrom: { file: hook } }',
        '  - url: http://127.0.0.1:8065/hooks/x',
        '    events: [held]',
        '    format: json',
        '    headers: { Authorization: { valueFrom: { env: KEY } } }',
      ].join('\n'),
    );
    const { notify } = await load({ KEY: 'Bearer hush' });
    expect(notify).toMatchObject([
      { events: ['drift', 'held', 'failed', 'takenOver', 'recovered'], format: 'slack', headers: {} },
      { events: ['held'], format: 'json' },
    ]);
    expect(notify.map(({ url }) => url.reveal())).toEqual([HOOK, 'http://127.0.0.1:8065/hooks/x']);
    expect(notify[1]?.headers.Authorization?.reveal()).toBe('Bearer hush');
    expect(inspect(notify, { depth: 9 }) + JSON.stringify(notify)).not.toMatch(/hush|hooks/);
    const fromEnv = await load({
      C1SYNC_NOTIFY: JSON.stringify([{ url: { valueFrom: { env: 'HOOK' } } }]),
      HOOK,
    });
    expect(fromEnv.notify.map(({ url }) => url.reveal())).toEqual([HOOK]);
  });

  test('are refused with their place and without their address', async () => {
    write(
      'c1sync.yaml',
      [
        'notify:',
        '  - url: http://hooks.example/services/hush',
        '  - { url: { valueFrom: { env: NONE } }, events: [drifts] }',
        '  - url: { valueFrom: { enf: HOOK } }',
        '  - { url: https://user:hush@hooks.example/, headers: { "a b": c, x: "one\\ntwo" } }',
      ].join('\n'),
    );
    const found = await problems();
    expect(found.map(({ where, path: at }) => `${where} ${at}`)).toEqual(
      expect.arrayContaining([
        'c1sync.yaml:2:10 notify[0].url',
        'c1sync.yaml:3:12 notify[1].url',
        'c1sync.yaml:3:51 notify[1].events[0]',
        'c1sync.yaml:5:12 notify[3].url',
      ]),
    );
    const texts = JSON.stringify(found);
    expect(texts).toContain('http is for loopback addresses only');
    expect(texts).toContain('Has no value: it is taken from env NONE: the variable is not set.');
    expect(texts).toContain('Must be the name of an HTTP header.');
    expect(texts).not.toMatch(/hush|hooks\.example/);
  });

  test('in a variable are refused under the name of the variable', async () => {
    expect(await problems({ C1SYNC_NOTIFY: '[{"url":"ftp://hush"}]' })).toMatchObject([
      { where: 'C1SYNC_NOTIFY', path: 'notify[0].url' },
    ]);
  });
});
