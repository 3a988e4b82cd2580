import { andMore, MOST_ISSUES } from '../../text/check.js';
import { suggestion } from '../../text/nearest.js';
import { asObject } from '../../text/shape.js';
import { type ConfigField, fieldsInUse, isConfigSchema, SELECTED_GROUP } from './config-schema.js';
import { isHidden } from './config-values.js';

/** An error in a declared configuration, by the schema of its connector type. */
export interface ConfigIssue {
  /** Path in `spec`: `config.github_org_list`. */
  readonly path: string;
  /** The error and its remedy, as a sentence. Never holds a value. */
  readonly message: string;
}

/**
 * Checks a declared configuration against the schema of the lookup `configSchema`. Without a schema there are no issues. The
 * first {@link MOST_ISSUES} issues are explained, the others counted.
 */
export function checkConfig(declared: unknown, context: unknown): readonly ConfigIssue[] {
  if (!isConfigSchema(context)) return [];
  const config = asObject(declared);
  const group = config[SELECTED_GROUP];
  const groups = context.groups.map(({ name }) => name);
  const issues: ConfigIssue[] = [];
  let unlisted = 0;
  const report = (name: string, message: () => string): void => {
    if (issues.length < MOST_ISSUES) issues.push({ path: `config.${name}`, message: message() });
    else unlisted += 1;
  };
  const names = [...context.fields.keys()];
  if (typeof group === 'string' && !groups.includes(group)) {
    report(
      SELECTED_GROUP,
      () => `No group of this connector type has this name.${suggestion(group, groups)}`,
    );
  }
  for (const [name, value] of Object.entries(config)) {
    if (name === SELECTED_GROUP) continue;
    const field = context.fields.get(name);
    const wrong = field && valueIssue(field, value);
    if (field === undefined)
      report(name, () => `Is not a field of this connector type.${suggestion(name, names)}`);
    else if (wrong !== undefined) report(name, () => wrong);
  }
  for (const field of fieldsInUse(context, typeof group === 'string' ? group : undefined)) {
    if (field.required && isAbsent(config[field.name]))
      report(field.name, () => 'Is missing: the connector needs it.');
  }
  return unlisted === 0 ? issues : [...issues, { path: 'config', message: andMore(unlisted) }];
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === '' || isUnset(value);
}

function isUnset(value: unknown): boolean {
  return asObject(value).unset === true;
}

function valueIssue({ type, secret }: ConfigField, value: unknown): string | undefined {
  if (isHidden(value) || isUnset(value)) return undefined;
  if (secret)
    return 'Is a secret in plain text: take it from { valueFrom: { env } } or { valueFrom: { file } }.';
  if (type === 'bool' && !['true', 'false'].includes(String(value))) return 'Must be true or false.';
  if (type === 'list' && typeof value === 'boolean') return 'Must be a list.';
  if (type === 'string' && Array.isArray(value)) return 'Must be one value, not a list.';
  return undefined;
}
