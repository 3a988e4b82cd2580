import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UnmanagedPage } from '../../src/core/status/views.js';
import { type CliHome, cliHome, type Finished, type SpawnedEmulator } from '../support/cli.js';
import { file } from '../support/definitions.js';

const READ = 'a-token-that-only-reads';

let home: CliHome;
let emulator: SpawnedEmulator;
let url: string;

const run = (...args: readonly string[]): Promise<Finished> =>
  home.run(args, {
    env: { ...emulator.env, C1SYNC_SERVER_URL: url, C1SYNC_SERVER_TOKEN: READ },
    cwd: home.directory,
  });

/** The words of a command as a shell splits them. */
const wordsOf = (command: string): string[] =>
  [...command.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word).slice(1);

beforeAll(async () => {
  home = await cliHome();
  emulator = await home.emulator();
  const definitions = path.join(home.directory, 'definitions');
  await mkdir(definitions);
  const spec = { displayName: 'GitHub' };
  await writeFile(path.join(definitions, 'apps.yaml'), file({ kind: 'App', name: 'github', spec }));
  const daemon = home.start(['run'], {
    env: {
      ...emulator.env,
      C1SYNC_SERVER_TOKENS: JSON.stringify([{ name: 'grafana', token: READ, can: 'read' }]),
    },
    cwd: home.directory,
  });
  url = String((await daemon.line('the server', ({ msg }) => msg === 'listening')).url);
  await daemon.line('the first sweep', ({ msg }) => msg === 'sweep finished');
}, 120_000);
afterAll(() => home.remove());

describe('status --unmanaged', { timeout: 300_000 }, () => {
  it('lists what no definition covers, with commands that export it', async () => {
    const { code, stdout, stderr } = await run('status', '--unmanaged');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^6 objects without a definition\./);
    expect(stdout).toMatch(/App "Okta", a directory app +c1sync export --app Okta\n/);
    expect(stdout).toMatch(/Connector "GitHub v2" +"GitHub" +c1sync export --app GitHub\n/);
    const all = await run('status', '--unmanaged', '--all', '--output', 'json');
    const { objects } = JSON.parse(all.stdout) as UnmanagedPage;
    expect(objects).toHaveLength(8);
    // One for an app, and one for a connector of an app that has a definition.
    for (const name of ['Okta', 'GitHub v2']) {
      const command = objects.find(({ displayName }) => displayName === name)?.export ?? '';
      const exported = await run(...wordsOf(command));
      expect({ command, code: exported.code, stdout: exported.stdout }).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('kind: App'),
      });
    }
  });

  it('refuses objects and filters, and --all alone', async () => {
    for (const args of [['--unmanaged', 'App/github'], ['--unmanaged', '-l', 'a=b'], ['--all']]) {
      expect(await run('status', ...args)).toMatchObject({ code: 64, stdout: '' });
    }
  });
});
