import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { main } from '../../src/cli/index.js';
import { file } from '../support/definitions.js';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'c1sync-usage-'));
  const app = { kind: 'App', name: 'wiki', spec: { displayName: 'Wiki' } };
  await writeFile(path.join(directory, 'wiki.yaml'), file(app));
});
afterAll(() => rm(directory, { recursive: true }));
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  process.exitCode = 0;
});

/** Runs a command line in this process. */
async function run(args: readonly string[]) {
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      printed[name] += String(text);
      return true;
    });
  const code = await main(args);
  vi.restoreAllMocks();
  return { code, ...printed };
}

it.each([
  [['--nonsense'], '--nonsense'],
  [['plan', '--nonsense'], '--nonsense'],
  [['pln'], 'plan'],
  [['plan', '--output', 'xml'], 'json'],
  [['plan', 'Apps/wiki'], 'App'],
  [['plan', 'wiki'], 'Kind/name'],
  [['plan', '-l', 'team=nobody'], 'No definition has labels'],
  [['run', '--output', 'json'], '--output'],
  [['export'], '--all'],
  [['emulator', '--port', 'http'], '--port'],
  [['completion', 'csh'], 'fish'],
])('wrong usage is 64 and names the right one: %j', async (args, hint) => {
  vi.stubEnv('C1SYNC_TENANT_EMBEDDED', 'true');
  vi.stubEnv('C1SYNC_SOURCE_DIRECTORY', directory);
  const { code, stdout, stderr } = await run(args);
  expect(stderr).toContain(hint);
  expect(stdout).toBe('');
  expect(code).toBe(64);
});
