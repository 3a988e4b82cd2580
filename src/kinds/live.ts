import type { JsonObject } from '../c1/json.js';
import { CallError } from '../core/model/errors.js';
import type { Field, Kind, LiveObject } from '../core/model/kind.js';
import { asText, isObject } from '../text/shape.js';

/** What a kind adds to what every object of the API has. */
export interface LiveParts {
  readonly parentId?: string;
  /** Values, by field path, that are not found under the field's wire name as they are. */
  readonly own?: Readonly<Record<string, unknown>>;
  /** As in {@link LiveObject}. */
  readonly stamps?: LiveObject['stamps'];
  readonly facts: LiveObject['facts'];
}

/** An object of the API as the core sees it. Fields that are read by a call of their own stay out. */
export function liveObject({ fields, title }: Kind, json: JsonObject, parts: LiveParts): LiveObject {
  const { parentId, own = {}, stamps = {}, facts } = parts;
  const updatedAt = timestamp(json.updatedAt);
  const createdAt = timestamp(json.createdAt);
  const values = fields
    .filter((field) => field.subRead !== true)
    .map((field) => [field.path, Object.hasOwn(own, field.path) ? own[field.path] : liveValue(field, json)]);
  return {
    id: asText(json.id),
    ...(parentId === undefined ? {} : { parentId }),
    displayName: asText(json[title]),
    values: Object.fromEntries(values),
    ...(updatedAt === undefined ? {} : { updatedAt }),
    ...(createdAt === undefined ? {} : { createdAt }),
    stamps,
    facts,
  };
}

/** Unset messages come as null, or are left out. */
function liveValue(field: Field, json: JsonObject): unknown {
  const raw = json[field.wire];
  if (raw === undefined || raw === null) return field.empty;
  return field.normalise === undefined ? raw : field.normalise(raw);
}

/** A timestamp as the tenant gave it; undefined while it is unset. */
export function timestamp(value: unknown): string | undefined {
  return asText(value) || undefined;
}

/** True for an object that was deleted: its id may still be read. */
export function isDeleted(json: JsonObject): boolean {
  return timestamp(json.deletedAt) !== undefined;
}

/**
 * The object that an answer must hold, under `name`. Throws a CallError where it is missing or has no id: then nobody
 * knows what there is.
 */
export function required(value: unknown, call: string): JsonObject {
  if (isObject(value) && asText(value.id) !== '') return value;
  throw new CallError(`${call} answered without the object it is about`, { terminal: false, effect: 'none' });
}

/** The object that a create call made. Throws a CallError of unknown effect where the answer does not show it. */
export function created(value: unknown, call: string): JsonObject {
  if (isObject(value) && asText(value.id) !== '') return value;
  throw new CallError(`${call} answered without the object it made`, { terminal: false, effect: 'unknown' });
}

/** Brings a normalised value into the form that travels, where the two differ. */
export type Encoders = Readonly<Record<string, (value: unknown) => unknown>>;

/** The members of an API object that carry `values`, by their names in the API, in the order of the table. */
export function wireValues(
  fields: readonly Field[],
  values: Readonly<Record<string, unknown>>,
  encoders: Encoders = {},
): JsonObject {
  return Object.fromEntries(
    fields
      .filter((field) => Object.hasOwn(values, field.path))
      .map((field) => {
        const encode = encoders[field.path] ?? ((value: unknown) => value);
        return [field.wire, encode(values[field.path])];
      }),
  );
}
