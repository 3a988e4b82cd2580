import { access } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { chaos } from './run.js';

const main = path.resolve(import.meta.dirname, '../../dist/main.js');

// The first deletes what is defined no longer; the second keeps it.
it.each([35, 2])(
  'holds what it promises while processes, connections and files break, with seed %i',
  { timeout: 900_000 },
  async (seed) => {
    await access(main);
    const lines: string[] = [];
    const options = { seed, rounds: 2, actions: 12, main };
    const summary = await chaos({ ...options, say: (line) => lines.push(line) }).catch((error: unknown) => {
      const again = `again: npm run chaos -- --seed ${seed} --rounds 2 --actions 12 --verbose`;
      throw new Error([again, ...lines].join('\n'), { cause: error });
    });
    expect(summary.lives).toBeGreaterThan(1);
    expect(summary.writes).toBeGreaterThan(10);
  },
);
