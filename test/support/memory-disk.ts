import type { Disk, WriteOptions } from '../../src/core/state/disk.js';

/** A disk in memory that never fails. Each step waits for `turn` first, so that a test can decide the order of steps. */
export class MemoryDisk implements Disk {
  readonly #folders: Set<string>;
  readonly #files: Map<string, string>;
  readonly #turn: () => Promise<void>;

  constructor(turn: () => Promise<void> = async () => {}, shared?: MemoryDisk) {
    this.#turn = turn;
    this.#folders = shared === undefined ? new Set() : shared.#folders;
    this.#files = shared === undefined ? new Map() : shared.#files;
  }

  /** The same files, seen by another process. */
  seenBy(turn: () => Promise<void>): MemoryDisk {
    return new MemoryDisk(turn, this);
  }

  async folder(path: string): Promise<string> {
    await this.#turn();
    this.#folders.add(path);
    return path;
  }

  async list(folder: string): Promise<readonly string[]> {
    await this.#turn();
    if (!this.#folders.has(folder)) throw missing(folder);
    const prefix = `${folder}/`;
    return [...this.#files.keys()]
      .filter((path) => path.startsWith(prefix))
      .map((path) => path.slice(prefix.length));
  }

  async read(path: string): Promise<string | undefined> {
    await this.#turn();
    return this.#files.get(path);
  }

  async append(
    path: string,
    text: string,
    { size, permitted }: WriteOptions & { size?: number } = {},
  ): Promise<boolean> {
    await this.#turn();
    this.#check(path);
    if (permitted?.() === false) return false;
    const before = this.#files.get(path);
    if (size !== undefined && (before === undefined || Buffer.byteLength(before) !== size)) return false;
    this.#files.set(path, `${before ?? ''}${text}`);
    return true;
  }

  async replace(path: string, text: string, { permitted }: WriteOptions = {}): Promise<boolean> {
    await this.#turn();
    this.#check(path);
    if (permitted?.() === false) return false;
    this.#files.set(path, text);
    return true;
  }

  async create(path: string, text: string): Promise<boolean> {
    await this.#turn();
    this.#check(path);
    if (this.#files.has(path)) return false;
    this.#files.set(path, text);
    return true;
  }

  async rename(from: string, to: string): Promise<boolean> {
    await this.#turn();
    const text = this.#files.get(from);
    if (text === undefined) return false;
    this.#files.delete(from);
    this.#files.set(to, text);
    return true;
  }

  async remove(path: string): Promise<void> {
    await this.#turn();
    this.#files.delete(path);
  }

  #check(path: string): void {
    const folder = path.slice(0, path.lastIndexOf('/'));
    if (!this.#folders.has(folder)) throw missing(folder);
  }
}

function missing(path: string): Error {
  return Object.assign(new Error(`there is no ${path}`), { code: 'ENOENT' });
}
