import { isDeepStrictEqual } from 'node:util';
import type { Definition, Load } from '../model/definition.js';
import { lastWord, type ObjectRecord, type RecordStore } from '../model/record.js';
import type { Observation } from '../observe/observation.js';
import { isFromSource, orphanRecords } from '../observe/orphans.js';

/** What tells which definitions are gone, and the records that say so. */
export interface AbsenceInput {
  readonly load: Load;
  readonly observation: Observation;
  readonly store: RecordStore;
}

/** Notes since when a definition is gone, as far as a full look at sound definitions can tell. */
export function rememberOrphans({ load, observation, store }: AbsenceInput): Promise<void>[] {
  const gone = [...observation.orphans.values()].filter(
    ({ live, error }) => live === undefined && error === undefined,
  );
  const removed = new Set(gone.map(({ record }) => record.key));
  // What was made anew since the look is another object.
  const forgotten = gone
    .filter(({ record }) => store.object(record.key)?.id === record.id)
    .map(({ record }) => store.removeObject(record.key));
  if (!observation.isFull || load.definitions.length === 0) return forgotten;
  const absent = orphanRecords({ load, records: store.records() })
    .filter(({ key, absentSince }) => absentSince === undefined && !removed.has(key))
    .filter((record) => isFromSource(record, load))
    .map((record) => store.putObject({ ...record, absentSince: observation.at }));
  return [...forgotten, ...absent];
}

/**
 * Notes of each definition without a matched object that it is there, where it is and whether its object may be deleted:
 * a match may fail, and the definition is the last one all the same. Matched objects are remembered with what was seen.
 */
export function rememberDefined({ load, observation, store }: AbsenceInput): Promise<void>[] {
  const isMatched = (key: string): boolean => observation.matches.get(key)?.type === 'found';
  const valid = load.definitions.map((definition) => [definition.key, definition] as const);
  const others = [...load.invalid.keys(), ...load.lost.keys()].map((key) => [key, undefined] as const);
  return [...others, ...valid].flatMap(([key, definition]) => {
    const known = store.object(key);
    if (known === undefined || isMatched(key) || isNoted(known, definition)) return [];
    const { absentSince: _, prune, ...rest } = known;
    const word =
      definition === undefined ? { ...(prune === undefined ? {} : { prune }) } : lastWord(definition);
    return [store.putObject({ ...rest, ...word })];
  });
}

/** A definition that only moved to other lines is no reason to write its record again. */
function isNoted(known: ObjectRecord, definition: Definition | undefined): boolean {
  if (known.absentSince !== undefined) return false;
  if (definition === undefined) return true;
  return known.prune === definition.steering.prune && isDeepStrictEqual(known.source, definition.source);
}
