import { z } from 'zod';
import { settingsSchema } from './schema.js';

/** One key of the settings. */
export interface SettingsKey {
  readonly path: readonly string[];
  /** Its environment variable: `C1SYNC_API_REQUESTS_PER_SECOND`. */
  readonly env: string;
  readonly schema: z.ZodType;
}

/** The prefix of all environment variables that are settings. */
export const ENV_PREFIX = 'C1SYNC_';

/** Every key, in the order of the schema. A key whose value may be a mapping comes before the keys inside it. */
export const settingsKeys: readonly SettingsKey[] = keysOf(settingsSchema, []);

/** One line of the reference of settings. */
export interface SettingsDescription {
  /** `api.requestsPerSecond`. */
  readonly path: string;
  readonly env: string;
  /** The type of the value, for people. */
  readonly type: string;
  /** The default in the form of the settings file; undefined without one. */
  readonly default: string | undefined;
  readonly doc: string;
}

/** All keys of the settings, for the generated reference. */
export function describeSettings(): SettingsDescription[] {
  return settingsKeys.map(({ path, env, schema }) => {
    return {
      path: path.join('.'),
      env,
      type: typeText(core(schema)),
      default: defaultOf(schema),
      doc: schema.description ?? core(schema).description ?? '',
    };
  });
}

/** A text from a variable or file in the type of its key. An invalid text stays text: the check refuses it. */
export function fromText(key: SettingsKey, text: string): unknown {
  const type = core(key.schema);
  if (type instanceof z.ZodNumber) return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  if (type instanceof z.ZodBoolean || type instanceof z.ZodUnion) {
    return text === 'true' || text === 'false' ? text === 'true' : text;
  }
  return type instanceof z.ZodArray ? fromJson(text) : text;
}

/** A list in a variable is written as JSON. */
function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function keysOf(schema: z.ZodType, path: readonly string[]): SettingsKey[] {
  const type = core(schema);
  if (type instanceof z.ZodObject) {
    return Object.entries(type.shape).flatMap(([name, part]) =>
      part instanceof z.ZodType ? keysOf(part, [...path, name]) : [],
    );
  }
  const inner =
    type instanceof z.ZodUnion ? type.options.filter((option) => option instanceof z.ZodObject) : [];
  return [{ path, env: envName(path), schema }, ...inner.flatMap((option) => keysOf(option, path))];
}

function envName(path: readonly string[]): string {
  return ENV_PREFIX + path.map((name) => name.replace(/[A-Z]/g, '_$&').toUpperCase()).join('_');
}

/** The schema inside `optional` and defaults. */
function core(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault) {
    const inner = schema.unwrap();
    return inner instanceof z.ZodType ? core(inner) : schema;
  }
  return schema;
}

function defaultOf(schema: z.ZodType): string | undefined {
  if (!(schema instanceof z.ZodPrefault)) return undefined;
  const { defaultValue } = schema.def;
  return typeof defaultValue === 'object' ? JSON.stringify(defaultValue) : String(defaultValue);
}

function typeText(schema: z.ZodType): string {
  const named = schema.meta()?.type;
  if (typeof named === 'string') return named;
  if (schema instanceof z.ZodBoolean) return 'true or false';
  if (schema instanceof z.ZodEnum) return schema.options.map((option) => `"${option}"`).join(' or ');
  if (schema instanceof z.ZodNumber) return schema.format === 'safeint' ? 'whole number' : 'number';
  return schema instanceof z.ZodUnion ? 'true, false or a mapping' : 'text';
}

/** True for a key that names a file or a folder. */
export function isPath({ schema }: SettingsKey): boolean {
  return core(schema).meta()?.type === 'path';
}
