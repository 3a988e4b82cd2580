/** What a person reads of a list in a sentence. */
const MOST = 5;

/**
 * Names in a sentence, the first five and how many more there are: a mistake that ten thousand objects share is told
 * ten thousand times, and must not name them all each time.
 */
export function listed(names: readonly string[], separator = ', '): string {
  const shown = names.slice(0, MOST);
  if (names.length > MOST) return `${shown.join(separator)} and ${names.length - MOST} more`;
  return shown.join(separator);
}
