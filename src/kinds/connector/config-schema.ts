import { asList, asObject, asText, isObject } from '../../text/shape.js';

/** The configuration field that names the chosen group of a connector with several ways to authenticate. */
export const SELECTED_GROUP = 'C1_selected_field_group_name';

/** One configuration field of a connector type. */
export interface ConfigField {
  readonly name: string;
  /** `other`: a part that only the web app sets up, such as an OAuth sign-in. */
  readonly type: 'string' | 'bool' | 'list' | 'other';
  /** True when the tenant never returns the value. */
  readonly secret: boolean;
  readonly required: boolean;
  /** Its name for people; `""` where the tenant has none. */
  readonly label: string;
}

/** One way to configure a connector type. */
interface ConfigGroup {
  readonly name: string;
  readonly fieldNames: readonly string[];
  readonly default: boolean;
  /** Its name for people; `""` where the tenant has none. */
  readonly label: string;
}

/** The configuration schema of a connector type. */
export interface ConfigSchema {
  /** The name of the connector type for people. */
  readonly label: string;
  readonly fields: ReadonlyMap<string, ConfigField>;
  readonly groups: readonly ConfigGroup[];
}

/** True for a result of the lookup `configSchema`. */
export function isConfigSchema(value: unknown): value is ConfigSchema {
  return isObject(value) && value.fields instanceof Map && Array.isArray(value.groups);
}

/**
 * Reads the answer of `POST /api/v1/connectorcatalog`. It may describe a field in both `schema` and `formSchema`: the field is
 * secret or required if either marks it so. Undefined when neither names a field.
 */
export function parseConfigSchema(answer: unknown): ConfigSchema | undefined {
  const { schema, formSchema } = asObject(answer);
  const fields = new Map<string, ConfigField>();
  for (const field of [...fieldsOf(schema, schemaField), ...fieldsOf(formSchema, formField)]) {
    const known = fields.get(field.name);
    const merged = known && {
      ...known,
      secret: known.secret || field.secret,
      required: known.required || field.required,
      label: known.label || field.label,
    };
    fields.set(field.name, merged ?? field);
  }
  if (fields.size === 0) return undefined;
  const groups = groupsOf(schema);
  return {
    label: asText(asObject(schema).displayName) || asText(asObject(formSchema).displayName),
    fields,
    groups: groups.length > 0 ? groups : groupsOf(formSchema),
  };
}

function fieldsOf(
  schema: unknown,
  read: (field: Readonly<Record<string, unknown>>) => Pick<ConfigField, 'type' | 'secret'>,
): ConfigField[] {
  return asList(asObject(schema).fields).flatMap((item) => {
    const field = asObject(item);
    const name = asText(field.name);
    if (name === '') return [];
    return [{ name, required: field.required === true, label: asText(field.displayName), ...read(field) }];
  });
}

/** A field of `schema`: one member names the type, and most types may be secret. */
function schemaField(field: Readonly<Record<string, unknown>>): Pick<ConfigField, 'type' | 'secret'> {
  if (isObject(field.secret)) return { type: 'string', secret: true };
  if (isObject(field.oauth2)) return { type: 'other', secret: true };
  if (isObject(field.checkbox)) return { type: 'bool', secret: false };
  if (isObject(field.strList)) return { type: 'list', secret: false };
  const parts = [field.str, field.text, field.import, field.keyValue];
  return { type: 'string', secret: parts.some((part) => asObject(part).secret === true) };
}

/** A field of `formSchema`. It does not mark secret files; most files are keys, so all count as secrets. */
function formField(field: Readonly<Record<string, unknown>>): Pick<ConfigField, 'type' | 'secret'> {
  if (isObject(field.oauth2Field)) return { type: 'other', secret: true };
  if (isObject(field.boolField)) return { type: 'bool', secret: false };
  if (isObject(field.stringSliceField)) return { type: 'list', secret: false };
  const secret = isObject(field.fileField) || isObject(asObject(field.stringField).passwordField);
  return { type: 'string', secret };
}

function groupsOf(schema: unknown): ConfigGroup[] {
  return asList(asObject(schema).fieldGroups).flatMap((item) => {
    const group = asObject(item);
    const name = asText(group.name);
    if (name === '') return [];
    const fieldNames = asList(group.fieldNames ?? group.fields).map(asText);
    return [{ name, fieldNames, default: group.default === true, label: asText(group.displayName) }];
  });
}

/**
 * The fields of a configuration: those of the chosen group and those without a group. Without groups, or for an unknown
 * group, all fields.
 */
export function fieldsInUse(schema: ConfigSchema, selected: string | undefined): ConfigField[] {
  const all = [...schema.fields.values()];
  const name = selected || schema.groups.find((group) => group.default)?.name;
  const chosen = schema.groups.find((group) => group.name === name);
  if (chosen === undefined) return all;
  const grouped = new Set(schema.groups.flatMap((group) => group.fieldNames));
  return all.filter((field) => chosen.fieldNames.includes(field.name) || !grouped.has(field.name));
}
