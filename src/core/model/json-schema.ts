/** A part of a JSON Schema. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The schema that applies `consequence` where `condition` holds. */
export function ifThen(condition: JsonSchema, consequence: JsonSchema): JsonSchema {
  // As entries: an object written with the key `then` would pass for a promise.
  return Object.fromEntries([
    ['if', condition],
    ['then', consequence],
  ]);
}
