import { z } from 'zod';
import { TerminalError } from '../../core/model/errors.js';
import { Secret, UnsetSecret } from '../../core/model/secret.js';
import { valueFromSchema } from '../../core/model/value-from.js';
import { asObject, isObject } from '../../text/shape.js';

const ENV_CONFIG = 'type.googleapis.com/c1.api.app.v1.EnvConfig';

const unsetSchema = z
  .strictObject({ unset: z.literal(true).describe('Removes the value of a secret.') })
  .meta({ title: 'unset' });

/** A declared configuration: values by field name, secrets from a variable or a file. */
export const configSchema = z.record(
  z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,127}$/, 'Is not the name of a configuration field.'),
  z.union([
    z.string(),
    z.number(),
    z.boolean(),
    z.array(z.string().regex(/^[^,]*$/, 'Must not have a comma: the API joins lists with commas.')),
    valueFromSchema,
    unsetSchema,
  ]),
);

/** A value of a configuration to send. */
export type ConfigValue = string | Secret | UnsetSecret;

/** A normalised declared configuration: the values to set and the names to remove. */
export interface DeclaredConfig {
  readonly values: Readonly<Record<string, ConfigValue>>;
  readonly unset: readonly string[];
}

/** True for a value whose text must not be shown or compared. */
export function isHidden(value: unknown): value is Secret | UnsetSecret {
  return value instanceof Secret || value instanceof UnsetSecret;
}

/**
 * Splits a declared configuration. All values become texts, as in the API: `true`, `42`, `a,b`. An empty value is a removal,
 * because the tenant treats it as a missing one.
 */
export function declaredConfig(declared: unknown): DeclaredConfig {
  const values: Record<string, ConfigValue> = {};
  const unset: string[] = [];
  for (const [name, value] of Object.entries(asObject(declared))) {
    const sent = toWireValue(value);
    if (sent === undefined || sent === '') unset.push(name);
    else values[name] = sent;
  }
  return { values, unset };
}

function toWireValue(value: unknown): ConfigValue | undefined {
  if (isHidden(value) || typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(String).join(',');
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/**
 * The readable values of a live `config`; null before the first configuration of the connector. A value that the tenant does
 * not return is absent or has no text.
 */
export function configFromWire(
  config: unknown,
  updatedAt: string | undefined,
): Readonly<Record<string, string>> | null {
  const configuration = asObject(asObject(config).configuration);
  const values = Object.entries(configuration).flatMap(([name, value]): [string, string][] => {
    const text = isObject(value) ? value.stringValue : value;
    return typeof text === 'string' && text !== '' ? [[name, text]] : [];
  });
  return values.length === 0 && updatedAt === undefined ? null : Object.fromEntries(values);
}

/**
 * The `config` message for the values of a comparison. The only place that reveals configuration secrets. Throws a
 * TerminalError that names the source of an unset secret.
 */
export function configToWire(values: unknown): Record<string, unknown> {
  const configuration = Object.entries(asObject(values)).map(([name, value]) => {
    if (value instanceof UnsetSecret) {
      throw new TerminalError(
        `config.${name} takes its value from ${value.origin}, but ${value.reason}: set it`,
      );
    }
    return [name, { stringValue: value instanceof Secret ? value.reveal() : String(value) }];
  });
  return { '@type': ENV_CONFIG, configuration: Object.fromEntries(configuration) };
}
