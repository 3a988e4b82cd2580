/** Any value JSON can carry. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** A JSON object; a missing key reads as `undefined`. */
export interface JsonObject {
  [key: string]: Json;
}

/** True for a JSON object, false for lists, null and scalars. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The text under `key`; `''` without one. */
export function textOf(object: JsonObject, key: string): string {
  const value = object[key];
  return typeof value === 'string' ? value : '';
}

/** The texts of the list under `key`; skips other values. */
export function textsOf(object: JsonObject, key: string): string[] {
  const value = object[key];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

/** The ids in the list of references `[{id}]` under `key`. */
export function refIdsOf(object: JsonObject, key: string): Set<string> {
  const value = object[key];
  const refs = Array.isArray(value) ? value.filter(isObject) : [];
  return new Set(refs.map((ref) => textOf(ref, 'id')));
}
