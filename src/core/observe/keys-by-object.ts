import { keyOf } from '../model/definition.js';
import type { Records } from '../model/record.js';
import { recordsOf } from '../model/record-index.js';
import { push } from './match-index.js';
import { liveOf, type Match, mayMean } from './matching.js';
import type { Desired } from './resolve.js';

/** The input of {@link KeysByObject}. */
export interface KeysByObjectInput {
  readonly desired: ReadonlyMap<string, Desired>;
  readonly matches: ReadonlyMap<string, Match>;
  readonly records: Pick<Records, 'objects'>;
}

/** Keys of definitions and records by the id of a live object. Pure. */
export class KeysByObject {
  readonly #having = new Map<string, string>();
  /** Definitions without an object that state one, or may mean it. */
  readonly #claiming = new Map<string, string[]>();
  readonly #objects: Records['objects'];

  constructor({ desired, matches, records: { objects } }: KeysByObjectInput) {
    this.#objects = objects;
    for (const [key, match] of matches) {
      if (match.type === 'found') this.#having.set(match.live.id, key);
      else for (const id of claimedIds(desired.get(key), match, objects)) push(this.#claiming, id, key);
    }
  }

  /** The definition that has the object. */
  having(id: string): string | undefined {
    return this.#having.get(id);
  }

  /** The definition that has the object, the keys of its records, and definitions that may mean it. */
  all(id: string): readonly string[] {
    const recorded = recordsOf(this.#objects, id).map(({ key }) => key);
    return [...new Set([...listOf(this.#having.get(id)), ...recorded, ...(this.#claiming.get(id) ?? [])])];
  }
}

/** Ids of the objects that a definition without one states, or may mean. */
function claimedIds(
  desired: Desired | undefined,
  match: Match,
  objects: Records['objects'],
): readonly string[] {
  const moved = listOf(liveOf(match)?.id);
  const stated = listOf(desired && statedId(desired, objects));
  return [...new Set([...moved, ...stated, ...mayMean(match)])];
}

const listOf = (one: string | undefined): readonly string[] => (one === undefined ? [] : [one]);

/**
 * The object that a definition states: its pinned id, or the one of its former name (`renamed-from`) while it has no
 * record. A conflict does not end that.
 */
export function statedId({ definition }: Desired, objects: Records['objects']): string | undefined {
  const { key, kind, id, steering } = definition;
  if (id !== undefined || objects.has(key)) return id;
  return objects.get(keyOf(kind, steering.renamedFrom ?? ''))?.id;
}
