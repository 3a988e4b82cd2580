/** The largest number of names in a sentence. */
const MOST = 5;

/**
 * Names in a sentence: the first five and the number of others. An error that ten thousand objects share is reported ten
 * thousand times and must not name all of them each time.
 * @param total the number of all names, if `names` does not hold all
 */
export function listed(names: readonly string[], separator = ', ', total = names.length): string {
  const shown = names.slice(0, MOST).join(separator);
  return total > MOST ? `${shown} and ${total - MOST} more` : shown;
}

/** The items without `one`, as many as {@link listed} needs. */
export function othersThan<T>(one: T, all: readonly T[]): readonly T[] {
  return all.slice(0, MOST + 1).filter((other) => other !== one);
}
