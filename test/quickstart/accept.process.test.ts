import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/emulator/json.js';
import { asText } from '../../src/text/shape.js';
import { type CliHome, cliHome, type Finished } from '../support/cli.js';
import { type TestEmulator, testEmulator } from '../support/emulator.js';
import { GitServer } from '../support/git-server.js';

const TOKEN = 'a-token-that-nobody-guesses';

const APPS = `# The wiki of everybody
apiVersion: c1sync/v1
kind: App
metadata: { name: wiki }
spec:
  displayName: Wiki
  description: 'Where everything is written down' # for newcomers
  monthlyCostUsd: 1
  owners:
    # on call
    - Alice@acme.example
    - bob@acme.example
---
apiVersion: c1sync/v1
kind: App
metadata: { name: forum }
spec: { displayName: Forum, description: Talk }
`;

const CONNECTOR = `---
apiVersion: c1sync/v1
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
let emulator: TestEmulator;
let tenant: Readonly<Record<string, string>>;
let definitions: string;

beforeEach(async () => {
  home = await cliHome();
  emulator = await testEmulator();
  tenant = {
    CONDUCTORONE_SERVER_URL: emulator.url,
    CONDUCTORONE_CLIENT_ID: emulator.clientId,
    CONDUCTORONE_CLIENT_SECRET: emulator.clientSecret,
  };
  definitions = path.join(home.directory, 'definitions');
  await mkdir(definitions);
});
afterEach(async () => {
  await home.remove();
  await emulator.close();
});

const run = (...args: readonly string[]): Promise<Finished> =>
  home.run(args, {
    env: { ...tenant, WIKI_TOKEN: 'made-up', C1SYNC_SYNC_SETTLE: '0s' },
    cwd: home.directory,
  });

const define = (text: string): Promise<void> => writeFile(path.join(definitions, 'all.yaml'), text);
const defined = (): Promise<string> => readFile(path.join(definitions, 'all.yaml'), 'utf8');

async function edit(kind: 'App' | 'Connector', displayName: string, set: JsonObject): Promise<void> {
  const { apps, connectors } = await emulator.state();
  const live = (kind === 'App' ? apps : connectors).find((one) => one.displayName === displayName);
  const [id, appId] = [asText(live?.id), asText(live?.appId)];
  await emulator.webEdit({ kind, appId, id, set, user: 'carol@acme.example' });
}

const userId = async (email: string): Promise<string> => {
  const { users } = await emulator.state();
  return asText(users.find((user) => user.email === email)?.id);
};

describe('accept', { timeout: 180_000 }, () => {
  it('writes what the tenant holds into the definition, and nothing else', async () => {
    await define(APPS);
    expect(await run('apply', '--yes')).toMatchObject({ code: 0 });
    const ownerIds = [await userId('alice@acme.example'), await userId('carol@acme.example')];
    await edit('App', 'Wiki', { description: "It's all here", monthlyCostUsd: 3, ownerIds });
    await edit('App', 'Forum', { description: 'Gossip' });
    const { code, stdout, stderr } = await run('accept', 'App/wiki');
    expect(stderr).toBe('');
    expect(stdout).toContain("-  description: 'Where everything is written down' # for newcomers");
    expect(stdout).toContain("+  description: 'It''s all here' # for newcomers");
    expect(stdout).toContain('Accepted 3 fields of App/wiki.');
    expect(code).toBe(0);
    expect(await defined()).toBe(
      APPS.replace("'Where everything is written down'", "'It''s all here'")
        .replace('monthlyCostUsd: 1', 'monthlyCostUsd: 3')
        .replace('bob@acme.example', 'carol@acme.example'),
    );
    const plan = JSON.parse((await run('plan', 'App/wiki', '--output', 'json')).stdout);
    const paths = plan.changes.flatMap((change: { fields: { path: string }[] }) =>
      change.fields.map(({ path: field }) => field),
    );
    expect(paths.filter((field: string) => !field.startsWith('annotations.'))).toEqual([]);
  });

  it('accepts nothing where one object cannot be accepted', async () => {
    await define(APPS);
    expect(await run('apply', 'App/wiki', '--yes')).toMatchObject({ code: 0 });
    await edit('App', 'Wiki', { description: 'New' });
    const { code, stdout, stderr } = await run('accept', 'App/wiki', 'App/forum');
    expect(stdout).toBe('');
    expect(stderr).toContain('nothing was accepted');
    expect(stderr).toContain('App/forum is Pending: it does not exist yet');
    expect(code).toBe(1);
    expect(await defined()).toBe(APPS);
  });

  it('accepts secrets that somebody else has written, under the lock', async () => {
    await define(APPS + CONNECTOR);
    expect(await run('apply', '--yes')).toMatchObject({ code: 0 });
    const configuration = { snyk_org_ids: 'acme,umbrella', snyk_api_token: 'rotated' };
    await edit('Connector', 'Wiki', { config: { configuration } });
    expect((await run('plan', 'Connector/wiki')).stdout).toContain('last written by someone else');
    const { code, stdout } = await run('accept', 'Connector/wiki');
    expect(stdout).toContain('snyk_org_ids: [acme, umbrella]');
    expect(stdout).toMatch(
      /Accepted 1 field and the secrets in config that were written at \S+ of Connector\/wiki/,
    );
    expect(code).toBe(0);
    expect(await run('plan', 'Connector/wiki', '--detailed-exitcode')).toMatchObject({ code: 0 });
  });

  it('accepts secrets through the daemon that holds the lock', async () => {
    await define(APPS + CONNECTOR);
    const env = { ...tenant, WIKI_TOKEN: 'made-up', C1SYNC_SERVER_TOKEN: TOKEN };
    const daemon = home.start(['run'], { env, cwd: home.directory });
    const url = String((await daemon.line('the server', ({ msg }) => msg === 'listening')).url);
    await daemon.line('the first sweep', ({ msg }) => msg === 'sweep finished');
    const configuration = { snyk_org_ids: 'acme', snyk_api_token: 'rotated' };
    await edit('Connector', 'Wiki', { config: { configuration } });
    const known = { env: { ...env, C1SYNC_SERVER_URL: url }, cwd: home.directory };
    const { code, stdout, stderr } = await home.run(['accept', 'Connector/wiki'], known);
    expect(stderr).toBe('');
    expect(stdout).toContain('Accepted the secrets in config');
    expect(code).toBe(0);
    await daemon.line('the command', ({ msg, command }) => msg === 'commanded' && command === 'accept');
    expect(await home.run(['plan', '--detailed-exitcode'], known)).toMatchObject({ code: 0 });
    expect(await defined()).toBe(APPS + CONNECTOR);
  });

  it('needs objects, and a place to write to where the definitions come from git', async () => {
    await define(APPS);
    expect(await run('accept')).toMatchObject({ code: 64 });
    const server = await GitServer.start();
    try {
      await server.push({ 'config/apps.yaml': APPS });
      const env = { ...tenant, C1SYNC_SOURCE_GIT_URL: server.url, C1SYNC_SOURCE_GIT_PATH: 'config' };
      const inGit = (...args: string[]) => home.run(args, { env, cwd: home.directory });
      const copy = path.join(home.directory, 'copy');
      expect(await inGit('apply', '--yes')).toMatchObject({ code: 0 });
      await edit('App', 'Wiki', { description: 'New' });
      const refused = await inGit('accept', 'App/wiki');
      expect(refused).toMatchObject({ code: 64, stderr: expect.stringContaining('--out') });
      expect(await inGit('accept', 'App/wiki', '--out', copy)).toMatchObject({ code: 0 });
      const written = await readFile(path.join(copy, 'config/apps.yaml'), 'utf8');
      expect(written).toBe(APPS.replace("'Where everything is written down'", "'New'"));
      const again = await inGit('accept', 'App/wiki', '--out', copy);
      expect(again).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('bring it to the same revision'),
      });
    } finally {
      await server.close();
    }
  });
});
