import { invalid } from './errors.js';
import type { Json, JsonObject } from './json.js';

/** The paths that a mask may name: fields, and what is below them. */
export type Writable = readonly string[];

/**
 * The top-level fields an update writes. With a mask: exactly those named, whether the body holds them or not. Without
 * one: those the body holds, other fields being passed over, as live tenants do for clients that send no mask.
 * Throws a 400 for a path that is unknown or read-only.
 */
export function maskedFields(mask: Json | undefined, body: JsonObject, writable: Writable): string[] {
  if (mask === undefined || mask === null || mask === '') {
    return fieldsIn(writable).filter((name) => body[name] !== undefined && body[name] !== null);
  }
  if (typeof mask !== 'string') throw invalid('invalid value for update_mask: a string expected');
  return [...new Set(mask.split(',').map((path) => fieldOf(path.trim(), writable)))];
}

/** The fields themselves, without what is below them. */
export function fieldsIn(writable: Writable): readonly string[] {
  return writable.filter((path) => !path.includes('.'));
}

function fieldOf(path: string, writable: Writable): string {
  const [name = ''] = path.split('.');
  if (!writable.includes(name)) throw invalid(`invalid update mask: ${path} is unknown or read-only`);
  if (!writable.includes(path)) throw invalid(`invalid update mask: ${path} is unknown`);
  return name;
}
