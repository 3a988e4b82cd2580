import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Compiled, compile } from '../support/compiled.js';

let compiled: Compiled;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'c1sync-simulation-'));
  const here = (file: string): string => path.join(import.meta.dirname, file);
  compiled = await compile(here('main.ts'), here('worker.ts'), here('../../package.json'));
}, 120_000);

afterAll(async () => {
  await compiled.remove();
  await rm(folder, { recursive: true });
});

const simulate = (...args: string[]): Promise<{ stdout: string }> =>
  promisify(execFile)(process.execPath, [compiled.script, ...args], { cwd: folder });

it('makes the same run of the same seed, byte for byte, in two processes', { timeout: 120_000 }, async () => {
  const traceTo = async (file: string): Promise<Buffer> => {
    const trace = path.join(folder, file);
    await simulate('--seed', '11', '--steps', '100', '--trace', trace);
    return readFile(trace);
  };
  const [one, other] = await Promise.all([traceTo('one'), traceTo('other')]);
  expect(one.length).toBeGreaterThan(100_000);
  expect(one.equals(other)).toBe(true);
});

it('holds over a hundred seeds', { timeout: 900_000 }, async () => {
  const from = Number(process.env.C1SYNC_SIMULATION_SEED ?? '1');
  const { stdout } = await simulate('--seeds', `${from}-${from + 99}`, '--no-shrink');
  expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^100 seeds held, 0 failed/);
});
