import { z } from 'zod';
import type { Kind } from '../core/model/kind.js';
import { documentSchema } from '../core/model/spec-schema.js';

/**
 * The JSON Schema of one definition, in draft 7, which editors read best: one branch a kind, distinguished by the constant
 * `kind`. It is made from the schema that the loader checks with, and describes values as they are written.
 */
export function definitionsJsonSchema(kinds: readonly Kind[]): Record<string, unknown> {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'c1sync definition',
    anyOf: kinds.map((kind) => ({ $ref: `#/definitions/${kind.name}` })),
    definitions: Object.fromEntries(kinds.map((kind) => [kind.name, kindJsonSchema(kind)])),
  };
}

function kindJsonSchema(kind: Kind): Record<string, unknown> {
  const { $schema: _draft, ...schema } = z.toJSONSchema(documentSchema(kind), {
    target: 'draft-7',
    io: 'input',
  });
  // References lead from the root, and the root of this schema lies under its name.
  const text = JSON.stringify(schema).replaceAll('"$ref":"#/', `"$ref":"#/definitions/${kind.name}/`);
  return { title: kind.name, ...(JSON.parse(text) as Record<string, unknown>) };
}
