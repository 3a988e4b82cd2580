import { invalid } from './errors.js';
import { isObject, type Json, type JsonObject } from './json.js';

/** One field of an API message in proto3 JSON. */
export interface FieldType {
  /** The value of an unset field; `undefined` omits the field from the JSON. */
  zero(): Json | undefined;
  /** Parses a value that is neither absent nor null. Throws a 400 that names `path` for a value of another type. */
  parse(value: Json, path: string): Json;
}

/** A message: its fields by their JSON names. */
export type MessageFields = Readonly<Record<string, FieldType>>;

function wrong(path: string, wanted: string): never {
  throw invalid(`invalid value for ${path}: ${wanted} expected`);
}

/** A string, or an enum that accepts unknown values. */
export const text: FieldType = {
  zero: () => '',
  parse: (value, path) => (typeof value === 'string' ? value : wrong(path, 'a string')),
};

/** A boolean. */
export const bool: FieldType = {
  zero: () => false,
  parse: (value, path) => (typeof value === 'boolean' ? value : wrong(path, 'a boolean')),
};

/** An integer within `min` and `max`: a JSON number or, as in proto3 JSON, a decimal string. */
function integer(min: number, max: number, wanted: string): FieldType {
  return {
    zero: () => 0,
    parse: (value, path) => {
      const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
      const fits = typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max;
      return fits ? number : wrong(path, wanted);
    },
  };
}

/** A signed integer of 32 bits. */
export const int32 = integer(-0x80000000, 0x7fffffff, 'an integer of 32 bits');

/** An unsigned integer of 32 bits. */
export const uint32 = integer(0, 0xffffffff, 'an unsigned integer of 32 bits');

/** A 64-bit integer: a decimal string. */
export const int64: FieldType = {
  zero: () => '0',
  parse: (value, path) => {
    const digits = typeof value === 'number' ? String(value) : value;
    return typeof digits === 'string' && /^-?\d+$/.test(digits) ? digits : wrong(path, 'an integer');
  },
};

/** An enum: a string, `zero` while unset. It accepts unknown values. */
export function enumeration(zero: string): FieldType {
  return { zero: () => zero, parse: text.parse };
}

/** A timestamp, RFC 3339 in UTC; null while unset. */
export const timestamp: FieldType = {
  zero: () => null,
  parse: (value, path) => {
    const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
    return Number.isNaN(time) ? wrong(path, 'an RFC 3339 timestamp') : new Date(time).toISOString();
  },
};

function repeated(item: FieldType): FieldType {
  return {
    zero: () => [],
    parse: (value, path) => {
      if (!Array.isArray(value)) return wrong(path, 'a list');
      return value.map((entry, index) => item.parse(entry, `${path}[${index}]`));
    },
  };
}

/** A list of strings. */
export const texts = repeated(text);

/** A map of strings to strings. */
export const textMap: FieldType = {
  zero: () => ({}),
  parse: (value, path) => {
    if (!isObject(value)) return wrong(path, 'an object');
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, text.parse(item, `${path}.${key}`)]),
    );
  },
};

/** A value of any type, stored unchanged. */
export function raw(zero: () => Json | undefined): FieldType {
  return { zero, parse: (value) => value };
}

/** A message within a message; null while unset. */
export function nested(fields: MessageFields): FieldType {
  return {
    zero: () => null,
    parse: (value, path) => (isObject(value) ? complete(fields, value, path) : wrong(path, 'an object')),
  };
}

/** A list of messages. */
export function listOf(fields: MessageFields): FieldType {
  return repeated(nested(fields));
}

/** The same field, absent from the JSON while unset. */
export function leftOut(type: FieldType): FieldType {
  return { zero: () => undefined, parse: type.parse };
}

/**
 * A complete message: drops unknown fields and gives missing and null fields their zero value.
 * Throws a 400 that names the field for a value of another type.
 */
export function complete(fields: MessageFields, source: JsonObject, path = ''): JsonObject {
  const message: JsonObject = {};
  for (const [name, type] of Object.entries(fields)) {
    const value = fieldValue(type, source[name], path === '' ? name : `${path}.${name}`);
    if (value !== undefined) message[name] = value;
  }
  return message;
}

/** The stored value of a field; null and absent mean unset. */
export function fieldValue(type: FieldType, value: Json | undefined, path: string): Json | undefined {
  return value === undefined || value === null ? type.zero() : type.parse(value, path);
}
