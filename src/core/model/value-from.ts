import path from 'node:path';
import { z } from 'zod';
import { codeOf } from './errors.js';
import { type FolderReader, nodeFolder } from './folder-reader.js';
import { Secret, UnsetSecret } from './secret.js';

const MAX_SECRET_BYTES = 1024 * 1024;

/**
 * A value that is taken from an environment variable or a file at load time: `{ valueFrom: { env: NAME } }` or
 * `{ valueFrom: { file: path } }`. A schema that allows it gets a `Secret` or an `UnsetSecret` in the loaded spec.
 */
export const valueFromSchema = z
  .strictObject({
    valueFrom: z
      .union([
        z.strictObject({ env: z.string().min(1).describe('Name of an environment variable of c1sync.') }),
        z.strictObject({
          file: z
            .string()
            .min(1)
            .describe('Path of a file; a relative one starts at the file that names it.'),
        }),
      ])
      .describe('The source of a value that stays out of this file.'),
  })
  .meta({ title: 'valueFrom' });

/** A `valueFrom` as it is written. */
export type ValueFrom = z.infer<typeof valueFromSchema>;

/** True for an object that is a `valueFrom` and nothing else. */
export function isValueFrom(value: unknown): value is ValueFrom {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'valueFrom')
    ? valueFromSchema.safeParse(value).success
    : false;
}

/** Where relative files start, and the environment. */
export interface ValueContext {
  readonly env: NodeJS.ProcessEnv;
  /** Absolute folder of the file that holds the `valueFrom`. */
  readonly folder: string;
  /** The port for files. Default: the disk of this machine. */
  readonly reader?: FolderReader;
}

/** The absolute path of the file that a `valueFrom` names; undefined for a variable. */
export function valueFile(source: ValueFrom, folder: string): string | undefined {
  return 'file' in source.valueFrom ? path.resolve(folder, source.valueFrom.file) : undefined;
}

/**
 * Takes the value. One newline at the end of a file is not part of it; an empty value counts as unset.
 * Never throws: what is missing, unreadable, no regular file, over 1 MiB or no UTF-8 text is an `UnsetSecret`.
 */
export async function readValue(source: ValueFrom, context: ValueContext): Promise<Secret | UnsetSecret> {
  const file = valueFile(source, context.folder);
  if (file !== undefined) return readFileValue(file, context.reader ?? nodeFolder);
  const name = 'env' in source.valueFrom ? source.valueFrom.env : '';
  const origin = `env ${name}`;
  const text = context.env[name];
  if (text === undefined) return new UnsetSecret(origin, 'the variable is not set');
  return text === '' ? new UnsetSecret(origin, 'the variable is empty') : new Secret(text, origin);
}

async function readFileValue(file: string, reader: FolderReader): Promise<Secret | UnsetSecret> {
  const origin = `file ${file}`;
  try {
    const facts = await reader.target(file);
    if (facts.type !== 'file') return new UnsetSecret(origin, 'it is not a regular file');
    if (facts.size > MAX_SECRET_BYTES) return new UnsetSecret(origin, 'the file is larger than 1 MiB');
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await reader.read(file));
    const value = text.replace(/\r?\n$/, '');
    return value === '' ? new UnsetSecret(origin, 'the file is empty') : new Secret(value, origin);
  } catch (error) {
    return new UnsetSecret(origin, fileReason(error));
  }
}

function fileReason(error: unknown): string {
  const code = codeOf(error) ?? '';
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'the file is not UTF-8 text';
  return `the file cannot be read (${code})`;
}
