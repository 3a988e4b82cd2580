import { z } from 'zod';
import { connectorCatalog } from '../c1/catalog.js';
import { refused } from './errors.js';
import { isObject, type Json, type JsonObject } from './json.js';

/** One field of a configuration. */
const fieldSchema = z.strictObject({
  name: z.string().min(1),
  type: z.enum(['string', 'bool', 'list', 'map']).default('string'),
  secret: z.boolean().default(false),
  required: z.boolean().default(false),
});

/** One of several ways to configure a connector. */
const groupSchema = z.strictObject({
  name: z.string().min(1),
  displayName: z.string().default(''),
  fieldNames: z.array(z.string()).default([]),
  default: z.boolean().default(false),
});

/** A kind of connector as a seed describes it. */
export const connectorTypeSchema = z.strictObject({
  catalogId: z.string().min(1),
  displayName: z.string().min(1),
  fields: z.array(fieldSchema).default([]),
  fieldGroups: z.array(groupSchema).default([]),
});

/** A connector type in the tenant. */
export type ConnectorType = z.output<typeof connectorTypeSchema>;
type ConfigField = ConnectorType['fields'][number];

/** The name of the configuration field that selects a group of fields. */
const GROUP_FIELD = 'C1_selected_field_group_name';

const ENV_CONFIG = 'type.googleapis.com/c1.api.app.v1.EnvConfig';

/** The publicly known connector types. */
export function knownConnectorTypes(): ConnectorType[] {
  return connectorCatalog.map((entry) => ({
    catalogId: entry.catalogId,
    displayName: entry.displayName,
    fields: entry.fields.map((field) => ({ ...field, required: false })),
    fieldGroups: entry.slug === 'github-v2' ? githubGroups : [],
  }));
}

const githubGroups: ConnectorType['fieldGroups'] = [
  {
    name: 'github_personal_access_token_group',
    displayName: 'Personal access token',
    fieldNames: ['github_access_token', 'github_org_list'],
    default: true,
  },
  {
    name: 'github_app_group',
    displayName: 'GitHub app',
    fieldNames: ['github_app_id', 'github_app_private_key', 'github_app_org', 'github_sync_secrets'],
    default: false,
  },
];

/**
 * The stored form of a configuration: the API's `{"@type", "configuration": {name: {"stringValue"}}}`. A bare string is also
 * a value. Throws a 500 of code 2 for another shape and for a missing required field.
 */
export function readConfig(value: Json | undefined, type: ConnectorType | undefined): JsonObject {
  if (!isObject(value)) throw refused('config is required');
  const entries = value.configuration;
  if (!isObject(entries)) throw refused('config.configuration is required');
  const configuration = Object.fromEntries(
    Object.entries(entries).map(([name, entry]) => [name, readValue(name, entry)]),
  );
  for (const field of type === undefined ? [] : requiredFields(type, configuration)) {
    if (plainValue(configuration[field.name]) === '') throw refused(`${field.name} is required`);
  }
  return { '@type': ENV_CONFIG, configuration };
}

function readValue(name: string, entry: Json): JsonObject {
  if (typeof entry === 'string') return { stringValue: entry };
  if (!isObject(entry)) throw refused(`config.configuration.${name} is invalid`);
  const value = entry.stringValue;
  if (value !== undefined && typeof value !== 'string') {
    throw refused(`config.configuration.${name}.string_value is invalid`);
  }
  return entry;
}

function requiredFields(type: ConnectorType, configuration: JsonObject): readonly ConfigField[] {
  const grouped = new Set(type.fieldGroups.flatMap((group) => group.fieldNames));
  const chosenName = plainValue(configuration[GROUP_FIELD]);
  const chosen =
    type.fieldGroups.find((group) => group.name === chosenName) ??
    type.fieldGroups.find((group) => group.default);
  if (chosenName !== '' && type.fieldGroups.length > 0 && chosen?.name !== chosenName) {
    throw refused(`${GROUP_FIELD} is invalid`);
  }
  return type.fields.filter(
    (field) => field.required && (!grouped.has(field.name) || chosen?.fieldNames.includes(field.name)),
  );
}

function plainValue(entry: Json | undefined): Json {
  return isObject(entry) ? (entry.stringValue ?? entry) : '';
}

/** The configuration in the form of reads, without secrets; null stays null. */
export function readableConfig(
  config: JsonObject | null,
  type: ConnectorType | undefined,
): JsonObject | null {
  if (config === null) return null;
  const secrets = new Set(type?.fields.filter((field) => field.secret).map((field) => field.name));
  const configuration = isObject(config.configuration) ? config.configuration : {};
  return {
    ...config,
    configuration: Object.fromEntries(Object.entries(configuration).filter(([name]) => !secrets.has(name))),
  };
}

/** A connector type in the form of the catalog: the schema of its configuration and the form for it. */
export function configSchema(type: ConnectorType): JsonObject {
  return {
    schema: {
      displayName: type.displayName,
      fields: type.fields.map(schemaField),
      fieldGroups: type.fieldGroups.map((group) => ({ ...group, helpText: '' })),
      helpUrl: '',
      iconUrl: '',
      isOauth2: false,
      requiresExternalConnector: false,
      supportsExternalResources: false,
    },
    formSchema: {
      id: type.catalogId,
      displayName: type.displayName,
      description: '',
      fields: type.fields.map(formField),
      fieldGroups: type.fieldGroups.map(({ fieldNames, ...group }) => ({
        ...group,
        fields: fieldNames,
        helpText: '',
      })),
      fieldRelationships: [],
    },
  };
}

function schemaField(field: ConfigField): JsonObject {
  return {
    name: field.name,
    displayName: labelOf(field.name),
    placeholder: '',
    additionalPlaceholder: '',
    helpUrl: '',
    postCreate: false,
    dependsOnFields: [],
    ...schemaValue(field),
  };
}

function schemaValue(field: ConfigField): JsonObject {
  switch (field.type) {
    case 'bool':
      return { checkbox: { checked: false } };
    case 'list':
      return { strList: field.required ? { valueValidator: { minLen: '1' } } : {} };
    case 'map':
      return { keyValue: { secret: field.secret, supportsFileUpload: false } };
    case 'string':
      return { str: { secret: field.secret, ...(field.required && { valueValidator: { minLen: '1' } }) } };
  }
}

function formField(field: ConfigField): JsonObject {
  return {
    name: field.name,
    displayName: labelOf(field.name),
    description: '',
    readOnly: false,
    required: field.required,
    ...formValue(field),
  };
}

function formValue(field: ConfigField): JsonObject {
  switch (field.type) {
    case 'bool':
      return { boolField: { defaultValue: false, checkboxField: {} } };
    case 'list':
      return { stringSliceField: { defaultValues: [], placeholder: '', chipsField: {} } };
    case 'map':
      return { stringMapField: { defaultValue: {} } };
    case 'string': {
      const widget = field.secret ? { passwordField: {} } : { textField: { multiline: false } };
      return { stringField: { defaultValue: '', placeholder: '', ...widget } };
    }
  }
}

function labelOf(name: string): string {
  const words = name.replaceAll('_', ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
