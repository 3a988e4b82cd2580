import path from 'node:path';
import type { Definition } from '../core/model/definition.js';
import type { FolderReader } from '../core/model/folder-reader.js';
import type { Secret, UnsetSecret } from '../core/model/secret.js';
import { isValueFrom, readValue, type ValueFrom, valueFile } from '../core/model/value-from.js';
import type { Draft } from './document.js';

/** True where a value, or a part of it, comes from outside its file. */
export function holdsSource(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return isValueFrom(value) || Object.values(value).some(holdsSource);
}

/** Replaces sources by their values. Each file is read once a load. */
export class Values {
  readonly files = new Set<string>();
  readonly #directory: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #reader: FolderReader;
  readonly #read = new Map<string, Promise<Secret | UnsetSecret>>();

  constructor(directory: string, env: NodeJS.ProcessEnv, reader: FolderReader) {
    this.#directory = directory;
    this.#env = env;
    this.#reader = reader;
  }

  async fill({ file, spec }: Draft): Promise<Definition['spec']> {
    const folder = path.dirname(path.join(this.#directory, file));
    return (await this.#walk(spec, folder)) as Definition['spec'];
  }

  async #walk(value: unknown, folder: string): Promise<unknown> {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return Promise.all(value.map((item: unknown) => this.#walk(item, folder)));
    if (isValueFrom(value)) return this.#value(value, folder);
    const entries = Object.entries(value).map(
      async ([key, part]) => [key, await this.#walk(part, folder)] as const,
    );
    return Object.fromEntries(await Promise.all(entries));
  }

  #value(source: ValueFrom, folder: string): Promise<Secret | UnsetSecret> {
    const file = valueFile(source, folder);
    if (file !== undefined) this.files.add(file);
    const origin = file ?? JSON.stringify(source);
    const known =
      this.#read.get(origin) ?? readValue(source, { env: this.#env, folder, reader: this.#reader });
    this.#read.set(origin, known);
    return known;
  }
}
