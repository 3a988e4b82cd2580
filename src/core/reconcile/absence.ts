import type { Definition, Load } from '../model/definition.js';
import { type DefinitionsByKey, definitionsByKey, hasDefinition } from '../model/definition-index.js';
import { derivedOfPair } from '../model/persistent-map.js';
import { lastWord, type ObjectRecord, type Records } from '../model/record.js';
import type { RecordDraft } from '../model/record-draft.js';
import { absentRecords } from '../model/record-index.js';
import type { Observation } from '../observe/observation.js';
import { isFromSource, isSound } from '../observe/orphans.js';

/** The input that shows which definitions are gone, and a draft of the records. */
export interface AbsenceInput {
  readonly load: Load;
  readonly observation: Observation;
  /** The records that the draft started from. */
  readonly records: Records;
  readonly draft: RecordDraft;
}

/** Notes since when definitions are gone. Only a full observation of sound definitions counts. */
export function rememberOrphans({ load, observation, draft }: AbsenceInput): void {
  const gone = [...observation.orphans.values()].filter(
    ({ live, error }) => live === undefined && error === undefined,
  );
  const removed = new Set(gone.map(({ record }) => record.key));
  // An object that was recreated since the observation stays.
  for (const { record } of gone)
    if (draft.object(record.key)?.id === record.id) draft.removeObject(record.key);
  if (!observation.isFull || load.definitions.length === 0) return;
  const defined = definitionsByKey(load.definitions);
  if (!isSound(load)) return;
  for (const record of draft.objects()) {
    const { key, absentSince } = record;
    if (defined.has(key) || absentSince !== undefined || removed.has(key) || !isFromSource(record, load.seen))
      continue;
    draft.putObject({ ...record, absentSince: observation.at });
  }
}

/**
 * The records of definitions that a load has again after an absence. That counts whether the tenant can be observed or not:
 * a later absence is counted from its own beginning.
 */
export function returnedIn(load: Load, objects: Records['objects']): ReadonlyMap<string, ObjectRecord> {
  const absent = absentRecords(objects);
  const back = [...absent.values()].filter(({ key }) => hasDefinition(load, key));
  return new Map(back.map(({ absentSince: _, ...record }) => [record.key, record]));
}

/**
 * Notes the presence, position and `prune` of each definition without a matched object, since a definition counts even
 * where its match fails. Records of matched objects are updated from the observation.
 */
export function rememberDefined({ load, observation, records, draft }: AbsenceInput): void {
  const note = (key: string, definition?: Definition): void => {
    const known = draft.object(key);
    if (known === undefined || isNoted(known, definition) || observation.matches.get(key)?.type === 'found')
      return;
    const { absentSince: _, prune, ...rest } = known;
    const word =
      definition === undefined ? { ...(prune === undefined ? {} : { prune }) } : lastWord(definition);
    draft.putObject({ ...rest, ...word });
  };
  for (const key of load.invalid.keys()) note(key);
  for (const key of load.lost.keys()) note(key);
  const defined = definitionsByKey(load.definitions);
  const unnoted = unnotedKeys(defined, records.objects);
  for (const key of new Set([...unnoted, ...draft.patch.objects.keys()])) {
    const definition = defined.get(key);
    if (definition !== undefined) note(key, definition);
  }
}

/** Keys of definitions of which the record says something else, or nothing. */
const unnotedKeys = derivedOfPair(
  (definitions: DefinitionsByKey, objects: Records['objects']): ReadonlySet<string> =>
    new Set([...definitions.keys()].filter((key) => isUnnoted(key, definitions, objects))),
  (former, keys, definitions, objects) => {
    const unnoted = new Set(former);
    for (const key of keys) {
      if (isUnnoted(key, definitions, objects)) unnoted.add(key);
      else unnoted.delete(key);
    }
    return unnoted;
  },
);

function isUnnoted(key: string, definitions: DefinitionsByKey, objects: Records['objects']): boolean {
  const [definition, known] = [definitions.get(key), objects.get(key)];
  return definition !== undefined && known !== undefined && !isNoted(known, definition);
}

/** A definition that only moved to other lines does not change its record. */
function isNoted(known: ObjectRecord, definition: Definition | undefined): boolean {
  if (known.absentSince !== undefined) return false;
  if (definition === undefined) return true;
  const { source, steering } = definition;
  const isSamePlace =
    known.source === source || (known.source?.path === source.path && known.source.root === source.root);
  return isSamePlace && known.prune === steering.prune;
}
