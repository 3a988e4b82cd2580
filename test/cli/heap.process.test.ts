import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { root } from '../support/root.js';

/**
 * Prints whether V8 has optimised a function that was called often: while memory is saved, and after that. The one that
 * calls it counts, too, for one may become a part of the other.
 */
const SCRIPT = `
  import { optimise, saveMemory } from ${JSON.stringify(path.join(root, 'dist/cli/heap.js'))};
  saveMemory();
  const hot = (a, b) => (a * b + 1) % 7;
  const call = () => { let sum = 0; for (let index = 0; index < 100_000; index += 1) sum += hot(sum, index); return sum; };
  const isFast = (f) => %ActiveTierIsTurbofan(f) || %ActiveTierIsMaglev(f);
  const isOptimised = () => isFast(hot) || isFast(call);
  for (let round = 0; round < 50; round += 1) call();
  const saved = isOptimised();
  optimise();
  for (let round = 0; round < 10_000 && !isOptimised(); round += 1) {
    call();
    await new Promise((resolve) => setImmediate(resolve));
  }
  console.log(saved, isOptimised());`;

it('a daemon compiles hot functions once that is worth its memory', async () => {
  const flags = ['--allow-natives-syntax', '--input-type=module', '--eval', SCRIPT];
  const { stdout } = await promisify(execFile)(process.execPath, flags);
  expect(stdout).toBe('false true\n');
});
