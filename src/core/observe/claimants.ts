import { keyOf } from '../model/definition.js';
import { type DefinitionsByKey, keysByTitle, steeredKeys } from '../model/definition-index.js';
import type { Kind, LiveObject } from '../model/kind.js';
import type { Records } from '../model/record.js';
import { recordsOf, unpairedKeys } from '../model/record-index.js';
import type { ObjectReads } from './object-reads.js';
import type { Desired } from './resolve.js';

/** The input of {@link claimantsOf}. */
export interface ClaimantsInput {
  /** The definitions to observe, of one kind. */
  readonly needed: readonly Desired[];
  readonly records: Pick<Records, 'objects'>;
  readonly reads: Pick<ObjectReads, 'lists' | 'goneIds' | 'elsewhere'>;
  /** The objects that were read where their definitions name them. */
  readonly read: readonly LiveObject[];
}

/**
 * Keys of the definitions that may claim an object that was read, sorted; undefined for all of the kind, as after a list.
 * Where every object was read by its id, these are the needed ones, those without a record, those that may claim another
 * object than the recorded one, and those with the record or the name of an object. Pure.
 */
export function claimantsOf(
  kind: Kind,
  definitions: DefinitionsByKey,
  { needed, records: { objects }, reads, read }: ClaimantsInput,
): readonly string[] | undefined {
  const isListed = [...reads.lists.keys()].some(
    (list) => list === kind.name || list.startsWith(`${kind.name}@`),
  );
  if (isListed || !kind.naturalKey.includes(kind.title)) return undefined;
  const live = [...read, ...reads.elsewhere.values()];
  const ids = [...live.map(({ id }) => id), ...reads.goneIds];
  const titles = [...live, ...needed].map(({ values }) => keyOf(kind.name, textOf(values[kind.title])));
  const keys = new Set([
    ...needed.map(({ definition }) => definition.key),
    ...steeredKeys(definitions),
    ...unpairedKeys(definitions, objects).definitions,
    ...ids.flatMap((id) => recordsOf(objects, id)).map(({ key }) => key),
    ...titles.flatMap((title) => keysByTitle(definitions).get(title) ?? []),
  ]);
  return [...keys].filter((key) => definitions.get(key)?.kind === kind.name).sort();
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
