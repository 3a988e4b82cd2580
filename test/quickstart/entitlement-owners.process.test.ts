import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type CliHome, cliHome, type Finished, type SpawnedEmulator } from '../support/cli.js';

const seed = {
  users: [
    { id: 'me', email: 'c1sync@acme.example' },
    { id: 'alice', email: 'alice@acme.example' },
    { id: 'bob', email: 'bob@acme.example' },
  ],
  apps: [
    { id: 'okta', displayName: 'Okta' },
    { id: 'wiki', displayName: 'Wiki', ownerIds: ['alice'] },
    { id: 'forum', displayName: 'Forum' },
  ],
  entitlements: [
    { appId: 'okta', id: 'it', displayName: 'IT admins' },
    { appId: 'okta', id: 'audit', displayName: 'Auditors' },
  ],
};

let home: CliHome;
let emulator: SpawnedEmulator;

beforeEach(async () => {
  home = await cliHome();
  const file = path.join(home.directory, 'seed.json');
  await writeFile(file, JSON.stringify(seed));
  emulator = await home.emulator('--seed', file);
  await mkdir(path.join(home.directory, 'definitions'));
});
afterEach(() => home.remove());

const run = (...args: readonly string[]): Promise<Finished> =>
  home.run(args, {
    env: { ...emulator.env, C1SYNC_SYNC_SETTLE: '0s' },
    cwd: home.directory,
  });

const defineIn = (name: string, spec: object): Promise<void> =>
  writeFile(
    path.join(home.directory, 'definitions', `${name}.yaml`),
    JSON.stringify({ apiVersion: 'c1sync/v1', kind: 'App', metadata: { name }, spec }),
  );

async function owners(): Promise<unknown> {
  const state = await (await fetch(`${emulator.url}/_emulator/state`)).json();
  const { apps } = state as {
    apps: { id: string; ownerIds: string[]; ownerEntitlements?: { id: string }[] }[];
  };
  const wiki = apps.find(({ id }) => id === 'wiki');
  return [wiki?.ownerIds, wiki?.ownerEntitlements?.map(({ id }) => id) ?? []];
}

it('makes owners of the holders of an entitlement, by name in both directions', async () => {
  const wiki = { displayName: 'Wiki' };
  const admins = [{ app: 'Okta', entitlement: 'IT admins' }];
  await defineIn('wiki', { ...wiki, ownerEntitlements: admins });
  const plan = await run('plan', '-f', 'definitions');
  expect(plan.stdout).toMatch(/ownerEntitlements:\n\s+\+ "Okta\/IT admins"\n/);
  expect((await run('plan', '-f', 'definitions', '--output', 'markdown')).stdout).toContain('Okta/IT admins');
  expect(await run('apply', '-f', 'definitions', '--yes')).toMatchObject({ code: 0 });
  expect(await owners()).toEqual([['alice'], ['it']]);
  expect((await run('plan', '-f', 'definitions')).stdout).toContain('No changes.');

  await defineIn('wiki', { ...wiki, owners: ['bob@acme.example'] });
  expect(await run('apply', '-f', 'definitions', '--yes')).toMatchObject({ code: 0 });
  expect(await owners()).toEqual([['bob'], ['it']]);

  await defineIn('wiki', { ...wiki, ownerEntitlements: [{ app: 'okta', entitlement: { id: 'audit' } }] });
  expect(await run('apply', '-f', 'definitions', '--yes')).toMatchObject({ code: 0 });
  expect(await owners()).toEqual([['bob'], ['audit']]);

  expect(await run('export', '--all', '--out', 'exported')).toMatchObject({ code: 0 });
  const exported = await readFile(path.join(home.directory, 'exported/wiki.yaml'), 'utf8');
  expect(exported).toMatch(/ownerEntitlements:\n\s+- app: Okta\n\s+entitlement: Auditors\n/);
  const after = await run('plan', '-f', 'exported', '--output', 'json');
  const { changes } = JSON.parse(after.stdout) as { changes: { fields: unknown[] }[] };
  expect(changes).toEqual([]);
});

it('refuses an unknown entitlement for its object alone', async () => {
  await defineIn('wiki', {
    displayName: 'Wiki',
    ownerEntitlements: [{ app: 'Okta', entitlement: 'IT admin' }],
  });
  await defineIn('forum', { displayName: 'Forum', description: 'Talk' });
  const { code, stdout } = await run('apply', '-f', 'definitions', '--yes', '--output', 'json');
  expect(code).toBe(1);
  expect(stdout).toContain("no entitlement is named 'Okta/IT admin'");
  expect(stdout).toContain("did you mean 'Okta/IT admins'?");
  expect(await owners()).toEqual([['alice'], []]);
  const state = (await (await fetch(`${emulator.url}/_emulator/state`)).json()) as { apps: object[] };
  expect(state.apps).toContainEqual(expect.objectContaining({ id: 'forum', description: 'Talk' }));
  const checked = await run('validate', '-f', 'definitions', '--online');
  expect(checked.stdout + checked.stderr).toMatch(/wiki\.yaml:1.*no entitlement is named/s);
});
