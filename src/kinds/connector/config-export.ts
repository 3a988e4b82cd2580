import { asObject, asText } from '../../text/shape.js';
import { type ConfigSchema, fieldsInUse, isConfigSchema, SELECTED_GROUP } from './config-schema.js';

/** The placeholder of a secret in an exported definition: a variable with the name of the field after `prefix`. */
export function placeholder(field: string, prefix = ''): { readonly valueFrom: { readonly env: string } } {
  const env = [prefix, field].filter((part) => part !== '').join('_');
  return { valueFrom: { env: env.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_') } };
}

/**
 * The declared form of a live configuration: readable values by type and a {@link placeholder} for every secret that a
 * definition can declare. Placeholders include the object's `name`, so that two connectors of one type have two secrets.
 * Undefined without a configuration or without values.
 */
export function exportConfig(
  value: unknown,
  context: unknown,
  name = '',
): Record<string, unknown> | undefined {
  if (value === null || value === undefined) return undefined;
  const schema = isConfigSchema(context) ? context : undefined;
  const live = asObject(value);
  const readable = Object.entries(live).filter(([name]) => schema?.fields.get(name)?.secret !== true);
  const config = Object.fromEntries([
    ...readable.map(([name, text]) => [name, declaredForm(asText(text), schema?.fields.get(name)?.type)]),
    ...secretsOf(schema, asText(live[SELECTED_GROUP])).map((field) => [field, placeholder(field, name)]),
  ]);
  return Object.keys(config).length === 0 ? undefined : config;
}

/**
 * The declared form of one readable value, in the manner of its declaration: a list stays a list and a text a text. An
 * empty text for a value that the tenant does not have.
 */
export function configMember(name: string, declared: unknown, live: unknown, context: unknown): unknown {
  const text = asText(asObject(live)[name]);
  if (text === '' || typeof declared === 'string') return text;
  if (Array.isArray(declared)) return declaredForm(text, 'list');
  if (typeof declared === 'boolean') return declaredForm(text, 'bool');
  if (typeof declared === 'number') return String(Number(text)) === text ? Number(text) : text;
  return declaredForm(text, isConfigSchema(context) ? context.fields.get(name)?.type : undefined);
}

function declaredForm(text: string, type: string | undefined): unknown {
  if (type === 'bool' && (text === 'true' || text === 'false')) return text === 'true';
  if (type === 'list') return text.split(',').map((item) => item.trim());
  return text;
}

function secretsOf(schema: ConfigSchema | undefined, selected: string): string[] {
  if (schema === undefined) return [];
  return fieldsInUse(schema, selected)
    .filter((field) => field.secret && field.type !== 'other')
    .map((field) => field.name);
}
