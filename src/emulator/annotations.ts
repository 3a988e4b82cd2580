import { invalid } from './errors.js';
import { isObject, type Json } from './json.js';

const MAX_ENTRIES = 16;
const MAX_VALUE = 256;
const MAX_BYTES = 4096;
const KEY = /^[A-Za-z][A-Za-z0-9._/-]{0,127}$/;
const VALUE = /^[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]*$/;

/** The annotations that infrastructure-as-code tools set on an object. An edit in the web app clears them. */
const iacKeys = ['managed_by', 'iac_workspace', 'iac_resource_address', 'iac_tool_version'] as const;

/**
 * The annotations after a write. Keys that are not sent stay, an empty value deletes its key, null sends none.
 * Throws a 400 that names the key that exceeds a limit of the API.
 */
export function mergeAnnotations(
  current: Readonly<Record<string, string>>,
  sent: Json | undefined,
): Record<string, string> {
  if (!isObject(sent ?? {})) throw invalid('annotations: an object expected');
  const merged = new Map(Object.entries(current));
  for (const [key, value] of Object.entries(sent ?? {})) {
    const text = checkedEntry(key, value);
    if (text === '') merged.delete(key);
    else merged.set(key, text);
  }
  const result = Object.fromEntries(merged);
  if (merged.size > MAX_ENTRIES) throw invalid(`annotations: more than ${MAX_ENTRIES} entries`);
  if (Buffer.byteLength(JSON.stringify(result)) > MAX_BYTES) {
    throw invalid(`annotations: more than ${MAX_BYTES} bytes`);
  }
  return result;
}

/** The annotations without the marks of infrastructure-as-code tools. */
export function withoutMarks(current: Readonly<Record<string, string>>): Record<string, string> {
  const marks: readonly string[] = iacKeys;
  return Object.fromEntries(Object.entries(current).filter(([key]) => !marks.includes(key)));
}

function checkedEntry(key: string, value: Json): string {
  if (typeof value !== 'string') throw invalid(`annotations: the value of ${key} is no string`);
  if (key.startsWith('c1/')) throw invalid(`annotations: the key ${key} is reserved`);
  if (!KEY.test(key)) throw invalid(`annotations: invalid key ${key}`);
  if (value.length > MAX_VALUE) {
    throw invalid(`annotations: the value of ${key} has more than ${MAX_VALUE} characters`);
  }
  if (!VALUE.test(value)) throw invalid(`annotations: the value of ${key} is not URL-safe ASCII`);
  return value;
}
