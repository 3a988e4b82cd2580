import { distance } from 'fastest-levenshtein';

/** More names than this are no help to a person who reads an error. */
const MOST_SHOWN = 40;

/** The known name that a person most likely meant; undefined when none is close. Upper and lower case count as equal. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of known) {
    const gap = distance(wanted, candidate.toLowerCase());
    if (gap < bestDistance) {
      best = candidate;
      bestDistance = gap;
    }
  }
  return best;
}

/** `Did you mean "x"?`, or the list of what is known where no name is close and the list is short. Begins with a space. */
export function suggestion(
  name: string,
  known: readonly string[],
  aliases: Readonly<Record<string, string>> = {},
): string {
  const alias = Object.hasOwn(aliases, name) ? aliases[name] : undefined;
  if (alias !== undefined) return ` It is called "${alias}" here.`;
  const close = nearest(name, known);
  if (close !== undefined) return ` Did you mean "${close}"?`;
  return known.length > 0 && known.length <= MOST_SHOWN ? ` Known: ${[...known].sort().join(', ')}.` : '';
}
