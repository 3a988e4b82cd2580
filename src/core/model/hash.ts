import { hash } from 'node:crypto';
import { Secret, UnsetSecret } from './secret.js';

/** Says what a secret counts as in a canonical text. The result is taken instead of the secret. */
export type SecretForm = (secret: Secret | UnsetSecret) => unknown;

/**
 * One text for equal JSON-like values: keys sorted, no spaces, members that are `undefined` left out.
 * Throws a TypeError when it meets a secret and `secretForm` is not given, and for what JSON cannot hold.
 */
export function canonicalJson(value: unknown, secretForm?: SecretForm): string {
  return JSON.stringify(canonical(value, secretForm)) ?? 'null';
}

/** SHA-256 of a text in UTF-8, as `sha256:<hex>`. */
export function sha256(text: string): string {
  return `sha256:${hash('sha256', text)}`;
}

/** As much of the hash of a group as a person has to give to `approve`. */
export function shortHash(hash: string): string {
  return hash.slice(0, 'sha256:'.length + 12);
}

function canonical(value: unknown, secretForm: SecretForm | undefined): unknown {
  if (value instanceof Secret || value instanceof UnsetSecret) {
    if (secretForm === undefined) throw new TypeError('a secret has no canonical form of its own');
    return canonical(secretForm(value), undefined);
  }
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item: unknown) => canonical(item, secretForm));
  if (value instanceof Map || value instanceof Set) throw new TypeError('a Map or Set has no canonical form');
  if ('toJSON' in value && typeof value.toJSON === 'function') return canonical(value.toJSON(), secretForm);
  // A prototype-less object keeps a key named `__proto__` a plain key, and sorted keys keep their order
  // because integer-like keys come first, in the same order, in every object.
  const sorted: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(value).sort()) sorted[key] = canonical(Reflect.get(value, key), secretForm);
  return sorted;
}
