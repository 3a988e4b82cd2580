/** Length of a list in a sentence. */
const MOST = 5;

/**
 * Names in a sentence, the first five and how many more there are: a mistake that ten thousand objects share is told
 * ten thousand times, and must not name them all each time.
 * @param total how many there are, where `names` does not hold them all
 */
export function listed(names: readonly string[], separator = ', ', total = names.length): string {
  const shown = names.slice(0, MOST).join(separator);
  return total > MOST ? `${shown} and ${total - MOST} more` : shown;
}

/** The items that {@link listed} needs to name all but one of them. */
export function othersThan<T>(one: T, all: readonly T[]): readonly T[] {
  return all.slice(0, MOST + 1).filter((other) => other !== one);
}
