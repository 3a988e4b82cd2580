import { z } from 'zod';
import { API_VERSION } from './definition.js';
import type { Kind, Sugar } from './kind.js';

/** Pattern of `metadata.name`. */
export const NAME_PATTERN = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;
/** Characters that `metadata.name` has at most. */
export const LONGEST_NAME = 253;

const nameSchema = z
  .string()
  .max(LONGEST_NAME)
  .regex(
    NAME_PATTERN,
    'Must be lower-case letters, digits, "-" and ".", beginning and ending with a letter or digit',
  );

/** The prefix of the annotations that steer c1sync. */
export const STEERING_PREFIX = 'c1sync/';

const PRUNE = 'c1sync/prune';

const steeringShape = {
  'c1sync/ignore': z
    .string()
    .describe('Fields, comma-separated, that are not managed although this definition names them.'),
  'c1sync/suspend': z
    .string()
    .min(1)
    .meta({ description: 'Suspends the object; the value is the reason.', examples: ['incident 42'] }),
  'c1sync/renamed-from': nameSchema.describe(
    'The former metadata.name, so that a rename is not a delete and a create.',
  ),
  'c1sync/take-from': z
    .string()
    .min(1)
    .meta({
      description: 'The tool ("terraform") or workspace ("c1sync/<workspace>") that hands the object over.',
      examples: ['terraform'],
    }),
};

/** Names of the steering annotations. */
export const STEERING_NAMES: readonly string[] = [PRUNE, ...Object.keys(steeringShape)];

function pruneSchema({ deletion }: Kind): z.ZodType {
  const doc = 'Whether the object may be deleted once its definition is gone';
  if (deletion === undefined) return z.enum(['true', 'false']).describe(`${doc}.`);
  const { consent, scope } = deletion;
  return z.enum(['true', 'false', consent]).describe(`${doc}; "${consent}" allows it for ${scope} too.`);
}

function steeringSchema(kind: Kind): z.ZodObject {
  const shape = { [PRUNE]: pruneSchema(kind), ...steeringShape };
  return z.object(
    Object.fromEntries(Object.entries(shape).map(([name, schema]) => [name, schema.optional()])),
  );
}

function metadataSchema(kind: Kind): z.ZodObject {
  const annotations = steeringSchema(kind).catchall(z.string()).describe('Steers c1sync for this object.');
  return z.strictObject({
    name: nameSchema.meta({
      description: 'Key of the object, unique for its kind.',
      examples: [kind.sample],
    }),
    id: z
      .string()
      .min(1)
      .describe('Id of an existing object that this definition manages; never creates one.')
      .optional(),
    labels: z
      .record(z.string(), z.string())
      .meta({
        description: 'For selecting objects on the command line; they never reach the tenant.',
        examples: [{ team: 'platform' }],
      })
      .optional(),
    annotations: annotations.optional(),
  });
}

/** How a definition names its parent: by `metadata.name` of a definition of this source, or by id. */
const parentSchema = z.union([
  z.string().min(1),
  z.strictObject({ id: z.string().min(1).describe('Id of an object without a definition.') }),
]);

/**
 * The check of a whole `spec`, derived from the kind's table: every field and its friendly form is optional, the
 * parent path is there too, and nothing else is allowed. Which of them must be given is not said here.
 */
export function specSchema(kind: Kind): z.ZodObject {
  const shape: Record<string, z.ZodType> = {};
  if (kind.parent !== undefined) {
    const { path, example } = kind.parent;
    const doc = `The ${kind.parent.kind} it belongs to: metadata.name of a definition, or { id }.`;
    const examples = example === undefined ? undefined : [example];
    shape[path] = explained({ schema: parentSchema, doc, ...(examples && { examples }) }).optional();
  }
  for (const field of kind.fields) {
    if (field.sugar !== undefined) shape[field.sugar.path] = explained(field.sugar).optional();
    shape[field.path] = explained(field).optional();
  }
  return z.strictObject(shape);
}

/** A check with its help for editors. */
function explained({
  schema,
  doc,
  examples,
  known,
}: Pick<Sugar, 'schema' | 'doc' | 'examples' | 'known'>): z.ZodType {
  return schema.meta({
    description: doc,
    ...(examples && { examples }),
    ...(known && {
      anyOf: [...[...known].map(([name, one]) => ({ const: name, description: one.doc })), {}],
    }),
  });
}

/** The check of a whole document of a kind. */
export function documentSchema(kind: Kind): z.ZodObject {
  return z.strictObject({
    apiVersion: z.literal(API_VERSION).describe('Version of the format.'),
    kind: z.literal(kind.name).describe('Kind of the object.'),
    metadata: metadataSchema(kind).describe('Names the object and steers c1sync.'),
    spec: specSchema(kind).describe('The desired state. Fields that are left out are not managed.'),
  });
}
