import { invalid } from './errors.js';
import type { Json, JsonObject } from './json.js';

/** The paths that a mask accepts: fields and paths below them. */
export type Writable = readonly string[];

/**
 * The top-level fields that an update writes. A mask names them exactly, whether the body holds them or not. Without a
 * mask, as on live tenants, an update writes the writable fields of the body.
 * Throws a 400 for an unknown or read-only path.
 */
export function maskedFields(mask: Json | undefined, body: JsonObject, writable: Writable): string[] {
  if (mask === undefined || mask === null || mask === '') {
    return fieldsIn(writable).filter((name) => body[name] !== undefined && body[name] !== null);
  }
  if (typeof mask !== 'string') throw invalid('invalid value for update_mask: a string expected');
  return [...new Set(mask.split(',').map((path) => fieldOf(path.trim(), writable)))];
}

/** The top-level fields of the paths. */
export function fieldsIn(writable: Writable): readonly string[] {
  return writable.filter((path) => !path.includes('.'));
}

function fieldOf(path: string, writable: Writable): string {
  const [name = ''] = path.split('.');
  if (!writable.includes(name)) throw invalid(`invalid update mask: ${path} is unknown or read-only`);
  if (!writable.includes(path)) throw invalid(`invalid update mask: ${path} is unknown`);
  return name;
}
