import { z } from 'zod';
import type { Field } from '../core/model/kind.js';
import { asList, asText } from '../text/shape.js';

/** The options of a field beyond its type. */
export type Traits = Partial<Omit<Field, 'path' | 'doc'>>;

function field(path: string, doc: string, defaults: Pick<Field, 'schema' | 'empty'> & Traits): Field {
  return { path, wire: path, doc, shape: 'value', write: 'update', onCreate: false, ...defaults };
}

/** A text; unset is `""`. */
export function text(path: string, doc: string, traits: Traits = {}): Field {
  return field(path, doc, { schema: z.string(), empty: '', normalise: asText, ...traits });
}

/** A required text. */
export function requiredText(path: string, doc: string, traits: Traits = {}): Field {
  return text(path, doc, { schema: z.string().regex(/\S/, 'Must not be empty.'), ...traits });
}

/** The id of another object; unset is `""`. */
export function id(path: string, doc: string, traits: Traits = {}): Field {
  return text(path, doc, traits);
}

/** A switch; unset is `false`. */
export function bool(path: string, doc: string, traits: Traits = {}): Field {
  return field(path, doc, {
    schema: z.boolean(),
    empty: false,
    normalise: (value) => value === true,
    ...traits,
  });
}

/** A whole number within `min` and `max`, both included; unset is `0`. */
export function integer(
  path: string,
  doc: string,
  range: { readonly min: number; readonly max: number },
  traits: Traits = {},
): Field {
  const schema = z.int().min(range.min).max(range.max);
  return field(path, doc, { schema, empty: 0, normalise: asInteger, ...traits });
}

/**
 * One of the API's names; unset is the first name. An unknown live value stays unchanged, and an export omits it, because a
 * definition cannot name it.
 */
export function enumeration(
  path: string,
  doc: string,
  names: readonly [string, ...string[]],
  traits: Traits = {},
): Field {
  const [zero] = names;
  return field(path, doc, {
    schema: z.enum(names),
    empty: zero,
    normalise: (value) => asText(value) || zero,
    toSpec: (value) => (value !== zero && names.some((name) => name === value) ? value : undefined),
    ...traits,
  });
}

/** Texts without order or repeats; unset is `[]`. */
export function textSet(path: string, doc: string, traits: Traits = {}): Field {
  return field(path, doc, {
    schema: z.array(z.string().min(1)),
    shape: 'set',
    empty: [],
    normalise: asTextSet,
    ...traits,
  });
}

/** A message with its own fields. `normalise` converts its declared and its live form into one. */
export function message(
  path: string,
  doc: string,
  traits: Traits & Required<Pick<Field, 'schema' | 'empty' | 'normalise'>>,
): Field {
  return field(path, doc, traits);
}

/** A number, also from a decimal string; `0` for anything else. */
export function asInteger(value: unknown): number {
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) ? number : 0;
}

/** The texts of a list, sorted, each once; `[]` for anything else. */
export function asTextSet(value: unknown): string[] {
  return [...new Set(asList(value).filter((item) => typeof item === 'string'))].sort();
}
