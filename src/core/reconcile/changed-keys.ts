import type { Definition, Load } from '../model/definition.js';

/**
 * The keys that changed between two loads: new, changed, moved to another file, with another secret value, invalid, valid
 * again, or gone. `keyedHash` makes secrets comparable.
 */
export function changedKeys(
  before: Load,
  after: Load,
  keyedHash: (value: unknown) => string,
): ReadonlySet<string> {
  const print = ({ id, steering, spec }: Definition): string => keyedHash({ id: id ?? null, steering, spec });
  // An unchanged file without secrets keeps the specification object of the last load.
  // The record of an object names its file: without the move in the record, the loss of that file would be a removal.
  const isMoved = ({ source: a }: Definition, { source: b }: Definition): boolean =>
    a.root !== b.root || a.path !== b.path;
  const isSame = (a: Definition, b: Definition): boolean =>
    !isMoved(a, b) && ((a.spec === b.spec && a.hash === b.hash) || print(a) === print(b));
  // Most definitions are the same objects in the same places of both loads.
  const differing = (some: Load, others: Load): readonly Definition[] =>
    some.definitions.filter((definition, index) => definition !== others.definitions[index]);
  const former = new Map(differing(before, after).map((definition) => [definition.key, definition]));
  const changed = new Set<string>();
  for (const definition of differing(after, before)) {
    const last = former.get(definition.key);
    if (last === undefined || !isSame(last, definition)) changed.add(definition.key);
    former.delete(definition.key);
  }
  for (const key of former.keys()) changed.add(key);
  for (const [key, reason] of after.invalid) if (before.invalid.get(key) !== reason) changed.add(key);
  for (const key of before.invalid.keys()) if (!after.invalid.has(key)) changed.add(key);
  for (const key of new Set([...before.lost.keys(), ...after.lost.keys()]))
    if (before.lost.get(key)?.reason !== after.lost.get(key)?.reason) changed.add(key);
  return changed;
}
