import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { load } from 'js-yaml';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CliHome, cliHome, type Finished } from '../support/cli.js';
import { type TestEmulator, testEmulator } from '../support/emulator.js';
import { GitServer } from '../support/git-server.js';

/** Control characters, without those that a file name cannot hold. */
const NASTY = '\u001b[2J\u009b31m\u202e\u2066\u200f\u061c\u2028';
/** The same without what YAML forbids, and git cleans away. */
const DIRECTIONS = '\u202e\u2066\u200f\u061c';
const LIMIT = 180_000;

let home: CliHome;
let emulator: TestEmulator;
let directory: string;

const document = (spec: object): string =>
  `apiVersion: c1sync/v1\nkind: App\nmetadata: { name: wiki, id: a1 }\nspec: ${JSON.stringify(spec)}\n`;

const tenantEnv = (): Record<string, string> => ({
  CONDUCTORONE_SERVER_URL: emulator.url,
  CONDUCTORONE_CLIENT_ID: emulator.clientId,
  CONDUCTORONE_CLIENT_SECRET: emulator.clientSecret,
});

function expectHarmless({ stdout, stderr }: Finished, what: string): void {
  const shown = (stdout + stderr).replaceAll(/[\n\t]/g, '');
  expect(shown, what).not.toBe('');
  expect(shown, what).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
}

/** Runs each, and fails where one shows what a terminal acts on. */
async function runAll(commands: readonly string[][], env: Record<string, string>): Promise<string> {
  let shown = '';
  for (const args of commands) {
    const finished = await home.run(args, { env, cwd: home.directory });
    expectHarmless(finished, args.join(' '));
    if (args.includes('json')) expect(() => JSON.parse(finished.stdout), args.join(' ')).not.toThrow();
    shown += finished.stdout + finished.stderr;
  }
  return shown;
}

beforeEach(async () => {
  home = await cliHome();
  directory = path.join(home.directory, 'definitions');
  await mkdir(directory);
  emulator = await testEmulator({
    seed: {
      apps: [
        { id: 'a1', displayName: `Wiki ${NASTY}`, description: `about ${NASTY}` },
        { id: 'a2', displayName: `Forum ${DIRECTIONS}`, description: `# ${DIRECTIONS}` },
      ],
    },
  });
});
afterEach(async () => {
  await home.remove();
  await emulator.close();
});

describe('nothing that a terminal acts on is printed', { timeout: LIMIT }, () => {
  it('by commands that read definitions, the tenant and arguments', async () => {
    const spec = { displayName: `Wiki ${NASTY}`, description: `ours ${NASTY}` };
    await writeFile(path.join(directory, `good ${NASTY}.yaml`), document(spec));
    await writeFile(path.join(directory, 'bad.yaml'), `${JSON.stringify(`key ${NASTY}`)}: 1\n`);
    await emulator.faults({ match: 'POST /api/v1/apps/*', status: 400, message: `no ${NASTY}` });
    const env = { ...tenantEnv(), C1SYNC_SOURCE_DIRECTORY: directory };
    const shown = await runAll(
      [
        ['validate'],
        ['validate', '--output', 'json'],
        ['plan'],
        ['plan', '--output', 'json'],
        ['plan', '--output', 'markdown'],
        ['apply', '--yes'],
        ['ping'],
        ['export', '--all'],
        ['export', '--all', '--output', 'json'],
        ['run', '--once'],
        ['state', 'list'],
        ['state', 'forget', `App/${NASTY}`],
        ['emulator', '--seed', `nothing-${NASTY}`],
        [`no-command ${NASTY}`],
        ['plan', `--no-flag ${NASTY}`],
      ],
      env,
    );
    expect(shown).toContain('\\u202e');
  });

  it('by an export, whose YAML holds what the tenant holds', async () => {
    const finished = await home.run(['export', '--app', 'a2'], { env: tenantEnv() });
    expectHarmless(finished, 'export');
    expect(load(finished.stdout)).toMatchObject({
      spec: { displayName: `Forum ${DIRECTIONS}`, description: `# ${DIRECTIONS}` },
    });
  });

  it('by a daemon and the commands that talk to it', async () => {
    await writeFile(path.join(directory, 'a.yaml'), document({ description: `ours ${NASTY}` }));
    const token = 'a-token-that-nobody-guesses';
    const daemon = home.start(['run'], {
      env: { ...tenantEnv(), C1SYNC_SOURCE_DIRECTORY: directory, C1SYNC_SERVER_TOKEN: token },
      cwd: home.directory,
    });
    const { url } = await daemon.line('where it listens', ({ msg }) => msg === 'listening');
    await daemon.line('the first sweep', ({ msg }) => msg === 'sweep finished');
    const env = { C1SYNC_SERVER_URL: String(url), C1SYNC_SERVER_TOKEN: token };
    const shown = await runAll(
      [
        ['suspend', 'App/wiki', '--reason', `because ${NASTY}`],
        ['status'],
        ['status', '--output', 'json'],
        ['history'],
        ['history', '--output', 'json'],
        ['resume', 'App/wiki'],
        ['approve', `App/${NASTY}`],
        ['reconcile', 'App/wiki'],
      ],
      env,
    );
    expect(shown).toContain('\\u202e');
    daemon.kill('SIGTERM');
    expectHarmless(await daemon.end, 'run');
  });

  it('of a git repository, its authors and what its server complains of', async () => {
    const server = await GitServer.start();
    try {
      server.write('a.yaml', document({ description: `ours ${DIRECTIONS}` }));
      await server.git('add', '--all');
      const author = `--author=Bob ${DIRECTIONS} <bob@acme.example>`;
      await server.git('commit', '--quiet', '--message=one', author);
      await server.git('push', '--quiet', '--force', 'origin', 'HEAD:main');
      const env = { ...tenantEnv(), C1SYNC_SOURCE_GIT_URL: server.url };
      await runAll([['plan'], ['plan', '--output', 'json'], ['run', '--once']], env);
      await runAll([['plan']], { ...env, C1SYNC_SOURCE_GIT_REF: `ref ${DIRECTIONS}` });
      await runAll([['plan'], ['ping']], { ...env, C1SYNC_SOURCE_GIT_PATH: `no ${DIRECTIONS}` });
    } finally {
      await server.close();
    }
  });
});
