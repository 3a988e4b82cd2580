import { type Definition, keyOf, type Load } from './definition.js';
import { type Change, derived, PersistentMap } from './persistent-map.js';

/** The definitions of a load by key. */
export type DefinitionsByKey = ReadonlyMap<string, Definition>;

const known = new WeakMap<readonly Definition[], PersistentMap<Definition>>();

/** Definitions by key, computed once for each list of them. */
export function definitionsByKey(definitions: readonly Definition[]): PersistentMap<Definition> {
  const map = known.get(definitions) ?? PersistentMap.of(definitions.map((each) => [each.key, each]));
  known.set(definitions, map);
  return map;
}

/** True where a load has a definition of a key, be it valid, invalid or lost. */
export function hasDefinition({ definitions, invalid, lost }: Load, key: string): boolean {
  return definitionsByKey(definitions).has(key) || invalid.has(key) || lost.has(key);
}

/** A list, sorted by key, with these definitions in place of those of the same keys, which it has. */
export function withReplaced(
  definitions: readonly Definition[],
  replacements: readonly Definition[],
): readonly Definition[] {
  if (replacements.length === 0) return definitions;
  const list = definitions.slice();
  for (const replacement of replacements) list[placeOf(list, replacement.key)] = replacement;
  known.set(list, definitionsByKey(definitions).with(replacements.map((each) => [each.key, each])));
  return list;
}

function placeOf(list: readonly Definition[], key: string): number {
  let [first, end] = [0, list.length];
  while (first < end) {
    const middle = (first + end) >> 1;
    if ((list[middle]?.key ?? '') < key) first = middle + 1;
    else end = middle;
  }
  return first;
}

/** Keys of definitions by `Kind/title`, or `Kind/` where they give none. */
export const keysByTitle = derived(
  (definitions: DefinitionsByKey): PersistentMap<readonly string[]> => {
    const keys = new Map<string, string[]>();
    for (const [key, definition] of definitions) {
      const name = titleOf(definition);
      const others = keys.get(name);
      if (others === undefined) keys.set(name, [key]);
      else others.push(key);
    }
    return PersistentMap.of(keys);
  },
  (titles, changes) => {
    let changed = titles;
    for (const { key, from, to } of changes) {
      if (from !== undefined && to !== undefined && titleOf(from) === titleOf(to)) continue;
      const without = from && (changed.get(titleOf(from)) ?? []).filter((other) => other !== key);
      if (from && without) changed = changed.with([[titleOf(from), without.length === 0 ? null : without]]);
      if (to) changed = changed.with([[titleOf(to), [...(changed.get(titleOf(to)) ?? []), key].sort()]]);
    }
    return changed;
  },
);

function titleOf({ kind, title = '' }: Definition): string {
  return keyOf(kind, title);
}

/** Keys of definitions that may claim an object that another one had: by a pin or by their former name. */
export const steeredKeys = derived(
  (definitions: DefinitionsByKey): ReadonlySet<string> =>
    new Set([...definitions.values()].filter(isSteered).map(({ key }) => key)),
  (keys, changes: readonly Change<Definition>[]) => {
    const changed = new Set(keys);
    for (const { key, to } of changes) {
      if (to !== undefined && isSteered(to)) changed.add(key);
      else changed.delete(key);
    }
    return changed;
  },
);

function isSteered({ id, steering }: Definition): boolean {
  return id !== undefined || steering.renamedFrom !== undefined;
}
