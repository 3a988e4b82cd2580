import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CliHome, cliHome, type Finished, type Running } from '../support/cli.js';
import { until } from '../support/wait.js';

let home: CliHome;

beforeEach(async () => {
  home = await cliHome();
  for (const name of ['acme', 'beta']) await mkdir(path.join(home.directory, name));
});
afterEach(() => home.remove());

const app = (name: string, more = ''): string =>
  `apiVersion: c1sync/v1\nkind: App\nmetadata: { name: ${name} }\nspec: { displayName: ${name}${more} }\n`;

const run = (...args: string[]): Promise<Finished> => home.run(args, { cwd: home.directory });

/** A file with two tenants, the second of which cannot be read. */
async function writeSettings(): Promise<void> {
  await writeFile(path.join(home.directory, 'acme/app.yaml'), app('slack'));
  await writeFile(path.join(home.directory, 'beta/app.yaml'), app('jira', ', colour: red'));
  await writeFile(
    path.join(home.directory, 'c1sync.yaml'),
    `tenant: { embedded: true }
tenants:
  - { name: acme, workspace: acme, source: { directory: acme } }
  - { name: beta, workspace: beta, source: { directory: beta } }
  - { name: wrong, workspace: wrong, sync: { interval: soon } }
`,
  );
}

describe('with several tenants', () => {
  it('commands that read do all, or the one that is named; others ask for one', async () => {
    await writeSettings();
    const all = await run('validate', '--output', 'json');
    expect(all.code).toBe(1);
    expect(JSON.parse(all.stdout)).toMatchObject({
      valid: false,
      tenants: [
        { tenant: 'acme', valid: true, definitions: 1 },
        { tenant: 'beta', valid: false, problems: [{ message: expect.stringContaining('colour') }] },
        { tenant: 'wrong', valid: false, error: expect.stringContaining('tenants[2].sync.interval') },
      ],
    });
    const acme = await run('validate', '--tenant', 'acme');
    expect(acme).toMatchObject({ code: 0, stdout: expect.stringMatching(/^1 definitions are valid/) });
    const ping = await run('ping');
    expect(ping.code).toBe(1);
    expect(ping.stdout).toMatch(/^acme:\n[\s\S]*workspace acme[\s\S]*\nbeta:\n[\s\S]*\nwrong:\nerror: /m);
    const plan = await run('plan', '--tenant', 'acme');
    expect(plan).toMatchObject({ code: 0, stdout: expect.stringContaining('App/slack') });
    for (const args of [['plan'], ['suspend', '*', '--reason', 'x']])
      expect(await run(...args), args[0]).toMatchObject({
        code: 64,
        stderr: expect.stringMatching(/--tenant: acme, beta, wrong/),
      });
    expect(await run('plan', '--tenant', 'acne')).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('Did you mean "acme"'),
    });
    expect(await run('validate', '-f', 'acme')).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('--tenant'),
    });
    expect((await run('__complete', '--', 'plan', '--tenant', '')).stdout).toBe('acme\nbeta\nwrong\n');
    const objects = await run('__complete', '--', 'plan', '--tenant', 'acme', 'App/');
    expect(objects.stdout).toBe('App/slack\n');
  });

  it('--tenant without them is wrong usage', async () => {
    expect(await run('validate', '--tenant', 'acme')).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('hold no tenants'),
    });
  });
});

/** Methods, paths without ids and masks of what a tenant was asked, without sign-ins, in any order. */
async function requestsOf(url: string): Promise<readonly string[]> {
  const answer = await fetch(`${url}/_emulator/requests`);
  const requests = (await answer.json()) as { method: string; path: string; mask?: string }[];
  return requests
    .filter(({ path: at }) => at.startsWith('/api/'))
    .map(
      ({ method, path: at, mask }) => `${method} ${at.replaceAll(/[0-9A-Za-z]{20,}/g, 'ID')} ${mask ?? ''}`,
    )
    .sort();
}

const ALWAYS = { match: '* /api/v1/*', times: 1_000_000, after: 'before' };

/** A new tenant that fails every request in one way; none: a healthy one. */
async function tenantWith(fault?: object): Promise<string> {
  const { url, accessToken } = await home.emulator();
  if (fault !== undefined) {
    const body = JSON.stringify({ ...ALWAYS, ...fault });
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(`${url}/_emulator/faults`, { method: 'POST', headers, body })).status).toBeLessThan(
      300,
    );
  }
  return `url: "${url}", auth: { accessToken: "${accessToken}" }`;
}

/** Runs the daemon through its first sweep and the change of a file of the tenant `acme`. */
async function live(
  entries: readonly string[],
  during: (url: string, daemon: Running) => Promise<void>,
): Promise<readonly string[]> {
  await writeFile(
    path.join(home.directory, 'c1sync.yaml'),
    `server: { port: 0 }
state: { path: state-${entries.length} }
sync: { interval: 10h, systemLogInterval: off, debounce: 50ms }
api: { requestsPerSecond: 200, timeout: 1s }
tenants:
${entries.map((entry) => `  - { ${entry} }\n`).join('')}`,
  );
  await writeFile(path.join(home.directory, 'acme/app.yaml'), `${app('one')}---\n${app('two')}`);
  const daemon = home.start(['run'], { cwd: home.directory });
  const ofAcme = (msg: string, fields: object) => (line: Readonly<Record<string, unknown>>) =>
    line.tenant === 'acme' &&
    line.msg === msg &&
    Object.entries(fields).every(([name, value]) => line[name] === value);
  const { url } = await daemon.line('the address', ({ msg }) => msg === 'listening');
  await daemon.line('the first sweep', ofAcme('sweep finished', { trigger: 'start' }));
  await writeFile(
    path.join(home.directory, 'acme/app.yaml'),
    `${app('one', ', description: new')}---\n${app('two')}`,
  );
  await daemon.line('the change', ofAcme('reconciled', { action: 'update', outcome: 'done' }));
  await during(String(url), daemon);
  daemon.kill('SIGTERM');
  expect((await daemon.end).code).toBe(0);
  const host = /url: "([^"]+)"/.exec(entries[0] ?? '')?.[1] ?? '';
  return requestsOf(host);
}

describe('run', () => {
  it('works on each tenant as if it were alone, and starts one again that could not start', async () => {
    const acme = async (): Promise<string> =>
      `name: acme, source: { directory: acme }, tenant: { ${await tenantWith()} }`;
    await writeFile(path.join(home.directory, 'beta/app.yaml'), app('jira'));
    const alone = await live([await acme()], async () => {});
    expect(alone.filter((line) => line.startsWith('POST /api/v1/apps'))).not.toEqual([]);
    const late = await tenantWith();
    const entries = [
      await acme(),
      `name: broken, source: { directory: beta }, tenant: { ${await tenantWith({ status: 500 })} }`,
      `name: silent, source: { directory: beta }, tenant: { ${await tenantWith({ status: 'timeout' })} }`,
      `name: late, source: { directory: { valueFrom: { file: where } } }, tenant: { ${late} }`,
    ];
    const together = await live(entries, async (url, daemon) => {
      const rows = async (): Promise<Record<string, { state: string; phase: string; reason: string }>> => {
        const { tenants } = (await (await fetch(`${url}/api/v1/tenants`)).json()) as {
          tenants: { name: string; state: string; phase: string; reason: string }[];
        };
        return Object.fromEntries(tenants.map((row) => [row.name, row]));
      };
      const failing = await until(
        async () => {
          const found = await rows();
          return found.broken?.phase === 'failing' && found.silent?.phase === 'failing' ? found : undefined;
        },
        'the two to be seen as failing',
        60_000,
      );
      expect(failing.acme).toMatchObject({ state: 'running', phase: 'in-sync', reason: '' });
      expect(failing.late).toMatchObject({
        state: 'failed',
        phase: 'failing',
        reason: expect.stringContaining('tenants[3].source.directory'),
      });
      const status = await run('status', '--server', url);
      expect(status).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/failing[\s\S]*acme {2}in sync/),
      });
      expect((await run('status', '--server', url, '--tenant', 'acme')).stdout).toContain('App/two');
      expect(await run('status', '--server', url, '--tenant', 'late')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('does not work on the tenant late now'),
      });
      await writeFile(path.join(home.directory, 'where'), 'beta');
      await until(async () => (await rows()).late?.phase === 'in-sync' || undefined, 'the late one', 60_000);
      // Nor does the loss of one lock end the process.
      const port = new URL(/url: "([^"]+)"/.exec(late)?.[1] ?? '').port;
      const state = path.join(home.directory, 'state-4');
      for (const name of await readdir(state))
        if (name.endsWith(port)) await rm(path.join(state, name), { recursive: true });
      await daemon.line(
        'the loss',
        ({ tenant, msg, error }) =>
          tenant === 'late' &&
          msg === 'tenant failed' &&
          JSON.stringify(error).includes('state folder was lost'),
      );
      expect((await rows()).acme?.phase).toBe('in-sync');
    });
    expect(together).toEqual(alone);
  });

  it('--once sweeps each, and fails if one failed', async () => {
    await writeSettings();
    await writeFile(path.join(home.directory, 'beta/app.yaml'), app('jira'));
    const both = await run('run', '--once');
    expect(both.code).toBe(1);
    const lines = both.stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
    expect(
      lines
        .filter(({ msg }) => msg === 'sweep finished')
        .map(({ tenant }) => tenant)
        .sort(),
    ).toEqual(['acme', 'beta']);
    expect(lines.find(({ msg }) => msg === 'tenant failed')).toMatchObject({ tenant: 'wrong' });
    expect(await run('run', '--once', '--tenant', 'acme')).toMatchObject({ code: 0 });
    // The only tenant ends the process.
    const wrong = await run('run', '--tenant', 'wrong');
    expect(wrong.code).toBe(1);
    expect(wrong.stdout).toMatch(/"tenant":"wrong".*"stopped by an error"/);
  });
});
