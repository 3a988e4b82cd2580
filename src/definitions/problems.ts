import type { Problem } from '../core/model/definition.js';
import { andMore } from '../text/check.js';
import { grouped } from '../text/grouped.js';

/** Problems of one file that are listed, and of one load. */
const MOST_IN_FILE = 50;
const MOST_IN_LOAD = 1_000;

/**
 * The listed problems, by position: the first 50 of each file, 1,000 at most, and one that counts the
 * others of its file or of all further files.
 * @param unlisted how many more each file has that are not among them, by the file as it is shown
 */
export function listable(problems: readonly Problem[], unlisted: ReadonlyMap<string, number>): Problem[] {
  const listed: Problem[] = [];
  let beyond = 0;
  for (const [file, found] of grouped(problems.toSorted(byPosition), ({ position }) => position.file)) {
    const total = found.length + (unlisted.get(file) ?? 0);
    if (listed.length >= MOST_IN_LOAD) {
      beyond += total;
      continue;
    }
    const shown = found.slice(0, MOST_IN_FILE);
    listed.push(...shown);
    const position = found[shown.length]?.position ?? shown.at(-1)?.position;
    const counts = total - shown.length;
    if (counts > 0 && position !== undefined) listed.push({ position, counts, message: andMore(counts) });
  }
  const last = listed.at(-1);
  if (beyond > 0 && last !== undefined)
    listed.push({
      position: last.position,
      counts: beyond,
      message: `In further files: ${andMore(beyond)}`,
    });
  return listed;
}

function byPosition(one: Problem, other: Problem): number {
  const { position: a, path: aPath = '' } = one;
  const { position: b, path: bPath = '' } = other;
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column || (aPath < bPath ? -1 : 1);
}
