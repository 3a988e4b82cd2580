import { isObject } from '../text/shape.js';

/** A mutable mapping of unchecked settings. */
export type Mapping = Record<string, unknown>;

/** {@link isObject} for mutable values. */
export const isMapping = (value: unknown): value is Mapping => isObject(value);

/** True for a mapping that stands for a value: `{ valueFrom: ... }`. */
export function isSource(value: unknown): value is Mapping {
  return isMapping(value) && Object.hasOwn(value, 'valueFrom');
}

/** Sets a value at a path. False if a part of the path is no mapping. */
export function setAt(values: Mapping, [head, ...rest]: readonly string[], value: unknown): boolean {
  if (head === undefined) return false;
  if (rest.length === 0) {
    values[head] = value;
    return true;
  }
  if (values[head] === undefined || values[head] === null || values[head] === true) values[head] = {};
  const inner = values[head];
  return isMapping(inner) && setAt(inner, rest, value);
}

/** The mapping that holds the last name of a path. */
export function parentOf(values: Mapping, where: readonly string[]): Mapping | undefined {
  let at: unknown = values;
  for (const name of where.slice(0, -1)) at = isMapping(at) ? at[name] : undefined;
  return isMapping(at) ? at : undefined;
}
