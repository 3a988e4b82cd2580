// Sums up the branches that c8 counted, by part: `node scripts/coverage.mjs`. Exits with 1 where a part falls below what
// is asked of it, where a branch that no test takes is not in `left-out.txt`, and where an entry there is no such branch.
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The least share of branches that the tests of a part take, in percent. */
const LEAST = { core: 96, kinds: 96, c1: 96, definitions: 96 };
/** The reason of branches that are taken in some runs and not in others. */
const SOMETIMES = 'Sometimes';

const root = path.resolve(import.meta.dirname, '..');
const source = path.join(root, 'src');
const files = JSON.parse(readFileSync(path.join(root, 'build/coverage/coverage-final.json'), 'utf8'));

/** The line on which a branch begins, with `«` and `»` around the branch as far as it is on that line. */
function textOf({ start, end }, lines) {
  const line = lines[start.line - 1] ?? '';
  const until = end.line === start.line ? end.column : line.length;
  const shown = `${line.slice(0, start.column)}«${line.slice(start.column, until)}»${line.slice(until)}`;
  return shown.trim();
}

/** The branches of a file: how many there are, and those that no test takes, as `left-out.txt` names them. */
function branchesOf(file, { branchMap, b }) {
  const lines = readFileSync(file, 'utf8').split('\n');
  const shown = path.relative(source, file).split(path.sep).join('/');
  const open = Object.entries(branchMap).filter(([id]) => b[id][0] === 0);
  return { total: Object.keys(b).length, open: open.map(([, { loc }]) => `${shown}: ${textOf(loc, lines)}`) };
}

/** The entries of `left-out.txt`, each with its reason: the heading above it. */
function leftOut() {
  const entries = new Map();
  let reason = '';
  for (const line of readFileSync(path.join(import.meta.dirname, 'left-out.txt'), 'utf8').split('\n')) {
    if (line.startsWith('# ')) reason = line.slice(2);
    else if (line !== '') entries.set(line, reason);
  }
  return entries;
}

const fail = (what, entries) => {
  if (entries.length === 0) return;
  process.exitCode = 1;
  process.stdout.write(`\n${what}:\n${entries.map((entry) => `${entry}\n`).join('')}`);
};

const parts = new Map([['all', { total: 0, open: [] }]]);
for (const [file, counted] of Object.entries(files)) {
  const [part] = path.relative(source, file).split(path.sep);
  const { total, open } = branchesOf(file, counted);
  for (const name of ['all', part]) {
    const sum = parts.get(name) ?? { total: 0, open: [] };
    parts.set(name, { total: sum.total + total, open: [...sum.open, ...open] });
  }
}

const low = [];
for (const [part, { total, open }] of [...parts].sort()) {
  if (total === 0) continue;
  const share = (100 * (total - open.length)) / total;
  const least = LEAST[part];
  if (least !== undefined && share < least) low.push(part);
  const asked = least === undefined ? '' : `, at least ${least} % asked`;
  process.stdout.write(`${part.padEnd(16)} ${share.toFixed(1).padStart(5)} % of ${total} branches${asked}\n`);
}
const known = leftOut();
const open = new Set(Object.keys(LEAST).flatMap((part) => parts.get(part)?.open ?? []));
const taken = [...known].filter(([entry, reason]) => !reason.startsWith(SOMETIMES) && !open.has(entry));
fail('Tests take too few branches', low);
fail(
  'No test takes these branches, and no reason is given',
  [...open].filter((entry) => !known.has(entry)).sort(),
);
fail(
  'A test takes these branches, or they are gone; remove them from the list',
  taken.map(([entry]) => entry),
);
