import type { DefinitionsByKey } from './definition-index.js';
import { derived, derivedOfPair, PersistentMap } from './persistent-map.js';
import type { ObjectRecord } from './record.js';

type Objects = ReadonlyMap<string, ObjectRecord>;

/** Records by the id of their object, computed once for each state of the records. Of two with one id it has one. */
export const recordsById = derived(
  (objects: Objects): PersistentMap<ObjectRecord> =>
    PersistentMap.of([...objects.values()].map((record) => [record.id, record])),
  (records, changes, objects) => {
    let changed = records;
    for (const { from, to } of changes) {
      if (from !== undefined && changed.get(from.id) === from) changed = changed.with([[from.id, null]]);
      if (to !== undefined) changed = changed.with([[to.id, to]]);
    }
    // Where two records share an id, only all of them say which one is left.
    return changed.size === objects.size ? changed : undefined;
  },
);

/** The records of an object, which has one as a rule. */
export function recordsOf(objects: Objects, id: string): readonly ObjectRecord[] {
  const byId = recordsById(objects);
  if (byId.size < objects.size) return [...objects.values()].filter((record) => record.id === id);
  const record = byId.get(id);
  return record === undefined ? [] : [record];
}

/** Records whose definition a full observation has missed, by key. */
export const absentRecords = derived(
  (objects: Objects): Objects =>
    new Map([...objects].filter(([, { absentSince }]) => absentSince !== undefined)),
  (absent, changes) => {
    const changed = new Map(absent);
    for (const { key, to } of changes) {
      if (to?.absentSince === undefined) changed.delete(key);
      else changed.set(key, to);
    }
    return changed;
  },
);

/** Keys that only one of two sides has. */
export interface Unpaired {
  /** Keys of definitions without a record. */
  readonly definitions: ReadonlySet<string>;
  /** Keys of records without a definition. */
  readonly records: ReadonlySet<string>;
}

/** The keys that definitions and records do not share. */
export const unpairedKeys = derivedOfPair(
  (definitions: DefinitionsByKey, objects: Objects): Unpaired => ({
    definitions: new Set([...definitions.keys()].filter((key) => !objects.has(key))),
    records: new Set([...objects.keys()].filter((key) => !definitions.has(key))),
  }),
  (former, keys, definitions, objects) => {
    const unpaired = { definitions: new Set(former.definitions), records: new Set(former.records) };
    for (const key of keys) {
      const [isDefined, isRecorded] = [definitions.has(key), objects.has(key)];
      unpaired.definitions[isDefined && !isRecorded ? 'add' : 'delete'](key);
      unpaired.records[isRecorded && !isDefined ? 'add' : 'delete'](key);
    }
    return unpaired;
  },
);
