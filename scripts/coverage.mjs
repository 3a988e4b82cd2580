// Sums up the branches that c8 counted, by part: `node scripts/coverage.mjs`. Exits with 1 where a part falls below what
// is asked of it.
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The least share of branches that the tests of a part take, in percent. */
const LEAST = { core: 96, kinds: 96, c1: 96, definitions: 96 };

const source = path.resolve(import.meta.dirname, '../src');
const { total, ...files } = JSON.parse(readFileSync('build/coverage/coverage-summary.json', 'utf8'));
const parts = new Map([['all', total.branches]]);
for (const [file, { branches }] of Object.entries(files)) {
  const [part] = path.relative(source, file).split(path.sep);
  const sum = parts.get(part) ?? { total: 0, covered: 0 };
  parts.set(part, { total: sum.total + branches.total, covered: sum.covered + branches.covered });
}
for (const [part, { total: all, covered }] of [...parts].sort()) {
  if (all === 0) continue;
  const share = (100 * covered) / all;
  const least = LEAST[part];
  const isLow = least !== undefined && share < least;
  if (isLow) process.exitCode = 1;
  const asked = least === undefined ? '' : `, at least ${least} % asked${isLow ? ': too few' : ''}`;
  process.stdout.write(`${part.padEnd(14)} ${share.toFixed(1).padStart(5)} % of ${all} branches${asked}\n`);
}
