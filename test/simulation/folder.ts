import path from 'node:path';
import type { Entry, FolderReader, Target } from '../../src/core/model/folder-reader.js';
import type { WallClock } from './clock.js';
import type { Actor, Loop } from './loop.js';
import { catalogOf, type Thing } from './model.js';

type Content =
  | { readonly type: 'file'; readonly content: Buffer }
  | { readonly type: 'folder' }
  | { readonly type: 'link'; readonly to: string };

type Node = Content & {
  readonly inode: number;
  /** The time of day of its last change, as the disk keeps it. */
  readonly changedAt: number;
};

/**
 * The steps in which the disk keeps times, milliseconds: two changes may leave the same one. Each setting of the clock moves
 * the steps, since a clock that was set back gives a former time again to the second, and not to the nanosecond.
 */
const TIME_STEP_MS = 1000;

/** Links that one path may lead through. */
const MOST_LINKS = 40;

/** Files, folders and links as all processes of a machine see them: the definitions, and the secrets beside them. */
export class SimulatedFolder {
  /** The number of changes so far. */
  version = 0;
  readonly #nodes = new Map<string, Node>();
  readonly #listeners = new Set<(place: string) => void>();
  readonly #loop: Loop;
  readonly #wall: Pick<WallClock, 'now' | 'settings'>;
  #inodes = 0;

  constructor(loop: Loop, wall: Pick<WallClock, 'now' | 'settings'>) {
    this.#loop = loop;
    this.#wall = wall;
    this.#put('/', { type: 'folder' });
  }

  /** Calls `hear` after every change with the path that has changed; what comes back ends that. */
  watch(hear: (place: string) => void): () => void {
    this.#listeners.add(hear);
    return () => void this.#listeners.delete(hear);
  }

  /** Writes a file, in one step, with the folders above it. */
  write(place: string, text: string): void {
    const real = this.#within(place);
    const inode = this.#nodes.get(real)?.inode;
    this.#put(real, { type: 'file', content: Buffer.from(text) }, inode);
    this.#changed(real);
  }

  makeFolder(place: string): void {
    this.#makeFolders(place);
    this.#changed(this.#withoutLinksAbove(place));
  }

  /** Makes a link, or lets one that is there lead somewhere else, in one step. */
  link(place: string, to: string): void {
    this.#makeFolders(path.dirname(place));
    this.#put(place, { type: 'link', to });
    this.#changed(place);
  }

  /** Removes whatever is there, and all below it. Gives what it takes to put it back. */
  remove(given: string): ReadonlyMap<string, Node> {
    const place = this.#withoutLinksAbove(given);
    const gone = new Map([...this.#nodes].filter(([at]) => at === place || at.startsWith(`${place}/`)));
    for (const at of gone.keys()) this.#nodes.delete(at);
    this.#changed(place);
    return gone;
  }

  /** Puts back what was removed. */
  restore(gone: ReadonlyMap<string, Node>): void {
    for (const [at, node] of gone) this.#nodes.set(at, node);
    for (const at of gone.keys()) this.#changed(at);
  }

  /** Has a link lead to a copy of what it leads to now, and removes that; a folder becomes such a link. */
  swap(place: string, to: string): void {
    const node = this.#nodes.get(place);
    if (node === undefined) return;
    const from = node.type === 'link' ? node.to : place;
    const inside = [...this.#nodes].filter(([at]) => at === from || at.startsWith(`${from}/`));
    this.#makeFolders(path.dirname(to));
    for (const [at, copied] of inside) this.#put(to + at.slice(from.length), copied);
    if (node.type !== 'link') for (const [at] of inside) this.#nodes.delete(at);
    this.#put(place, { type: 'link', to });
    this.#changed(place);
    if (node.type === 'link') for (const [at] of inside) this.#nodes.delete(at);
    this.#changed(from);
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
    return this.#readerWith(
      (what, look) =>
        new Promise((resolve, reject) => {
          this.#loop.post(actor, what, () => {
            try {
              resolve(look());
            } catch (error) {
              reject(error);
            }
          });
        }),
    );
  }

  /** What somebody reads through who sees everything at one moment. */
  get atOnce(): FolderReader {
    return this.#readerWith(async (_, look) => look());
  }

  #readerWith(later: <T>(what: string, look: () => T) => Promise<T>): FolderReader {
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
    if (node === undefined) throw failure('ENOENT', place);
    const size = node.type === 'file' ? node.content.length : 0;
    return {
      type: node.type === 'file' ? 'file' : 'folder',
      size,
      node: String(node.inode),
      identity: `${node.inode} ${size} ${node.changedAt}`,
      changedAt: node.changedAt,
    };
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
    if (node === undefined || node.type === 'file') this.#put(real, { type: 'folder' });
    else if (node.type === 'link') this.#makeFolders(path.resolve(path.dirname(real), node.to));
  }

  #put(place: string, content: Content, inode = this.#nextInode()): void {
    const now = this.#wall.now();
    const changedAt = now - (now % TIME_STEP_MS) + (this.#wall.settings % TIME_STEP_MS);
    this.#nodes.set(place, { ...content, inode, changedAt });
  }

  #nextInode(): number {
    this.#inodes += 1;
    return this.#inodes;
  }

  #changed(place: string): void {
    this.version += 1;
    for (const hear of this.#listeners) hear(place);
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
