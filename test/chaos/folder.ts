import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Random } from '../model/random.js';
import { pause } from './processes.js';
import { catalogOf, type Thing, type World } from './world.js';

/** How the text of a file comes to be another. */
export type Manner = 'at once' | 'in place' | 'truncated first';

/** The definitions of a world as files. */
export class Folder {
  readonly #root: string;
  readonly #world: World;

  /** `root` holds `definitions` and `secrets`. */
  constructor(root: string, world: World) {
    this.#root = root;
    this.#world = world;
  }

  /** Makes the folders. A file that stays in each says that none is lost when its last definition goes. */
  async prepare(folders: readonly string[]): Promise<void> {
    for (const folder of folders) {
      await mkdir(this.#at(folder), { recursive: true });
      await writeFile(this.#at(`${folder}.keep`), '');
    }
  }

  /** Writes a file as the world has it; one that no definition is in is removed. */
  async write(file: string, manner: Manner): Promise<void> {
    const target = this.#at(file);
    const things = this.#world.things.filter((thing) => thing.file === file);
    this.#world.broken.delete(file);
    if (things.length === 0) {
      await rm(target, { force: true });
      return;
    }
    const text = things.map(documentOf).join('\n---\n');
    if (manner === 'at once') {
      await writeFile(`${target}.new`, text);
      await rename(`${target}.new`, target);
      return;
    }
    if (manner === 'truncated first') {
      await writeFile(target, '');
      await pause(150);
    }
    await writeFile(target, text);
  }

  /** Makes a file that cannot be read as definitions. */
  async breakFile(file: string, random: Random): Promise<void> {
    this.#world.broken.add(file);
    const text =
      random.pick(['', 'kind: [App', 'apiVersion: c1sync/v1\nkind: App\nspec: 7\n', '\0\0\0']) ?? '';
    await writeFile(this.#at(file), text);
  }

  /** Writes everything that is broken as it should be. */
  async repair(): Promise<void> {
    for (const file of [...this.#world.broken]) await this.write(file, 'at once');
  }

  async writeSecret({ secret }: Thing): Promise<void> {
    if (secret === undefined) return;
    const target = path.join(this.#root, secret.file);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, `${secret.value}\n`);
  }

  #at(file: string): string {
    return path.join(this.#root, 'definitions', file);
  }
}

/** JSON is YAML too. */
function documentOf({ kind, name, app, declared, secret, file = '' }: Thing): string {
  const spec: Record<string, unknown> = {};
  for (const [place, value] of declared) {
    const [head = '', entry] = split(place);
    if (entry === undefined) spec[head] = value;
    else spec[head] = { ...(spec[head] as object | undefined), [entry]: value };
  }
  if (app !== undefined) Object.assign(spec, { app: app.name, catalogId: catalogOf({ secret }) });
  if (secret !== undefined) {
    const up = path.relative(path.dirname(path.join('definitions', file)), secret.file);
    spec.config = { site: 'https://site.example', token: { valueFrom: { file: up } } };
  }
  return JSON.stringify({ apiVersion: 'c1sync/v1', kind, metadata: { name }, spec }, null, 1);
}

function split(place: string): [string, string | undefined] {
  const dot = place.indexOf('.');
  return dot < 0 ? [place, undefined] : [place.slice(0, dot), place.slice(dot + 1)];
}
