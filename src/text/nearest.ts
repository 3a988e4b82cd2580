import { distance } from 'fastest-levenshtein';

/** More names than this, or so many characters of them, are no help to a person who reads an error. */
const MOST_SHOWN = 40;
const LONGEST_LIST = 1_000;
/** A longer name is no slip of the pen. Comparing takes time in the length of both. */
const LONGEST_COMPARED = 253;
/** Names that one name is compared with, at most. */
const MOST_COMPARED = 10_000;

/**
 * The known name that a person most likely meant; undefined when none is close. Upper and lower case count as equal.
 * The cost has a ceiling: long names, and known names past the first 10,000, are not compared.
 */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  if (name.length > LONGEST_COMPARED) return undefined;
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(wanted.length / 3)) + 1;
  let compared = 0;
  for (const candidate of known) {
    if (compared >= MOST_COMPARED) break;
    compared += 1;
    if (Math.abs(candidate.length - wanted.length) >= bestDistance) continue;
    const gap = distance(wanted, candidate.toLowerCase());
    if (gap < bestDistance) {
      best = candidate;
      bestDistance = gap;
    }
  }
  return best;
}

/**
 * `Did you mean "x"?`, or the known names where none is close and the list is short. Begins with a space.
 */
export function suggestion(
  name: string,
  known: readonly string[],
  aliases: Readonly<Record<string, string>> = {},
): string {
  const alias = Object.hasOwn(aliases, name) ? aliases[name] : undefined;
  if (alias !== undefined) return ` It is called "${alias}" here.`;
  const close = nearest(name, known);
  if (close !== undefined) return ` Did you mean "${close}"?`;
  if (known.length === 0 || known.length > MOST_SHOWN) return '';
  const list = [...known].sort().join(', ');
  return list.length <= LONGEST_LIST ? ` Known: ${list}.` : '';
}
