import path from 'node:path';
import type { WriteOptions } from '../../src/core/state/disk.js';
import type { Random } from '../model/random.js';
import type { Actor, Loop } from './loop.js';

/** What is wrong with a disk at the moment: `full` refuses to write more, `read-only` refuses to change anything. */
export type DiskTrouble = 'none' | 'full' | 'read-only';

interface File {
  text: string;
  /** What a power failure leaves for certain; undefined where that is no file. */
  durable: string | undefined;
}

/** A write on its way, of which a kill may leave any part. */
interface Pending {
  readonly actor: Actor;
  readonly tear: (random: Random) => void;
}

/** Everything on it at one moment, as a backup keeps it. */
export type Backup = ReadonlyMap<string, string>;

/** A simulated disk that several processes share. Each operation takes effect in one turn and is heard of in another. */
export class SimulatedDisk {
  trouble: DiskTrouble = 'none';
  readonly #loop: Loop;
  readonly #folders = new Set<string>(['/']);
  #files = new Map<string, File>();
  #pending: Pending[] = [];

  constructor(loop: Loop) {
    this.#loop = loop;
  }

  /** The disk as one process has it; `wrote` hears of each text the moment it is in its file. */
  for(actor: Actor, wrote: (place: string) => void): ProcessDisk {
    return new ProcessDisk(this, this.#loop, actor, wrote);
  }

  /** A kill leaves any part of what the process was writing; nothing else is lost. */
  killed(actor: Actor, random: Random): void {
    const torn = this.#pending.filter((pending) => pending.actor === actor);
    this.#pending = this.#pending.filter((pending) => pending.actor !== actor);
    for (const { tear } of torn) tear(random);
  }

  /** A power failure leaves what was synced for certain, and any of the rest. */
  powerFailed(random: Random): void {
    for (const [place, file] of [...this.#files]) {
      if (file.durable === file.text) continue;
      const { durable = '' } = file;
      const isAppended = file.text.startsWith(durable);
      const cut = isAppended ? random.int(durable.length, file.text.length) : file.text.length;
      const text = random.chance(0.5) ? file.durable : file.text.slice(0, cut);
      if (text === undefined) this.#files.delete(place);
      else this.#files.set(place, { text, durable: text });
    }
  }

  /** The files below a folder, by path. */
  backup(below: string): Backup {
    const inside = [...this.#files].filter(([place]) => place.startsWith(`${below}/`));
    return new Map(inside.map(([place, { text }]) => [place, text]));
  }

  /** Puts a backup in the place of everything below a folder. */
  restore(below: string, backup: Backup): void {
    for (const place of [...this.#files.keys()]) if (place.startsWith(`${below}/`)) this.#files.delete(place);
    for (const [place, text] of backup) this.#files.set(place, { text, durable: text });
  }

  /** Every text on it, by path. */
  texts(): ReadonlyMap<string, string> {
    return this.backup('');
  }

  /** Removes a file, as a person does. */
  lose(place: string): boolean {
    return this.#files.delete(place);
  }

  isFolder(place: string): boolean {
    return this.#folders.has(place);
  }

  makeFolders(place: string): void {
    for (let at = place; !this.#folders.has(at); at = path.dirname(at)) this.#folders.add(at);
  }

  filesIn(folder: string): string[] {
    if (!this.#folders.has(folder)) throw failure('ENOENT', folder);
    return [...this.#files.keys()]
      .filter((place) => path.dirname(place) === folder)
      .map((p) => path.basename(p));
  }

  textOf(place: string): string | undefined {
    return this.#files.get(place)?.text;
  }

  /** Puts a text there, in one step. */
  put(place: string, text: string, isDurable: boolean): void {
    this.mayChange(place, true);
    const before = this.#files.get(place);
    this.#files.set(place, { text, durable: isDurable ? text : before?.durable });
  }

  move(from: string, to: string): boolean {
    this.mayChange(from, false);
    const file = this.#files.get(from);
    if (file === undefined) return false;
    this.#files.delete(from);
    this.#files.set(to, file);
    return true;
  }

  remove(place: string): void {
    this.mayChange(place, false);
    this.#files.delete(place);
  }

  /** Throws where the disk does not let anything be changed there. */
  mayChange(place: string, grows: boolean): void {
    if (!this.#folders.has(path.dirname(place))) throw failure('ENOENT', place);
    if (this.trouble === 'read-only') throw failure('EROFS', place);
    if (this.trouble === 'full' && grows) throw failure('ENOSPC', place);
  }

  begin(pending: Pending): () => void {
    this.#pending.push(pending);
    return () => {
      this.#pending = this.#pending.filter((other) => other !== pending);
    };
  }
}

/** The port of the core on a {@link SimulatedDisk}. */
export class ProcessDisk {
  readonly #disk: SimulatedDisk;
  readonly #loop: Loop;
  readonly #actor: Actor;
  readonly #wrote: (place: string) => void;

  constructor(disk: SimulatedDisk, loop: Loop, actor: Actor, wrote: (place: string) => void) {
    this.#disk = disk;
    this.#loop = loop;
    this.#actor = actor;
    this.#wrote = wrote;
  }

  folder(place: string): Promise<string> {
    return this.#do(`folder ${place}`, () => {
      this.#disk.makeFolders(place);
      return place;
    });
  }

  list(folder: string): Promise<readonly string[]> {
    return this.#do(`list ${folder}`, () => this.#disk.filesIn(folder));
  }

  read(place: string): Promise<string | undefined> {
    return this.#do(`read ${place}`, () => this.#disk.textOf(place));
  }

  append(
    place: string,
    text: string,
    options: WriteOptions & { readonly size?: number } = {},
  ): Promise<boolean> {
    const { durable = true, size, permitted } = options;
    const fits = (): boolean => size === undefined || sizeOf(this.#disk.textOf(place)) === size;
    const write = (part: string, isDurable: boolean): boolean => {
      if (!fits() || permitted?.() === false) return false;
      this.#put(place, (this.#disk.textOf(place) ?? '') + part, isDurable);
      return true;
    };
    const tear = (random: Random): void => {
      if (random.chance(0.7)) write(text.slice(0, random.int(0, text.length)), true);
    };
    return this.#do(
      `append ${place}`,
      () =>
        this.#written(
          () => write(text, durable),
          () => write(text.slice(0, text.length / 2), true),
        ),
      tear,
    );
  }

  replace(place: string, text: string, { durable = true, permitted }: WriteOptions = {}): Promise<boolean> {
    const write = (): boolean => {
      if (permitted?.() === false) return false;
      this.#put(place, text, durable);
      return true;
    };
    return this.#do(`replace ${place}`, write, (random) => {
      if (random.chance(0.5)) write();
    });
  }

  create(place: string, text: string): Promise<boolean> {
    const make = (): boolean => {
      if (this.#disk.textOf(place) !== undefined) return false;
      this.#put(place, text, true);
      return true;
    };
    return this.#do(`create ${place}`, make, (random) => {
      if (random.chance(0.5)) make();
    });
  }

  rename(from: string, to: string): Promise<boolean> {
    return this.#do(`rename ${from}`, () => this.#disk.move(from, to));
  }

  remove(place: string): Promise<void> {
    return this.#do(`remove ${place}`, () => this.#disk.remove(place));
  }

  #put(place: string, text: string, isDurable: boolean): void {
    this.#disk.put(place, text, isDurable);
    this.#wrote(place);
  }

  /** A full disk may take the first part of an append before it refuses. */
  #written(write: () => boolean, writePart: () => boolean): boolean {
    if (this.#disk.trouble !== 'full' || !this.#loop.random.chance(0.5)) return write();
    this.#disk.trouble = 'none';
    writePart();
    this.#disk.trouble = 'full';
    return write();
  }

  /** One turn for the effect, another for hearing of it. */
  #do<T>(what: string, effect: () => T, tear?: (random: Random) => void): Promise<T> {
    const actor = this.#actor;
    const end =
      tear === undefined
        ? undefined
        : this.#disk.begin({ actor, tear: (random) => tryTo(() => tear(random)) });
    return new Promise((resolve, reject) => {
      this.#loop.post(actor, what, () => {
        end?.();
        let hear: () => void;
        try {
          const result = effect();
          hear = () => resolve(result);
        } catch (error) {
          hear = () => reject(error);
        }
        this.#loop.post(actor, `done ${what}`, hear);
      });
    });
  }
}

function tryTo(act: () => void): void {
  try {
    act();
  } catch {
    // The disk refuses, and the process that wanted it is gone.
  }
}

function sizeOf(text: string | undefined): number {
  return text === undefined ? -1 : Buffer.byteLength(text);
}

function failure(code: string, place: string): Error {
  return Object.assign(new Error(`${code}: ${place}`), { code });
}
