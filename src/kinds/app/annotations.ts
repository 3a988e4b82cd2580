import { z } from 'zod';
import { asObject } from '../../text/shape.js';
import { markCount, markKeys } from '../marks.js';

const KEY = /^[A-Za-z][A-Za-z0-9._/-]{0,127}$/;
const VALUE = /^[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]{0,256}$/;
const MAX_ENTRIES = 16;
const MAX_BYTES = 4096;

const key = z
  .string()
  .regex(KEY, 'Must start with a letter and have at most 128 letters, digits and . _ / - characters.')
  .refine((name) => !name.startsWith('c1/'), 'Must not start with c1/: these keys belong to the tenant.');

const value = z
  .string()
  .regex(
    VALUE,
    'Must have at most 256 characters of URL-safe ASCII: no spaces, quotes or letters beyond a to z.',
  );

/** Declared annotations, within the limits of the API minus the marks. A load refuses the keys of the marks. */
export const annotationsSchema = z
  .record(key, value)
  .refine((entries) => kept(entries).length <= MAX_ENTRIES - markCount, {
    message: `Must have at most ${MAX_ENTRIES - markCount} entries: the tenant takes ${MAX_ENTRIES}, and c1sync writes ${markCount}.`,
  })
  .refine((entries) => bytesOf(entries) <= MAX_BYTES, {
    message: `Must have at most ${MAX_BYTES} bytes, keys and values together.`,
  });

function kept(entries: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(entries).filter(([, text]) => text !== '');
}

/** A lower bound of the API's count: its contract does not define whether punctuation counts. */
function bytesOf(entries: Readonly<Record<string, string>>): number {
  return kept(entries).reduce((sum, [name, text]) => sum + name.length + text.length, 0);
}

/** The text entries of a map of annotations. */
export function normaliseAnnotations(entries: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(asObject(entries)).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}

/** The annotations that a definition may name: neither marks nor the tenant's own. */
export function exportAnnotations(entries: unknown): Record<string, string> | undefined {
  const own = Object.entries(normaliseAnnotations(entries)).filter(
    ([name]) => !name.startsWith('c1/') && !markKeys.includes(name),
  );
  return own.length === 0 ? undefined : Object.fromEntries(own);
}
