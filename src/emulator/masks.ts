import { invalid } from './errors.js';
import type { Json, JsonObject } from './json.js';

/** The fields an update may write, each with the sub-fields a mask may name below it. */
export type Writable = Readonly<Record<string, readonly string[]>>;

/**
 * The top-level fields an update writes. With a mask: exactly those named, whether the body holds them or not. Without
 * one: those the body holds, other fields being passed over, as live tenants do for clients that send no mask.
 * Throws a 400 for a path that is unknown or read-only.
 */
export function maskedFields(mask: Json | undefined, body: JsonObject, writable: Writable): string[] {
  if (mask === undefined || mask === null || mask === '') {
    return Object.keys(writable).filter((name) => body[name] !== undefined && body[name] !== null);
  }
  if (typeof mask !== 'string') throw invalid('invalid value for update_mask: a string expected');
  const fields = new Set<string>();
  for (const path of mask.split(',').map((part) => part.trim())) fields.add(fieldOf(path, writable));
  return [...fields];
}

function fieldOf(path: string, writable: Writable): string {
  const [name = '', ...below] = path.split('.');
  const known = Object.hasOwn(writable, name) ? writable[name] : undefined;
  if (known === undefined) throw invalid(`invalid update mask: ${path} is unknown or read-only`);
  if (below.length > 0 && !known.includes(below.join('.'))) {
    throw invalid(`invalid update mask: ${path} is unknown`);
  }
  return name;
}
