import type { JsonObject } from '../c1/json.js';
import { CallError } from '../core/model/errors.js';
import type { Run } from '../core/model/health.js';
import type { Field, Kind, LiveObject } from '../core/model/kind.js';
import { asText, isObject } from '../text/shape.js';

/** The parts of a live object that its kind adds. */
export interface LiveParts {
  readonly parentId: string | undefined;
  /** Values, by field path, that the API holds under another name or form. */
  readonly own?: Readonly<Record<string, unknown>>;
  /** As in {@link LiveObject}. */
  readonly stamps?: LiveObject['stamps'];
  readonly facts: LiveObject['facts'];
  readonly run?: Run;
}

/** The core's form of an object of the API, without fields that need a separate read. */
export function liveObject({ fields, title }: Kind, json: JsonObject, parts: LiveParts): LiveObject {
  const { parentId, own = {}, stamps = {}, facts, run } = parts;
  const updatedAt = timestamp(json.updatedAt);
  const createdAt = timestamp(json.createdAt);
  const values = fields
    .filter((field) => field.subRead !== true)
    .map((field) => [field.path, Object.hasOwn(own, field.path) ? own[field.path] : liveValue(field, json)]);
  return {
    id: asText(json.id),
    parentId,
    displayName: asText(json[title]),
    values: Object.fromEntries(values),
    ...(updatedAt === undefined ? {} : { updatedAt }),
    ...(createdAt === undefined ? {} : { createdAt }),
    stamps,
    facts,
    ...(run === undefined ? {} : { run }),
  };
}

/** Unset messages are null or absent. */
function liveValue(field: Field, json: JsonObject): unknown {
  const raw = json[field.wire];
  if (raw === undefined || raw === null) return field.empty;
  return field.normalise === undefined ? raw : field.normalise(raw);
}

/** A timestamp of the tenant; undefined while unset. */
export function timestamp(value: unknown): string | undefined {
  return asText(value) || undefined;
}

/** True for a deleted object that a read by id still returns. */
export function isDeleted(json: JsonObject): boolean {
  return timestamp(json.deletedAt) !== undefined;
}

/**
 * The object of an answer under `name`. Throws a CallError without an object or an id: the state of the object is then
 * unknown.
 */
export function required(value: unknown, call: string): JsonObject {
  if (isObject(value) && asText(value.id) !== '') return value;
  throw new CallError(`${call} answered without the object it is about`, { terminal: false, effect: 'none' });
}

/** The object of a create call. Throws a CallError of unknown effect if the answer does not hold it. */
export function created(value: unknown, call: string): JsonObject {
  if (isObject(value) && asText(value.id) !== '') return value;
  throw new CallError(`${call} answered without the object it made`, { terminal: false, effect: 'unknown' });
}

/** The API's form of a normalised value, for fields where both differ. */
export type Encoders = Readonly<Record<string, (value: unknown) => unknown>>;

/** The members of an API object for `values`, by their names in the API, in the order of the table. */
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
