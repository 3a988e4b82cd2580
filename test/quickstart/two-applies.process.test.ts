import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CliHome, cliHome } from '../support/cli.js';
import { file } from '../support/definitions.js';
import { type TestEmulator, testEmulator } from '../support/emulator.js';
import { type Between, startProxy } from '../support/proxy.js';

const NAMES = ['one', 'two', 'three'];

let home: CliHome;
let emulator: TestEmulator;
let proxy: Between;
let directory: string;

beforeEach(async () => {
  home = await cliHome();
  emulator = await testEmulator();
  proxy = await startProxy(emulator.url);
  directory = path.join(home.directory, 'definitions');
  await mkdir(directory);
  const docs = NAMES.map((name) => ({ kind: 'App', name, spec: { displayName: name } }));
  await writeFile(path.join(directory, 'all.yaml'), file(...docs));
});
afterEach(async () => {
  await home.remove();
  await proxy.close();
  await emulator.close();
});

const apply = (...flags: readonly string[]) =>
  home.start(['apply', '--yes', '-f', directory, ...flags], {
    env: {
      CONDUCTORONE_SERVER_URL: proxy.url,
      C1SYNC_API_TIMEOUT: '10m',
      CONDUCTORONE_CLIENT_ID: emulator.clientId,
      CONDUCTORONE_CLIENT_SECRET: emulator.clientSecret,
    },
  });

describe('two applies at once', { timeout: 180_000 }, () => {
  it('create each object once: the second is refused while the first works, and has an empty plan afterwards', async () => {
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const isWriting = new Promise<void>((resolve) => {
      proxy.hooks.before = async ({ method, path: called }) => {
        if (method !== 'POST' || called !== '/api/v1/apps') return;
        resolve();
        await gate;
      };
    });
    const first = apply('--as', 'alice\u001b');
    await Promise.race([isWriting, first.end]);
    const second = await apply().end;
    release();
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(/the state in \S+ is in use by c1sync apply \(process \d+ on /);
    const { code, stderr } = await first.end;
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('error')]);

    const place = new URL(proxy.url).host.replace(':', '_');
    const kept = path.join(home.directory, 'state/c1sync', place, 'default/history.jsonl');
    const lines = (await readFile(kept, 'utf8')).split('\n').filter((line) => line !== '');
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      NAMES.map(() => expect.objectContaining({ action: 'create', by: 'alice' })),
    );

    const third = await apply().end;
    expect(third).toMatchObject({ code: 0, stdout: expect.stringContaining('No changes') });
    const { apps } = await emulator.state();
    const made = apps.map(({ displayName }) => String(displayName)).filter((name) => NAMES.includes(name));
    expect(made.sort()).toEqual([...NAMES].sort());
  });
});
