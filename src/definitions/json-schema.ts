import { z } from 'zod';
import { ifThen, type JsonSchema } from '../core/model/json-schema.js';
import type { Kind } from '../core/model/kind.js';
import { documentSchema } from '../core/model/spec-schema.js';
import type { Variant } from '../core/observe/variants.js';

/**
 * The JSON Schema of one definition, in draft 7, which editors read best: one branch a kind, distinguished by the constant
 * `kind`. It is made from the schema that the loader checks with, and describes values as they are written. `variants` add
 * the limits that a tenant sets.
 */
export function definitionsJsonSchema(
  kinds: readonly Kind[],
  variants: readonly Variant[] = [],
): Record<string, unknown> {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: 'urn:c1sync:definitions:v1',
    title: 'c1sync definition',
    anyOf: kinds.map((kind) => ({ $ref: `#/definitions/${kind.name}` })),
    definitions: Object.fromEntries(
      kinds.map((kind) => [
        kind.name,
        {
          ...kindJsonSchema(kind),
          ...limits(variants.filter((variant) => variant.kind === kind.name)),
        },
      ]),
    ),
  };
}

function kindJsonSchema(kind: Kind): JsonSchema {
  const { $schema: _draft, ...schema } = z.toJSONSchema(documentSchema(kind), {
    target: 'draft-7',
    io: 'input',
  });
  // References lead from the root, and the root of this schema lies under its name.
  const text = JSON.stringify(schema).replaceAll('"$ref":"#/', `"$ref":"#/definitions/${kind.name}/`);
  return { title: kind.name, ...(JSON.parse(text) as JsonSchema) };
}

function limits(variants: readonly Variant[]): JsonSchema {
  return variants.length === 0 ? {} : { allOf: variants.map(limitOf) };
}

function limitOf({ path, when, schema }: Variant): JsonSchema {
  const ways = Object.entries(when).map(([name, value]) => ({
    required: [name],
    properties: { [name]: { const: value } },
  }));
  return ifThen(
    { properties: { spec: { anyOf: ways } } },
    { properties: { spec: { properties: { [path]: schema } } } },
  );
}
