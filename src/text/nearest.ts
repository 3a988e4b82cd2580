import { distance } from 'fastest-levenshtein';

/** The limits of a list of names in an error message. */
const MOST_SHOWN = 40;
const LONGEST_LIST = 1_000;
/** Longer names are not compared: the time grows with the lengths of both. */
const LONGEST_COMPARED = 253;
/** The largest number of names to compare with one name. */
const MOST_COMPARED = 10_000;

/**
 * The nearest known name without case; undefined when no name is close. Long names, and known names after the first 10,000,
 * are not compared.
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
 * `Did you mean "x"?` or, without a close name, a short list of the known names. Begins with a space.
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
