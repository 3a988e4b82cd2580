import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CliHome, cliHome, type Finished } from '../support/cli.js';
import { type TestEmulator, testEmulator } from '../support/emulator.js';

/** With characters that JSON, URLs, forms and base64 all write in their own way. */
const FROM_ENV = 'env+planted/value=with&odd "chars" %41é';
const FROM_FILE = 'file+planted/value=with&odd "chars" %42ü';
const HASH_KEY = 'hash+planted/value=with&odd "chars" %43ä';
/** Stands beside the secrets in what the tenant answers: shows that its words got through. */
const ECHO = 'the tenant repeats';

const DEFINITIONS = `apiVersion: c1sync/v1
kind: App
metadata: { name: wiki }
spec: { displayName: Wiki }
---
apiVersion: c1sync/v1
kind: Connector
metadata: { name: from-env }
spec:
  app: wiki
  catalog: snyk
  displayName: From a variable
  config:
    snyk_api_token: { valueFrom: { env: PLANTED } }
---
apiVersion: c1sync/v1
kind: Connector
metadata: { name: from-file }
spec:
  app: wiki
  catalog: pagerduty
  displayName: From a file
  config:
    pagerduty_api_token: { valueFrom: { file: ../planted } }
`;

let home: CliHome;
let emulator: TestEmulator;
let directory: string;

beforeEach(async () => {
  emulator = await testEmulator();
  home = await cliHome();
  directory = path.join(home.directory, 'definitions');
  await mkdir(directory);
  await writeFile(path.join(directory, 'wiki.yaml'), DEFINITIONS);
  await writeFile(path.join(home.directory, 'planted'), `${FROM_FILE}\n`);
});
afterEach(async () => {
  await home.remove();
  await emulator.close();
});

const planted = (): readonly string[] => [FROM_ENV, FROM_FILE, HASH_KEY, emulator.clientSecret];

const run = (...args: readonly string[]): Promise<Finished> =>
  home.run(args, {
    env: {
      CONDUCTORONE_SERVER_URL: emulator.url,
      CONDUCTORONE_CLIENT_ID: emulator.clientId,
      CONDUCTORONE_CLIENT_SECRET: emulator.clientSecret,
      C1SYNC_SOURCE_DIRECTORY: directory,
      C1SYNC_STATE_HASH_KEY: HASH_KEY,
      PLANTED: FROM_ENV,
    },
  });

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const escaped = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    escaped,
    JSON.stringify(escaped).slice(1, -1),
    encodeURIComponent(secret),
    new URLSearchParams({ '': secret }).toString().slice(1),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
  ];
}

function expectNoSecret(text: string, where: string): void {
  const found = planted().flatMap((secret, index) =>
    formsOf(secret).flatMap((form) => (text.includes(form) ? [`secret ${index} as ${form}`] : [])),
  );
  expect(found, `${where}:\n${text}`).toEqual([]);
}

/** Everything that processes wrote below their home. */
async function expectNoSecretKept(): Promise<void> {
  const kept = await readdir(home.directory, { recursive: true, withFileTypes: true });
  const ours = ['planted', 'wiki.yaml'];
  const files = kept.filter((entry) => entry.isFile() && !ours.includes(entry.name));
  for (const { parentPath, name } of files) {
    const file = path.join(parentPath, name);
    expectNoSecret(await readFile(file, 'latin1'), file);
    expectNoSecret(await readFile(file, 'utf8'), file);
  }
  expect(files.filter(({ name }) => name.startsWith('records'))).not.toEqual([]);
}

/** Lets the tenant refuse configurations with an error that repeats secrets, one call each. */
async function repeatSecrets(secrets: readonly string[]): Promise<void> {
  for (const secret of secrets) {
    await emulator.faults({
      match: 'POST /api/v1/apps/*/connectors/*',
      status: 400,
      message: `${ECHO} ${formsOf(secret).join(' ')}`,
    });
  }
}

describe('a secret', { timeout: 240_000 }, () => {
  // Each level writes a part of what the one before it writes: these are the ends and the default.
  it.each(['trace', 'info', 'silent'])(
    'is in no line of the daemon and in no file at the level %s',
    async (level) => {
      await repeatSecrets([FROM_ENV, FROM_FILE]);
      const failed = await run('run', '--once', '--log-level', level);
      expect(failed.code).toBe(1);
      if (level !== 'silent') expect(failed.stdout).toContain(ECHO);
      expectNoSecret(failed.stdout + failed.stderr, 'a failing sweep');
      await emulator.clearFaults();
      const done = await run('run', '--once', '--log-level', level);
      expectNoSecret(done.stdout + done.stderr, 'a sweep');
      expect(done.code).toBe(0);
      await expectNoSecretKept();
    },
  );

  it('is in nothing that a command prints or saves', async () => {
    const saved = path.join(home.directory, 'plan.json');
    const commands: readonly (readonly string[])[] = [
      ['validate', '--online'],
      ['validate', '--output', 'json'],
      ['plan'],
      ['plan', '--output', 'json', '--out', saved],
      ['plan', '--output', 'markdown'],
      ['apply', saved, '--output', 'json'],
      ['plan', '--output', 'json'],
      ['state', 'list', '--output', 'json'],
      ['export', '--all'],
      ['export', '--all', '--out', path.join(home.directory, 'exported')],
      ['ping', '--output', 'json'],
    ];
    for (const args of commands) {
      const { code, stdout, stderr } = await run(...args);
      expectNoSecret(stdout + stderr, args.join(' '));
      expect(code, `${args.join(' ')}\n${stderr}`).toBe(0);
    }
    await expectNoSecretKept();
  });

  it('in a value is in no saved plan, whose apply writes the value as it is', async () => {
    const description = `before ${FROM_ENV} after`;
    const changed = JSON.stringify({ displayName: 'Wiki', description });
    await writeFile(
      path.join(directory, 'wiki.yaml'),
      DEFINITIONS.replace('{ displayName: Wiki }', () => changed),
    );
    const saved = path.join(home.directory, 'plan.json');
    const planned = await run('plan', '--output', 'json', '--out', saved);
    expect(planned.code, planned.stderr).toBe(0);
    expectNoSecret(planned.stdout + planned.stderr, 'plan');
    const kept = await readFile(saved, 'utf8');
    expect(kept).toContain('before [secret] after');
    expectNoSecret(kept, 'the saved plan');
    expect(JSON.parse(kept)).toMatchObject({ plan: { planHash: JSON.parse(planned.stdout).planHash } });
    const applied = await run('apply', saved);
    expect(applied.code, applied.stderr).toBe(0);
    const { apps } = await emulator.state();
    expect(apps.find(({ displayName }) => displayName === 'Wiki')).toMatchObject({ description });
    expectNoSecret(applied.stdout + applied.stderr, 'apply');
    await expectNoSecretKept();
    const after = await run('plan', '--detailed-exitcode');
    expect(after.code, after.stdout).toBe(0);
  });

  it.each(['text', 'json'])(
    'is not in the output of apply when the tenant repeats it, as %s',
    async (output) => {
      await writeFile(
        path.join(directory, 'wiki.yaml'),
        DEFINITIONS.split('---\n').slice(0, 2).join('---\n'),
      );
      await repeatSecrets([FROM_ENV]);
      const { code, stdout, stderr } = await run('apply', '--yes', '--output', output);
      expect(stdout).toContain(ECHO);
      expectNoSecret(stdout + stderr, 'apply');
      expect(code).toBe(1);
      await expectNoSecretKept();
    },
  );

  it.each(['text', 'json'])(
    'is not in the output of ping when the tenant repeats it, as %s',
    async (output) => {
      const message = `${ECHO} ${formsOf(emulator.clientSecret).join(' ')}`;
      await emulator.faults({ match: 'POST /auth/v1/token', status: 401, message });
      const { code, stdout, stderr } = await run('ping', '--output', output);
      expect(stdout).toContain(ECHO);
      expectNoSecret(stdout + stderr, 'ping');
      expect(code).toBe(1);
    },
  );
});
