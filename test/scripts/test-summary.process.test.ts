import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { root } from '../support/root.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'c1sync-summary-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** The report of Vitest for a file with tests of these statuses. */
const file = (...statuses: readonly string[]) => ({
  status: statuses.includes('failed') ? 'failed' : 'passed',
  assertionResults: statuses.map((status) => ({ status })),
});
const broken = { status: 'failed', assertionResults: [] };

/** `runs`: what each run wrote and what it ended with. */
async function summary(
  ...runs: readonly (readonly [results: string, status: string])[]
): Promise<{ code: number; lines: string[] }> {
  const args = await Promise.all(
    runs.map(async ([results, status], index) => {
      const written = path.join(folder, `results-${index}.json`);
      await writeFile(written, results);
      return [written, status];
    }),
  );
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [path.join(root, 'scripts/test-summary.mjs'), ...args.flat()],
      (error, stdout) => {
        resolve({ code: Number(error?.code ?? 0), lines: stdout.trimEnd().split('\n') });
      },
    );
  });
}

it.each([
  ['all passed', [file('passed', 'passed'), file('passed')], '0', 0, ['3 passed, 0 failed']],
  ['one failed', [file('passed', 'failed')], '1', 1, ['1 passed, 1 failed']],
  ['one was skipped', [file('passed', 'pending', 'todo')], '0', 0, ['2 skipped', '1 passed, 0 failed']],
  ['a file could not be loaded', [file('passed'), broken], '1', 1, ['1 passed, 1 failed']],
  ['none ran', [], '0', 1, ['no test ran', '0 passed, 0 failed']],
  ['all were skipped', [file('skipped')], '0', 1, ['no test ran', '1 skipped', '0 passed, 0 failed']],
])('counts when %s', async (_what, testResults, status, code, lines) => {
  expect(await summary([JSON.stringify({ testResults }), status])).toEqual({ code, lines });
});

it('fails when the run failed although no test did', async () => {
  const { code, lines } = await summary([JSON.stringify({ testResults: [file('passed')] }), '7']);
  expect(lines.at(0)).toContain('ended with 7');
  expect(lines.at(-1)).toBe('1 passed, 0 failed');
  expect(code).toBe(1);
});

it('fails when the run wrote nothing', async () => {
  expect(await summary(['', '1'])).toMatchObject({ code: 1 });
});

it('adds runs up, and fails when one of them did', async () => {
  const good = JSON.stringify({ testResults: [file('passed', 'passed')] });
  const bad = JSON.stringify({ testResults: [file('passed', 'failed')] });
  expect(await summary([good, '0'], [good, '0'])).toEqual({ code: 0, lines: ['4 passed, 0 failed'] });
  expect(await summary([bad, '1'], [good, '0'])).toEqual({ code: 1, lines: ['3 passed, 1 failed'] });
  expect(await summary([good, '0'], ['', '1'])).toMatchObject({ code: 1 });
});
