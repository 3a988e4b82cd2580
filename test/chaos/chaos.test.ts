import { access } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { chaos } from './run.js';

const main = path.resolve(import.meta.dirname, '../../dist/main.js');

// The first deletes, makes anew and puts back once; the second has limits that bite and puts back always.
it.each([35, 3])(
  'holds what it promises while everything around it breaks, with seed %i',
  { timeout: 240_000 },
  async (seed) => {
    await access(main);
    const lines: string[] = [];
    const options = { seed, rounds: 2, seconds: 60, actions: 12, losesCreates: false, main };
    const summary = await chaos({ ...options, say: (line) => lines.push(line) }).catch((error: unknown) => {
      const again = `again: npm run chaos -- --seed ${seed} --rounds 2 --actions 12 --quick --verbose`;
      throw new Error([again, ...lines].join('\n'), { cause: error });
    });
    expect(summary.rounds).toBeGreaterThan(0);
    expect(summary.lives).toBeGreaterThan(1);
    expect(summary.writes).toBeGreaterThan(10);
  },
);
