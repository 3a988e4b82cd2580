import path from 'node:path';
import type { Entry, FolderReader, Target } from '../../src/core/model/folder-reader.js';
import type { Actor, Loop } from './loop.js';
import { catalogOf, type Thing } from './model.js';

type Node =
  | { readonly type: 'file'; readonly content: Buffer }
  | { readonly type: 'folder' }
  | { readonly type: 'link'; readonly to: string };

/** Links that one path may lead through. */
const MOST_LINKS = 40;

/** Files, folders and links as all processes of a machine see them: the definitions, and the secrets beside them. */
export class SimulatedFolder {
  readonly #nodes = new Map<string, Node>([['/', { type: 'folder' }]]);
  readonly #listeners = new Set<() => void>();
  readonly #loop: Loop;

  constructor(loop: Loop) {
    this.#loop = loop;
  }

  /** Calls `hear` after every change; what comes back ends that. */
  watch(hear: () => void): () => void {
    this.#listeners.add(hear);
    return () => void this.#listeners.delete(hear);
  }

  /** Writes a file, in one step, with the folders above it. */
  write(place: string, text: string): void {
    const real = this.#within(place);
    this.#nodes.set(real, { type: 'file', content: Buffer.from(text) });
    this.#changed();
  }

  makeFolder(place: string): void {
    this.#makeFolders(place);
    this.#changed();
  }

  /** Makes a link, or lets one that is there lead somewhere else, in one step. */
  link(place: string, to: string): void {
    this.#makeFolders(path.dirname(place));
    this.#nodes.set(place, { type: 'link', to });
    this.#changed();
  }

  /** Removes whatever is there, and all below it. Gives what it takes to put it back. */
  remove(given: string): ReadonlyMap<string, Node> {
    const place = this.#withoutLinksAbove(given);
    const gone = new Map([...this.#nodes].filter(([at]) => at === place || at.startsWith(`${place}/`)));
    for (const at of gone.keys()) this.#nodes.delete(at);
    this.#changed();
    return gone;
  }

  /** Puts back what was removed. */
  restore(gone: ReadonlyMap<string, Node>): void {
    for (const [at, node] of gone) this.#nodes.set(at, node);
    this.#changed();
  }

  /** Has a link lead to a copy of what it leads to now, and removes that; a folder becomes such a link. */
  swap(place: string, to: string): void {
    const node = this.#nodes.get(place);
    if (node === undefined) return;
    const from = node.type === 'link' ? node.to : place;
    const inside = [...this.#nodes].filter(([at]) => at === from || at.startsWith(`${from}/`));
    this.#makeFolders(path.dirname(to));
    for (const [at, copied] of inside) this.#nodes.set(to + at.slice(from.length), copied);
    if (node.type !== 'link') for (const [at] of inside) this.#nodes.delete(at);
    this.#nodes.set(place, { type: 'link', to });
    this.#changed();
    if (node.type === 'link') for (const [at] of inside) this.#nodes.delete(at);
    this.#changed();
  }

  #withoutLinksAbove(place: string): string {
    try {
      return path.join(this.#resolve(path.dirname(place)), path.basename(place));
    } catch {
      return place;
    }
  }

  /** What one process reads through: whatever waits is a turn of its own. */
  for(actor: Actor): FolderReader {
    const later = <T>(what: string, look: () => T): Promise<T> =>
      new Promise((resolve, reject) => {
        this.#loop.post(actor, what, () => {
          try {
            resolve(look());
          } catch (error) {
            reject(error);
          }
        });
      });
    return {
      realpath: (place) => later(`realpath ${place}`, () => this.#resolve(place)),
      list: (place) => later(`list ${place}`, () => this.#list(place)),
      target: (place) => later(`stat ${place}`, () => this.#target(place)),
      read: (place) => later(`read ${place}`, () => this.#read(place)),
      targetNow: (place) => this.#target(place),
      readNow: (place) => this.#read(place),
    };
  }

  #list(place: string): Entry[] {
    const real = this.#resolve(place);
    if (this.#nodes.get(real)?.type !== 'folder') throw failure('ENOTDIR', place);
    return [...this.#nodes]
      .filter(([at]) => at !== '/' && path.dirname(at) === real)
      .map(([at, { type }]) => ({ name: path.basename(at), type }));
  }

  #target(place: string): Target {
    const node = this.#nodes.get(this.#resolve(place));
    return node?.type === 'file' ? { type: 'file', size: node.content.length } : { type: 'folder', size: 0 };
  }

  #read(place: string): Buffer {
    const node = this.#nodes.get(this.#resolve(place));
    if (node?.type !== 'file') throw failure('EISDIR', place);
    return node.content;
  }

  /** The path without links. */
  #resolve(place: string, links = 0): string {
    if (links > MOST_LINKS) throw failure('ELOOP', place);
    let at = '/';
    const names = place.split('/').filter((name) => name !== '');
    for (const [index, name] of names.entries()) {
      const next = path.join(at, name);
      const node = this.#nodes.get(next);
      if (node === undefined) throw failure('ENOENT', place);
      if (node.type === 'link') {
        const to = path.resolve(at, node.to);
        return this.#resolve(path.join(to, ...names.slice(index + 1)), links + 1);
      }
      if (node.type === 'file' && index < names.length - 1) throw failure('ENOTDIR', place);
      at = next;
    }
    return at;
  }

  /** Where a file of this path is, or would be, links followed. */
  #within(place: string): string {
    this.#makeFolders(path.dirname(place));
    return path.join(this.#resolve(path.dirname(place)), path.basename(place));
  }

  /** Makes a folder and those above it; a file in the place of one gives way. */
  #makeFolders(place: string): void {
    if (place === '/') return;
    this.#makeFolders(path.dirname(place));
    const real = this.#withoutLinksAbove(place);
    const node = this.#nodes.get(real);
    if (node === undefined || node.type === 'file') this.#nodes.set(real, { type: 'folder' });
    else if (node.type === 'link') this.#makeFolders(path.resolve(path.dirname(real), node.to));
  }

  #changed(): void {
    for (const hear of this.#listeners) hear();
  }
}

function failure(code: string, place: string): Error {
  return Object.assign(new Error(`${code}: ${place}`), { code });
}

/** JSON is YAML too. */
export function documentOf(thing: Thing): string {
  const { kind, name, renamedFrom, app, declared, secret, suspended, pinned } = thing;
  const spec: Record<string, unknown> = {};
  for (const [place, value] of declared) {
    const [head = '', entry] = place.split('.', 2);
    if (entry === undefined) spec[head] = value;
    else spec[head] = { ...(spec[head] as object | undefined), [entry]: value };
  }
  if (app !== undefined) Object.assign(spec, { app: app.name, catalogId: catalogOf(thing) });
  if (secret !== undefined) {
    spec.config = { site: 'https://site.example', token: { valueFrom: { file: secret.file } } };
  }
  const annotations = {
    ...(renamedFrom === undefined ? {} : { 'c1sync/renamed-from': renamedFrom }),
    ...(suspended ? { 'c1sync/suspend': 'an incident' } : {}),
  };
  const metadata = { name, annotations, ...(pinned === undefined ? {} : { id: pinned }) };
  return JSON.stringify({ apiVersion: 'c1sync/v1', kind, metadata, spec }, null, 1);
}
