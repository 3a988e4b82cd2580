import { access } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { chaos } from './run.js';

const main = path.resolve(import.meta.dirname, '../../dist/main.js');

it('holds what it promises while everything around it breaks', { timeout: 240_000 }, async () => {
  await access(main);
  const lines: string[] = [];
  const options = { seed: 35, rounds: 2, seconds: 60, actions: 12, losesCreates: false, main };
  const summary = await chaos({ ...options, say: (line) => lines.push(line) }).catch((error: unknown) => {
    throw new Error(
      `again: npm run chaos -- --seed 35 --rounds 2 --actions 12 --quick --verbose\n${lines.join('\n')}`,
      {
        cause: error,
      },
    );
  });
  expect(summary).toMatchObject({ rounds: 2 });
  expect(summary.lives).toBeGreaterThan(1);
  expect(summary.writes).toBeGreaterThan(10);
});
