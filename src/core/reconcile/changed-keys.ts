import { type Definition, definitionsByKey, type Load } from '../model/definition.js';

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
  const former = definitionsByKey(before.definitions);
  const present = definitionsByKey(after.definitions);
  const changed = new Set<string>();
  for (const definition of after.definitions) {
    const last = former.get(definition.key);
    if (last === definition) continue;
    if (last === undefined || !isSame(last, definition)) changed.add(definition.key);
  }
  for (const { key } of before.definitions) if (!present.has(key)) changed.add(key);
  for (const [key, reason] of after.invalid) if (before.invalid.get(key) !== reason) changed.add(key);
  for (const key of before.invalid.keys()) if (!after.invalid.has(key)) changed.add(key);
  for (const key of new Set([...before.lost.keys(), ...after.lost.keys()]))
    if (before.lost.get(key)?.reason !== after.lost.get(key)?.reason) changed.add(key);
  return changed;
}
