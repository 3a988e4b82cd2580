import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadSettings } from '../../src/settings/load.js';
import { SettingsError, type SettingsProblem } from '../../src/settings/problems.js';
import { type LoadedSettings, requireTenant, type Settings } from '../../src/settings/settings.js';

let cwd: string;

beforeEach(() => {
  cwd = realpathSync(mkdtempSync(path.join(tmpdir(), 'c1sync-tenants-')));
});

afterEach(() => rmSync(cwd, { recursive: true }));

function load(text: string, env: NodeJS.ProcessEnv = {}): Promise<LoadedSettings> {
  writeFileSync(path.join(cwd, 'c1sync.yaml'), text);
  return loadSettings({ env: { HOME: cwd, ...env }, cwd });
}

/** The settings of one entry. */
async function one(name: string, text: string, env: NodeJS.ProcessEnv = {}): Promise<Settings> {
  const found = (await load(text, env)).tenants?.find((entry) => entry.name === name);
  if (found?.settings === undefined) throw found?.error ?? new Error(`no ${name}`);
  return found.settings;
}

async function refused(text: string, env: NodeJS.ProcessEnv = {}): Promise<readonly SettingsProblem[]> {
  const error = await load(text, env).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(SettingsError);
  return error instanceof SettingsError ? error.problems : [];
}

const entry = (name: string, more = ''): string =>
  `  - { name: ${name}, tenant: { url: 'https://${name}.example', auth: { accessToken: "of-${name}" } }${more} }\n`;

describe('an entry over the top level', () => {
  const text = `workspace: shared
sync: { interval: 5m, limits: { deletes: 1, adopts: 2 }, freeze: [{ cron: "0 1 * * *", duration: 1h }] }
api: { requestsPerSecond: 3 }
source: { directory: ./all }
server: { port: 9 }
tenants:
  - name: acme
    tenant: { url: https://acme.example, auth: { accessToken: "a" } }
    sync: { limits: { deletes: 7 }, freeze: [] }
    source: { directory: ./acme }
${entry('beta')}`;

  test('merges mappings and replaces lists and scalars', async () => {
    const acme = await one('acme', text);
    expect(acme).toMatchObject({
      name: 'acme',
      workspace: 'shared',
      source: { directory: path.join(cwd, 'acme') },
      sync: { interval: 300_000, limits: { deletes: { count: 7 }, adopts: { count: 2 } }, freeze: [] },
      api: { requestsPerSecond: 3 },
      server: { port: 9 },
    });
    const beta = await one('beta', text);
    expect(beta.source.directory).toBe(path.join(cwd, 'all'));
    expect(beta.sync).toMatchObject({ limits: { deletes: { count: 1 } }, freeze: [{ timezone: 'UTC' }] });
  });

  test('wins over a variable, which is the default of all', async () => {
    const env = { C1SYNC_SYNC_INTERVAL: '2m', C1SYNC_SOURCE_DIRECTORY: 'elsewhere', C1SYNC_SERVER_PORT: '7' };
    expect(await one('acme', text, env)).toMatchObject({
      sync: { interval: 120_000 },
      source: { directory: path.join(cwd, 'acme') },
      server: { port: 7 },
    });
    expect((await one('beta', text, env)).source.directory).toBe(path.join(cwd, 'elsewhere'));
  });

  test('with one source replaces the other source, and takes the rest of the same one', async () => {
    const git = `source: { git: { url: https://git.example/all.git, ref: main, auth: { token: "of-git" } } }
tenants:
${entry('path', ', source: { git: { path: tenants/path } }')}${entry('folder', ', source: { directory: ./x }')}${entry(
  'near',
  ', source: { git: { url: https://git.example/near.git } }',
)}${entry('far', ', source: { git: { url: https://far.example/far.git } }')}`;
    expect((await one('path', git)).source.git).toMatchObject({
      url: 'https://git.example/all.git',
      ref: 'main',
    });
    expect((await one('folder', git)).source).toEqual({ directory: path.join(cwd, 'x') });
    expect((await one('near', git)).source.git?.auth.token?.reveal()).toBe('of-git');
    // The token of one git server goes to no other.
    expect((await one('far', git)).source.git?.auth).toEqual({});
  });

  test('replaces a valueFrom by another one', async () => {
    writeFileSync(path.join(cwd, 'mine'), 'from-file');
    const from = `source: { git: { url: https://git.example/a, auth: { token: { valueFrom: { env: ALL } } } } }
tenants:
${entry('acme', ', source: { git: { auth: { token: { valueFrom: { file: mine } } } } }')}${entry('beta')}`;
    expect((await one('acme', from, { ALL: 'all' })).source.git?.auth.token?.reveal()).toBe('from-file');
    expect((await one('beta', from, { ALL: 'all' })).source.git?.auth.token?.reveal()).toBe('all');
  });
});

describe('credentials', () => {
  const vendor = {
    CONDUCTORONE_CLIENT_ID: 'fox@other.conductor.one/pcc',
    CONDUCTORONE_CLIENT_SECRET: 'hush',
    CONDUCTORONE_ACCESS_TOKEN: 'hush',
    CONDUCTORONE_SERVER_URL: 'https://other.conductor.one',
    C1SYNC_TENANT_URL: 'https://other.conductor.one',
    C1SYNC_TENANT_AUTH_ACCESS_TOKEN: 'hush',
    C1SYNC_TENANT_EMBEDDED: 'true',
  };

  test('of the environment reach no entry', async () => {
    const text = `tenants:\n${entry('acme')}  - { name: bare }\n`;
    const acme = requireTenant(await one('acme', text, vendor));
    expect(acme).toMatchObject({ kind: 'remote', url: 'https://acme.example' });
    expect(acme.kind === 'remote' && acme.auth.kind === 'token' && acme.auth.accessToken.reveal()).toBe(
      'of-acme',
    );
    const bare = await one('bare', text, vendor);
    expect(() => requireTenant(bare)).toThrow(/entry bare of tenants has no tenant[\s\S]*tenant\.auth/);
    expect(() => requireTenant(bare)).not.toThrow(/CONDUCTORONE/);
  });

  test('at the top level are refused', async () => {
    expect(await refused(`tenant: { auth: { accessToken: "x" } }\ntenants:\n${entry('acme')}`)).toEqual([
      {
        where: 'c1sync.yaml:1:11',
        path: 'tenant.auth',
        message: expect.stringContaining('entry of tenants'),
      },
    ]);
  });

  test('that are not set are no error before they are needed', async () => {
    const text = `tenants:
${entry('acme')}  - { name: beta, tenant: { url: https://b.example, auth: { accessToken: { valueFrom: { env: NONE } } } } }
`;
    const beta = await one('beta', text);
    expect(() => requireTenant(beta)).toThrow(/NONE/);
  });
});

describe('errors', () => {
  test.each([
    ['tenants: []\n', 'tenants', 'at least one'],
    ['tenants: { name: acme }\n', 'tenants', 'list'],
    ['tenants:\n  - acme\n', 'tenants[0]', 'mapping'],
    ['tenants:\n  - { workspace: x }\n', 'tenants[0]', 'name'],
    ['tenants:\n  - { name: Acme }\n', 'tenants[0].name', 'lower-case'],
    ['tenants:\n  - { name: .. }\n', 'tenants[0].name', 'lower-case'],
    [`tenants:\n${entry('acme')}${entry('acme')}`, 'tenants[1].name', 'tenants[0]'],
    [
      `tenants:\n${entry('acme')}  - { name: twin, tenant: { url: 'ACME.example:443', auth: { accessToken: "x" } } }\n`,
      'tenants[1]',
      'tenants[0] (acme)',
    ],
    [
      'tenant: { embedded: true }\ntenants:\n  - { name: a }\n  - { name: b }\n',
      'tenants[1]',
      'another workspace',
    ],
  ])('%j is refused as a whole', async (text, at, words) => {
    const problems = await refused(text);
    expect(problems).toEqual([
      {
        where: expect.stringMatching(/^c1sync\.yaml:\d+:\d+$/),
        path: at,
        message: expect.stringContaining(words),
      },
    ]);
  });

  test('one host under two workspaces is fine', async () => {
    const text = `tenant: { embedded: true }\ntenants:\n  - { name: a }\n  - { name: b, workspace: other }\n`;
    expect((await load(text)).tenants?.map(({ error }) => error)).toEqual([undefined, undefined]);
  });

  test('in one entry concern that entry alone, and say where', async () => {
    mkdirSync(path.join(cwd, 'a'));
    const text = `sync: { interval: 5m }
notify: [{ url: { valueFrom: { env: HOOK } } }]
tenants:
${entry('fine')}  - name: wrong
    tenant: { url: https://w.example, auth: { accessToken: "x" } }
    sync: { intervall: 1m, settle: soon }
    server: { port: 1 }
    notify: [{ url: { valueFrom: { file: missing } } }]
`;
    const { tenants } = await load(text, { HOOK: 'https://hook.example/x' });
    expect(tenants?.map(({ name, error }) => [name, error === undefined])).toEqual([
      ['fine', true],
      ['wrong', false],
    ]);
    const lines = tenants?.[1]?.error?.message ?? '';
    expect(lines).toContain('c1sync.yaml:7:13: tenants[1].sync.intervall');
    expect(lines).toContain('c1sync.yaml:7:36: tenants[1].sync.settle');
    expect(lines).toContain('c1sync.yaml:8:5: tenants[1].server: Belongs to the whole process');
    expect(lines).toMatch(/c1sync\.yaml:9:21: tenants\[1\]\.notify\[0\]\.url: Has no value: .*missing/);
  });

  test('at the top level concern all, and are listed once', async () => {
    const text = `sync: { interval: soon }\ntenants:\n${entry('acme')}${entry('beta')}`;
    expect(await refused(text)).toEqual([
      { where: 'c1sync.yaml:1:19', path: 'sync.interval', message: expect.stringContaining('span of time') },
    ]);
  });
});

test('the list in a variable is JSON', async () => {
  const list = [{ name: 'acme', source: { directory: 'x' }, tenant: { embedded: true } }];
  const settings = await one('acme', 'workspace: w\n', { C1SYNC_TENANTS: JSON.stringify(list) });
  expect(settings).toMatchObject({ workspace: 'w', source: { directory: path.join(cwd, 'x') } });
  expect(await refused('{}\n', { C1SYNC_TENANTS: '[{"name": "A"}]' })).toMatchObject([
    { where: 'C1SYNC_TENANTS' },
  ]);
});
