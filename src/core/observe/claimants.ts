import type { Kind, LiveObject } from '../model/kind.js';
import type { Records } from '../model/record.js';
import type { ObjectReads } from './object-reads.js';
import type { Desired } from './resolve.js';

/** The input of {@link claimantsOf}. */
export interface ClaimantsInput {
  /** The definitions to observe. */
  readonly needed: readonly Desired[];
  readonly records: Pick<Records, 'objects'>;
  readonly reads: Pick<ObjectReads, 'lists' | 'goneIds' | 'elsewhere'>;
  /** The objects that were read where their definitions name them. */
  readonly read: readonly LiveObject[];
}

/**
 * The definitions of a kind that may claim an object that was read. After a list these are all of them. Where every
 * object was read by its id, these are the needed ones, those without a record, those that may claim another
 * object than the recorded one, and those with the record or the name of an object. Pure.
 */
export function claimantsOf(
  kind: Kind,
  all: readonly Desired[],
  { needed, records, reads, read }: ClaimantsInput,
): readonly Desired[] {
  const isListed = [...reads.lists.keys()].some(
    (list) => list === kind.name || list.startsWith(`${kind.name}@`),
  );
  if (isListed || !kind.naturalKey.includes(kind.title)) return all;
  const live = [...read, ...reads.elsewhere.values()];
  const ids = new Set([...live.map(({ id }) => id), ...reads.goneIds]);
  const titles = new Set([...live, ...needed].map(({ values }) => values[kind.title]));
  const isNeeded = new Set(needed);
  return all.filter((desired) => {
    const { key, id, steering } = desired.definition;
    const record = records.objects.get(key);
    if (record === undefined || id !== undefined || steering.renamedFrom !== undefined) return true;
    return ids.has(record.id) || titles.has(desired.values[kind.title]) || isNeeded.has(desired);
  });
}
