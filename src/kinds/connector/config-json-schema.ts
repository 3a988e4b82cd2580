import { ifThen, type JsonSchema } from '../../core/model/json-schema.js';
import { placeholder } from './config-export.js';
import {
  type ConfigField,
  type ConfigSchema,
  fieldsInUse,
  isConfigSchema,
  SELECTED_GROUP,
} from './config-schema.js';

/** The types of the declared values of a field; `object` is `{ valueFrom }` or `{ unset }`. */
const TYPES: Readonly<Record<ConfigField['type'], readonly string[]>> = {
  string: ['string', 'number', 'boolean', 'object'],
  bool: ['boolean', 'string', 'object'],
  list: ['array', 'string', 'number', 'object'],
  other: ['object'],
};

/**
 * The JSON Schema of a configuration by the schema of its connector type: its fields with secrets marked, the ways to
 * configure it, and the fields that each way requires. Undefined without a schema.
 */
export function configJsonSchema(context: unknown): JsonSchema | undefined {
  if (!isConfigSchema(context)) return undefined;
  const { label, fields } = context;
  const properties = [...fields.values()].map((field) => [field.name, fieldSchema(field)] as const);
  return {
    description: `Configuration of ${label || 'this connector type'}.`,
    properties: Object.fromEntries([...groupProperty(context), ...properties]),
    additionalProperties: false,
    ...requirements(context),
  };
}

function fieldSchema(field: ConfigField): JsonSchema {
  const label = field.label === '' ? '' : `${field.label}. `;
  if (field.type === 'other') {
    return { description: `${label}Set up in the web app.`, type: TYPES.other, writeOnly: true };
  }
  if (!field.secret) return { ...(label !== '' && { description: label.trim() }), type: TYPES[field.type] };
  return {
    title: 'valueFrom',
    description: `${label}A secret: take it from valueFrom.`,
    type: 'object',
    writeOnly: true,
    examples: [placeholder(field.name)],
  };
}

function groupProperty({ groups }: ConfigSchema): [string, JsonSchema][] {
  if (groups.length === 0) return [];
  const standard = groups.find((group) => group.default);
  const schema = {
    description: 'The way to configure the connector.',
    oneOf: groups.map(({ name, label }) => ({ const: name, ...(label !== '' && { description: label }) })),
    ...(standard && { default: standard.name }),
  };
  return [[SELECTED_GROUP, schema]];
}

/** The fields that each way requires; the default one counts where none is chosen. */
function requirements(schema: ConfigSchema): JsonSchema {
  const { groups } = schema;
  if (groups.length === 0) return { required: requiredIn(schema, undefined) };
  const none = { not: { required: [SELECTED_GROUP] } };
  const rules = groups.map((group) => {
    const chosen = { required: [SELECTED_GROUP], properties: { [SELECTED_GROUP]: { const: group.name } } };
    return ifThen(group.default ? { anyOf: [chosen, none] } : chosen, {
      required: requiredIn(schema, group.name),
    });
  });
  return { allOf: rules };
}

function requiredIn(schema: ConfigSchema, group: string | undefined): string[] {
  const required = fieldsInUse(schema, group).filter((field) => field.required);
  return required.map(({ name }) => name);
}
