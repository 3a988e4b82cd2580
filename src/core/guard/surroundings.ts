import { type Definition, keyOf, type Load } from '../model/definition.js';
import { parentRef } from '../model/kind.js';
import { areOurs, marksOf } from '../model/marks.js';
import type { Records } from '../model/record.js';
import type { Observation } from '../observe/observation.js';

/** What stands around the changes of a plan. */
export interface Surroundings {
  /** Ids of the objects seen that carry our marks. */
  readonly marked: ReadonlySet<string>;
  /** Labels of a defined object; undefined for one without a definition. */
  readonly labelsOf: (key: string) => Definition['labels'] | undefined;
  /** Key of the object that another one lives under. */
  readonly parentOf: (key: string) => string | undefined;
}

/** Looks around in what was loaded, seen and remembered. */
export function surroundingsOf(
  load: Load,
  { desired, matches, strays }: Pick<Observation, 'desired' | 'matches' | 'strays'>,
  { objects }: Pick<Records, 'objects'>,
  workspace: string,
): Surroundings {
  const labels = new Map(load.definitions.map((definition) => [definition.key, definition.labels]));
  const keysById = new Map([...objects.values()].map(({ id, key }) => [id, key]));
  const marked = new Set(strays.map(({ live }) => live.id));
  for (const [key, match] of matches) {
    const kind = desired.get(key)?.kind;
    if (match.type !== 'found' || kind === undefined) continue;
    if (areOurs(marksOf(kind, match.live), workspace)) marked.add(match.live.id);
    keysById.set(match.live.id, key);
  }
  const parentOf = (key: string): string | undefined => {
    const wanted = desired.get(key);
    const ref = wanted && parentRef(wanted.kind, wanted.definition);
    if (ref === undefined) return keysById.get(objects.get(key)?.parentId ?? '');
    return 'id' in ref ? keysById.get(ref.id) : keyOf(wanted?.kind.parent?.kind ?? '', ref.name);
  };
  return { marked, labelsOf: (key) => labels.get(key), parentOf };
}
