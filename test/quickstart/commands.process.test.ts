import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CliHome, cliHome } from '../support/cli.js';
import { type TestEmulator, testEmulator } from '../support/emulator.js';
import { until } from '../support/wait.js';

const APP = `apiVersion: c1sync/v1
kind: App
metadata: { name: wiki }
spec:
  displayName: Wiki
  description: Where everything is written down
`;

const CONNECTOR = `apiVersion: c1sync/v1
kind: Connector
metadata: { name: wiki }
spec:
  app: wiki
  catalog: snyk
  displayName: Wiki
  config:
    snyk_org_ids: [acme]
    snyk_api_token: { valueFrom: { env: WIKI_TOKEN } }
`;

let home: CliHome;

beforeEach(async () => {
  home = await cliHome();
});
afterEach(() => home.remove());

const at = (name: string): string => path.join(home.directory, name);

async function define(...documents: readonly string[]): Promise<string> {
  const directory = at('definitions');
  await mkdir(directory, { recursive: true });
  await writeFile(path.join(directory, 'wiki.yaml'), documents.join('---\n'));
  return directory;
}

/** The calls that changed something, or tried to. */
async function writesTo(emulator: TestEmulator): Promise<string[]> {
  return (await emulator.requests())
    .filter(({ method }) => method !== 'GET')
    .map(({ method, path: called }) => `${method} ${called}`)
    .filter((call) => !/ \/(auth\/v1\/token|api\/v1\/(search\/.*|connectorcatalog))$/.test(call));
}

describe('wrong usage', { timeout: 120_000 }, () => {
  it('exits 64 and prints nothing but the right usage', async () => {
    const { code, stdout, stderr } = await home.run(['pln']);
    expect(stderr).toContain('plan');
    expect(stdout).toBe('');
    expect(code).toBe(64);
  });

  it('exits 1 for settings that cannot be used, with the place of each mistake', async () => {
    const file = at('c1sync.yaml');
    await writeFile(file, 'sync:\n  intervall: 10m\napi:\n  requestsPerSecond: many\n');
    const { code, stdout, stderr } = await home.run(['plan', '--settings', file]);
    expect(stderr).toContain('c1sync.yaml:2:3');
    expect(stderr).toContain('interval');
    expect(stderr).toContain('c1sync.yaml:4:22');
    expect(stdout).toBe('');
    expect(code).toBe(1);
  });

  it('exits 1 without a tenant and lists what to set', async () => {
    const { code, stderr } = await home.run(['plan', '-f', await define(APP)]);
    expect(stderr).toContain('CONDUCTORONE_CLIENT_SECRET');
    expect(code).toBe(1);
  });

  it('exits 0 for help and for the version', async () => {
    for (const args of [['--help'], ['plan', '--help'], ['--version']]) {
      expect(await home.run(args)).toMatchObject({ code: 0, stderr: '' });
    }
  });
});

describe('schema', { timeout: 120_000 }, () => {
  it('writes the schema to the given file', async () => {
    const file = at('schema.json');
    expect(await home.run(['schema', '--out', file])).toMatchObject({ code: 0, stdout: '' });
    const printed = await home.run(['schema']);
    expect(JSON.parse(printed.stdout)).toEqual(JSON.parse(await readFile(file, 'utf8')));
  });
});

/** A value for each variable that exported definitions read. */
async function secretsIn(directory: string): Promise<Record<string, string>> {
  const files = await readdir(directory, { recursive: true, withFileTypes: true });
  const texts = await Promise.all(
    files
      .filter((entry) => entry.isFile())
      .map((entry) => readFile(path.join(entry.parentPath, entry.name), 'utf8')),
  );
  const names = texts.flatMap((text) => [...text.matchAll(/env: "?(\w+)/g)].map(([, name = '']) => name));
  return Object.fromEntries(names.map((name) => [name, `made-up-${name}`]));
}

describe('plan and apply', { timeout: 180_000 }, () => {
  let emulator: TestEmulator;
  let tenant: Readonly<Record<string, string>>;

  beforeEach(async () => {
    emulator = await testEmulator();
    tenant = {
      CONDUCTORONE_SERVER_URL: emulator.url,
      CONDUCTORONE_CLIENT_ID: emulator.clientId,
      CONDUCTORONE_CLIENT_SECRET: emulator.clientSecret,
    };
  });
  afterEach(() => emulator.close());

  const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    home.run(args, { env: { ...tenant, ...env } });

  it('distinguishes changes, no changes and an error by the exit code', async () => {
    const directory = await define(APP);
    const plan = ['plan', '-f', directory, '--detailed-exitcode'];
    expect(await run(plan)).toMatchObject({ code: 2 });
    expect(await run(['plan', '-f', directory])).toMatchObject({ code: 0 });
    expect(await writesTo(emulator)).toEqual([]);
    expect(await run(['apply', '-f', directory, '--yes'])).toMatchObject({ code: 0 });
    expect(await run(plan)).toMatchObject({ code: 0 });
    await define(APP, CONNECTOR.replace('catalog: snyk', 'catalog: snik'));
    expect(await run(plan)).toMatchObject({ code: 1 });
    await define(APP.replace('displayName', 'displayNam'));
    const { code, stderr } = await run(plan);
    expect(stderr).toContain('wiki.yaml:5:3');
    expect(code).toBe(1);
  });

  it('plans what apply --prune would delete, and without --prune nothing', async () => {
    const directory = await define(APP, APP.replace('wiki', 'other').replace('Wiki', 'Other'));
    expect(await run(['apply', '-f', directory, '--yes'])).toMatchObject({ code: 0 });
    await define(APP);
    const plan = ['plan', '-f', directory, '--detailed-exitcode'];
    expect(await run(plan)).toMatchObject({ code: 0 });
    const pruning = await run([...plan, '--prune', '--output', 'json']);
    expect(pruning).toMatchObject({ code: 2 });
    expect(JSON.parse(pruning.stdout)).toMatchObject({
      summary: { delete: 1 },
      changes: [{ name: 'other', action: 'delete', risk: 'deletion' }],
    });
    expect((await emulator.requests()).filter(({ method }) => method === 'DELETE')).toEqual([]);
  });

  it('keeps results and everything else apart', async () => {
    const directory = await define(APP, CONNECTOR);
    const env = { WIKI_TOKEN: 'made-up-token' };
    const planned = await run(['plan', '-f', directory, '--output', 'json'], env);
    expect(JSON.parse(planned.stdout)).toMatchObject({ summary: { create: 2 } });
    const applied = await run(['apply', '-f', directory, '--yes', '--output', 'json'], env);
    expect(JSON.parse(applied.stdout)).toMatchObject({
      results: [
        { kind: 'App', outcome: 'done' },
        { kind: 'Connector', outcome: 'done' },
      ],
    });
    expect(applied.code).toBe(0);
    const listed = await run(['state', 'list', '--output', 'json']);
    expect(JSON.parse(listed.stdout)).toMatchObject({
      objects: [{ key: 'App/wiki' }, { key: 'Connector/wiki' }],
    });
  });

  it('does not write without a confirmation', async () => {
    const { code, stderr } = await run(['apply', '-f', await define(APP)]);
    expect(stderr).toContain('--yes');
    expect(code).toBe(64);
    expect(await writesTo(emulator)).toEqual([]);
  });

  it('carries out a saved plan, once and only as it was shown', async () => {
    const directory = await define(APP);
    const file = at('plan.json');
    expect(await run(['plan', '-f', directory, '--out', file])).toMatchObject({ code: 0 });
    await define(APP.replace('written down', 'forgotten'));
    const refused = await run(['apply', '-f', directory, file]);
    expect(refused.stderr).toContain('App/wiki');
    expect(refused.code).toBe(1);
    expect(await writesTo(emulator)).toEqual([]);
    await define(APP);
    expect(await run(['apply', '-f', directory, file])).toMatchObject({ code: 0 });
    expect(JSON.stringify((await emulator.state()).apps)).toContain('Where everything is written down');
    expect(await run(['apply', '-f', directory, file])).toMatchObject({ code: 1 });
  });

  it('shows and saves the write of a secret that was never verified, also beside another change', async () => {
    const directory = await define(APP, CONNECTOR);
    const env = { WIKI_TOKEN: 'made-up-token' };
    expect(await run(['apply', '-f', directory, '--yes'], env)).toMatchObject({ code: 0 });
    await rm(at('state'), { recursive: true });
    await define(APP, CONNECTOR.replace('displayName: Wiki', 'displayName: Wiki\n  paused: true'));
    const line = '(secret) will be written, never verified before';
    const [file, stale] = [at('plan.json'), { WIKI_TOKEN: 'a-stale-token' }];
    const plan = async (...flags: string[]) =>
      (await run(['plan', '-f', directory, '--out', file, ...flags], stale)).stdout;
    const text = await plan();
    expect(text).toContain('paused: false → true');
    expect(text).toContain(`config.snyk_api_token: ${line}`);
    expect(text).toContain('risk: secrets');
    expect(
      (await plan('--output', 'markdown'))
        .replaceAll(/<[^>]+>/g, '')
        .replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(code)),
    ).toContain(`| config.snyk_api_token | ${line} |`);
    const secret = { path: 'config.snyk_api_token', sensitive: true, unverified: true };
    const change = { name: 'wiki', risk: 'secrets', fields: expect.arrayContaining([secret]) };
    expect(JSON.parse(await plan('--output', 'json'))).toMatchObject({ changes: [change] });
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ plan: { changes: [change] } });
  });

  it('compares the values of secrets of a saved plan where both have the same hash key', async () => {
    const directory = await define(APP, CONNECTOR);
    const file = at('plan.json');
    const [planned, other] = [{ WIKI_TOKEN: 'made-up-token' }, { WIKI_TOKEN: 'another-token' }];
    expect(await run(['plan', '-f', directory, '--out', file], planned)).toMatchObject({ code: 0 });
    await define(APP, CONNECTOR.replace('[acme]', '[umbrella]'));
    const changed = await run(['apply', '-f', directory, file], planned);
    expect(changed).toMatchObject({ code: 1 });
    expect(changed.stderr).toContain('Connector/wiki has another change');
    await define(APP, CONNECTOR);
    const rotated = await run(['apply', '-f', directory, file], other);
    expect(rotated).toMatchObject({ code: 1 });
    expect(rotated.stderr).toContain('Connector/wiki has another change');
    await rm(at('state'), { recursive: true });
    const applied = await run(['apply', '-f', directory, file], other);
    expect(applied.stderr).toContain('saved with another hash key');
    expect(applied).toMatchObject({ code: 0 });
  });

  it('ends with an error while the create of an earlier run has no known outcome', async () => {
    const directory = await define(APP);
    await emulator.faults({ match: 'POST /api/v1/apps', status: 'timeout', after: 'before' });
    const first = home.start(['apply', '-f', directory, '--yes'], { env: tenant });
    await until(async () => (await writesTo(emulator)).includes('POST /api/v1/apps'), 'the create');
    first.kill('SIGKILL');
    await first.end;
    const second = await run(['apply', '-f', directory, '--yes']);
    expect(second.stdout).toContain('Nothing to change now; 1 object needs attention.');
    expect(second.stdout).toContain('Settling App/wiki');
    expect(second.code).toBe(1);
  });

  it('plans without the values of secrets, and writes nothing at all while one is missing', async () => {
    const directory = await define(APP, CONNECTOR);
    const planned = await run(['plan', '-f', directory]);
    expect(planned.code).toBe(0);
    expect(planned.stdout).toContain('Connector/wiki');
    const { code, stderr } = await run(['apply', '-f', directory, '--yes']);
    expect(stderr).toContain('WIKI_TOKEN');
    expect(code).toBe(1);
    expect(await writesTo(emulator)).toEqual([]);
  });

  it('exports with a schema that editors find, and lists the variables to fill in', async () => {
    const directory = at('with-schema');
    const exported = await run(['export', '--app', 'Datadog', '--out', directory, '--output', 'json']);
    expect(exported.stderr).toMatch(
      /^Variables to fill in before the first apply:\n {2}DATADOG_V2_DATADOG_API_KEY +Connector\/datadog-v2 config\.datadog_api_key\n/,
    );
    const key = 'Connector/datadog-v2';
    const variables = [
      { name: 'DATADOG_V2_DATADOG_API_KEY', path: 'config.datadog_api_key', key },
      { name: 'DATADOG_V2_DATADOG_APPLICATION_KEY', path: 'config.datadog_application_key', key },
    ];
    expect(JSON.parse(exported.stdout)).toEqual({ objects: 2, files: 1, directory, variables });
    const text = await readFile(path.join(directory, 'datadog.yaml'), 'utf8');
    const named = /^# yaml-language-server: \$schema=(.*)\n/.exec(text)?.[1] ?? '';
    const printed = await home.run(['schema']);
    const schema = await readFile(path.resolve(directory, named), 'utf8');
    expect(JSON.parse(schema)).toEqual(JSON.parse(printed.stdout));
    const shown = await run(['export', '--app', 'Datadog']);
    expect(shown.stdout).toMatch(/^apiVersion: /);
    expect(shown.stderr).toContain('DATADOG_V2_DATADOG_API_KEY');
    const objects = await run(['export', '--app', 'Datadog', '--output', 'json']);
    expect(JSON.parse(objects.stdout)).toMatchObject([
      { kind: 'App', variables: [] },
      { kind: 'Connector', variables: variables.map(({ name, path }) => ({ name, path })) },
    ]);
  });

  it('plans no change after an export', async () => {
    const directory = at('exported');
    expect(await run(['export', '--all', '--out', directory])).toMatchObject({ code: 0 });
    const plan = ['plan', '-f', directory, '--detailed-exitcode'];
    const first = await run(plan);
    expect(first).toMatchObject({ code: 2 });
    expect(first.stdout).toContain('No field differs.');
    const [, marks, writes] =
      /Bookkeeping: (\d+) apps to mark, (\d+) connectors whose secrets will be written once/.exec(
        first.stdout,
      ) ?? [];
    const secrets = await secretsIn(directory);
    const applied = await run(['apply', '-f', directory, '--yes'], secrets);
    expect(applied).toMatchObject({ code: 0 });
    expect(applied.stdout).toContain(` ${Number(marks) + Number(writes)} bookkeeping writes; 0 failed`);
    expect(await run(plan, secrets)).toMatchObject({ code: 0 });
    expect(await run(['export', '--all', '--out', directory])).toMatchObject({ code: 1 });
  });

  it('refuses to work beside a daemon, and names the holder of the state', async () => {
    const directory = await define(APP);
    const daemon = home.start(['run', '-f', directory], { env: tenant });
    await daemon.line('the first sweep', ({ msg }) => msg === 'sweep finished');
    const { code, stderr } = await run(['apply', '-f', directory, '--yes']);
    expect(stderr).toContain('c1sync run');
    expect(code).toBe(1);
    expect(await run(['plan', '-f', directory])).toMatchObject({ code: 0 });
    daemon.kill('SIGTERM');
    expect(await daemon.end).toMatchObject({ code: 0 });
  });

  it('names the error of credentials, also without definitions', async () => {
    expect(await run(['ping'])).toMatchObject({ code: 0 });
    const directory = await define();
    const wrong = { CONDUCTORONE_CLIENT_ID: 'wrong@127.0.0.1/pcc' };
    const pinged = await run(['ping'], wrong);
    expect(pinged).toMatchObject({ code: 1, stdout: expect.stringContaining('failed  credentials') });
    for (const command of [['run', '--once'], ['plan']]) {
      const { code, stdout, stderr } = await run([...command, '-f', directory], wrong);
      expect(stdout + stderr, command.join(' ')).toContain('does not accept these credentials');
      expect(code, command.join(' ')).toBe(1);
    }
  });
});
