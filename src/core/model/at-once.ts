/** More than a budget admits; further waiting calls would only cost memory and time. */
const MOST = 100;

/**
 * Like `Promise.all` over `items`, with at most 100 of them under way. Rejects with the first failure, after which
 * nothing more is begun.
 */
export async function mapAtOnce<T, R>(items: Iterable<T>, act: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const turns = numbered(items);
  const work = async (): Promise<void> => {
    // Every worker takes its next item from the same generator, which closes when one of them throws.
    for (const [index, item] of turns) results[index] = await act(item);
  };
  await Promise.all(Array.from({ length: MOST }, work));
  return results;
}

function* numbered<T>(items: Iterable<T>): Generator<[number, T]> {
  let index = 0;
  for (const item of items) yield [index++, item];
}
