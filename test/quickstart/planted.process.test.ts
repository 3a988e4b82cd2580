import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { defaultSeed } from '../../src/emulator/default-seed.js';
import { type CliHome, cliHome } from '../support/cli.js';
import { file } from '../support/definitions.js';
import { type TestEmulator, testEmulator } from '../support/emulator.js';
import { until } from '../support/wait.js';
import { testReceiver } from '../telemetry/receiver.js';

/** Stands before the secrets in each text, and shows that the text got through. */
const ECHO = 'the tenant repeats';
const TOKEN = 'a-token-that-nobody-guesses';
const CATALOGS = ['snyk', 'pagerduty'] as const;

const secrets = fc
  .string({ minLength: 8, maxLength: 40, unit: fc.constantFrom(...'abcXYZ019/+="\'\\<>&% é:-') })
  .map((text) => `q7${text}7q`);

const html = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** A secret as others may write it. */
function formsOf(secret: string): string[] {
  const escaped = JSON.stringify(secret).slice(1, -1);
  const bytes = Buffer.from(secret, 'utf8');
  return [
    secret,
    escaped,
    JSON.stringify(escaped).slice(1, -1),
    encodeURIComponent(secret),
    new URLSearchParams({ '': secret }).toString().slice(1),
    html(secret),
    encodeURIComponent(html(secret)),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
  ];
}

/** An emulator whose people and policies are called like the secrets. */
function tenantCalled(texts: readonly string[]): Promise<TestEmulator> {
  const seed = defaultSeed();
  const { users = [], policies = [] } = seed;
  const user = { ...users[0], id: 'bob', displayName: 'Bob', email: texts.join(' '), username: 'bob' };
  const policy = { ...policies[0], id: 'p-planted', displayName: `${ECHO} ${texts.join(' ')}` };
  return testEmulator({ seed: { ...seed, users: [...users, user], policies: [...policies, policy] } });
}

/** Lets the tenant repeat the texts wherever it can: in values, facts, names of people, and errors of reads and writes. */
async function repeatAll(emulator: TestEmulator, said: string, user: string): Promise<void> {
  const { apps, connectors } = await emulator.state();
  const app = apps.find(({ displayName }) => displayName === 'Wiki');
  const id = String(app?.id);
  const base64 = Buffer.from(user, 'utf8').toString('base64url');
  const set = { description: said, grantPolicyId: 'p-planted', annotations: { team: base64 } };
  await emulator.webEdit({ kind: 'App', id, set, user });
  for (const connector of connectors.filter(({ appId }) => appId === id)) {
    const status = { status: 'SYNC_STATUS_ERROR', lastError: said };
    const set = { description: said, status };
    await emulator.webEdit({ kind: 'Connector', appId: id, id: String(connector.id), set, user });
  }
  await emulator.faults({ match: 'POST /api/v1/apps/*', times: 3, status: 400, message: said });
  await emulator.faults({ match: 'GET /api/v1/apps/*/connectors', status: 400, message: said });
}

async function filesOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = await Promise.all(
    files.map(({ parentPath, name }) => readFile(path.join(parentPath, name), 'utf8')),
  );
  return texts.join('\n');
}

/** The output and the files of the commands. */
async function commandsOf(home: CliHome, env: Record<string, string>): Promise<string> {
  const saved = path.join(home.directory, 'plan.json');
  const said: string[] = [];
  for (const args of [
    ['plan'],
    ['plan', '--output', 'json', '--out', saved],
    ['plan', '--output', 'markdown'],
    ['status'],
    ['history', '--output', 'json'],
  ]) {
    const { stdout, stderr } = await home.run(args, { env, cwd: home.directory });
    expect(stdout, stderr).not.toBe('');
    said.push(stdout, stderr);
  }
  return [...said, await readFile(saved, 'utf8')].join('\n');
}

async function pagesOf(url: string): Promise<string> {
  const pages = ['', 'objects', 'held', 'history', 'metrics', 'objects/App/wiki', 'objects/Connector/snyk'];
  const api = ['status', 'objects', 'objects/App/wiki', 'objects/Connector/snyk', 'plan', 'history'];
  const texts: string[] = [];
  for (const page of [...pages, ...api.map((name) => `api/v1/${name}`)]) {
    const answer = await fetch(`${url}/${page}`, { headers: { accept: 'text/html' } });
    expect(answer.status, page).toBe(200);
    texts.push(await answer.text());
  }
  return texts.join('\n');
}

/** Where each text of a running daemon goes, by place. */
async function runWith(planted: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const emulator = await tenantCalled(planted);
  const [home, receiver] = await Promise.all([cliHome(), testReceiver()]);
  try {
    const said = `${ECHO} ${planted.flatMap(formsOf).join(' ')}`;
    await mkdir(path.join(home.directory, 'definitions'));
    const spec = { displayName: 'Wiki', description: `ours ${said}`, annotations: { team: 'red' } };
    const documents = CATALOGS.map((catalog, index) => ({
      kind: 'Connector',
      name: catalog,
      spec: {
        app: 'wiki',
        catalog,
        displayName: catalog,
        description: 'ours',
        config: { [`${catalog}_api_token`]: { valueFrom: { env: `PLANTED_${index}` } } },
      },
    }));
    const app = { kind: 'App', name: 'wiki', spec: { ...spec, grantPolicyId: '' } };
    await writeFile(path.join(home.directory, 'definitions/all.yaml'), file(app, ...documents));
    const notify = `notify: [{ url: ${receiver.url}/hook, events: [drift, held, failed] }]\n`;
    await writeFile(path.join(home.directory, 'c1sync.yaml'), notify);
    const env = {
      CONDUCTORONE_SERVER_URL: emulator.url,
      CONDUCTORONE_CLIENT_ID: emulator.clientId,
      CONDUCTORONE_CLIENT_SECRET: emulator.clientSecret,
      C1SYNC_SOURCE_DIRECTORY: path.join(home.directory, 'definitions'),
      C1SYNC_SERVER_TOKEN: TOKEN,
      C1SYNC_LOG_LEVEL: 'trace',
      ...Object.fromEntries(planted.map((secret, index) => [`PLANTED_${index}`, secret])),
    };
    const daemon = home.start(['run'], { env, cwd: home.directory });
    const { url } = await daemon.line('where it listens', ({ msg }) => msg === 'listening');
    await daemon.line('the first sweep', ({ msg }) => msg === 'sweep finished');
    await repeatAll(emulator, said, planted.join(' '));
    const refused = (line: Readonly<Record<string, unknown>>): boolean =>
      line.outcome === 'failed' && String(line.reason).includes(ECHO);
    daemon.kill('SIGHUP');
    await daemon.line('a refused read or write', refused);
    daemon.kill('SIGHUP');
    await daemon.line('a refused change', (line) => line.msg === 'reconciled' && refused(line));
    await until(() => receiver.received.find(({ text }) => text.includes(ECHO)), 'a notification', 60_000);
    const served = { C1SYNC_SERVER_URL: String(url) };
    const pages = await pagesOf(String(url));
    const commands = await commandsOf(home, { ...env, ...served });
    daemon.kill('SIGTERM');
    const { stdout, stderr } = await daemon.end;
    return {
      log: stdout + stderr,
      pages,
      commands,
      notifications: receiver.received.map(({ text }) => text).join('\n'),
      state: await filesOf(path.join(home.directory, 'state')),
    };
  } finally {
    await home.remove();
    await Promise.all([emulator.close(), receiver.close()]);
  }
}

it('shows no secret in any place, however the tenant repeats it', { timeout: 300_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.tuple(secrets, secrets), async (planted) => {
      const places = await runWith(planted);
      for (const [place, text] of Object.entries(places)) {
        expect(text, place).toContain(ECHO);
        const shown = planted.flatMap(formsOf).filter((form) => text.includes(form));
        expect(shown, place).toEqual([]);
      }
    }),
    { numRuns: 1, endOnFailure: true },
  );
});
