import { suggestion } from '../../text/nearest.js';
import { covers } from '../guard/target.js';
import type { Load } from '../model/definition.js';
import { TerminalError } from '../model/errors.js';

/** A target in its one form, with labels in order. */
export function canonicalTarget(target: string): string {
  if (!target.includes('=')) return target.trim();
  const parts = target.split(',').map((part) => part.split('=').map((text) => text.trim()));
  return parts
    .map(([name, ...value]) => `${name}=${value.join('=')}`)
    .sort()
    .join(',');
}

/** Keys that match a target, of defined, invalid and recorded objects. */
export function matching(
  target: string,
  load: Load | undefined,
  recorded: readonly string[],
): readonly string[] {
  const labels = new Map(load?.definitions.map((definition) => [definition.key, definition.labels]));
  const keys = new Set([...labels.keys(), ...recorded, ...(load?.invalid.keys() ?? [])]);
  return [...keys].filter((key) => covers(target, key, labels.get(key) ?? {}));
}

/**
 * Keys of the objects that match a target.
 * @throws TerminalError when the target names nothing
 */
export function keysOf(target: string, load: Load, recorded: readonly string[]): readonly string[] {
  const keys = matching(canonicalTarget(target), load, recorded);
  if (keys.length > 0) return keys;
  if (target.includes('=')) throw new TerminalError(`no object has the labels ${target}`);
  const known = [...load.definitions.map(({ key }) => key), ...recorded];
  throw notATarget(target, suggestion(target, [...new Set(known)]));
}

/**
 * A target in its one form. `load`: undefined before the first one, when any well-formed target is accepted.
 * @throws TerminalError when the target names nothing
 */
export function targetOf(target: string, load: Load | undefined, recorded: readonly string[]): string {
  const named = canonicalTarget(target);
  const isTarget = named === '*' || named.includes('=') || /^[A-Za-z]+\/[^/\s]+$/.test(named);
  if (load === undefined && !isTarget) throw notATarget(target);
  if (load !== undefined && named !== '*') keysOf(target, load, recorded);
  return named;
}

function notATarget(target: string, hint = ''): TerminalError {
  return new TerminalError(
    `${target} names nothing: write Kind/name, labels as key=value, or * for everything.${hint}`,
  );
}
