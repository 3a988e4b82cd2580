import { z } from 'zod';
import type { Disk } from './disk.js';
import type { Identity } from './processes.js';

/** The owner of a lock. */
export interface LockOwner extends Identity {
  /** The command of the process: `run`, `apply`. */
  readonly command: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/** The lock of a folder at one moment. */
export interface LockState {
  /** Number of the newest lock file; 0 when there is none. */
  readonly number: number;
  /** Its text; undefined when there is no such file any more. */
  readonly text: string | undefined;
  /** The heartbeat that belongs to it; undefined before the first one. */
  readonly beat: string | undefined;
}

const ownerSchema = z.object({
  boot: z.string(),
  namespace: z.string(),
  pid: z.number().int().positive(),
  started: z.string(),
  hostname: z.string(),
  command: z.string(),
  since: z.number(),
});

/** The text of a lock file without a holder. */
const FREE = '{"free":true}\n';
/** Older lock files that stay: a process that stopped long ago must not be able to create one of them a second time. */
const KEPT = 4;

/**
 * The files of the lock of one folder. Each holder creates `lock.<number>`, one higher than the one before it, and the
 * highest number holds the lock; so of several that take it at the same time one wins, and no file is ever taken from
 * anybody. A heartbeat is a rename of `lock.<number>.beat.<count>`, which needs no space on the disk.
 */
export class LockFiles {
  readonly root: string;
  readonly #disk: Disk;

  constructor(root: string, disk: Disk) {
    this.root = root;
    this.#disk = disk;
  }

  /** The newest lock file, and its heartbeat. */
  async newest(): Promise<LockState> {
    const names = await this.#disk.list(this.root);
    const number = Math.max(0, ...names.flatMap((name) => numberOf(name) ?? []));
    return { number, beat: beatIn(names, number), text: number === 0 ? undefined : await this.text(number) };
  }

  /** The text of a lock file; undefined when there is none. */
  text(number: number): Promise<string | undefined> {
    return this.#disk.read(this.#path(`lock.${number}`));
  }

  /** The present heartbeat of a holder. */
  async beatOf(number: number): Promise<string | undefined> {
    return beatIn(await this.#disk.list(this.root), number);
  }

  /** Creates a lock file. False when there is one of this number, or a higher one. */
  async create(number: number, text: string): Promise<boolean> {
    if (!(await this.#disk.create(this.#path(`lock.${number}`), text))) return false;
    if ((await this.newest()).number === number) return true;
    await this.#disk.remove(this.#path(`lock.${number}`));
    return false;
  }

  /** Marks the folder as free, unless somebody has taken the lock after `number`. */
  async free(number: number): Promise<void> {
    await this.create(number + 1, FREE);
    await this.clear(number + 1);
  }

  /** The first heartbeat of a holder. */
  async firstBeat(number: number): Promise<void> {
    await this.#disk.replace(this.#path(`lock.${number}.beat.0`), '', { durable: false });
  }

  /** The heartbeat after `count`. False when the one before it is not there. */
  nextBeat(number: number, count: number): Promise<boolean> {
    const from = this.#path(`lock.${number}.beat.${count}`);
    return this.#disk.rename(from, this.#path(`lock.${number}.beat.${count + 1}`));
  }

  /** Removes the files of holders long before `number`, and drafts of unfinished writes. */
  async clear(number: number): Promise<void> {
    const names = await this.#disk.list(this.root);
    const old = names.filter((name) => {
      const [, of, rest] = /^lock\.(\d+)(\..*)?$/.exec(name) ?? [];
      if (of === undefined) return false;
      return Number(of) <= number - KEPT || (Number(of) < number && rest !== undefined);
    });
    await Promise.all(old.map((name) => this.#disk.remove(this.#path(name))));
  }

  #path(name: string): string {
    return `${this.root}/${name}`;
  }
}

/** The text of the lock file of a holder. `id` makes two of them differ. */
export function lockText(owner: LockOwner, id: string): string {
  return `${JSON.stringify({ ...owner, id })}\n`;
}

/** True when the lock has no holder. */
export function isFree({ number, text }: LockState): boolean {
  return number === 0 || text === FREE;
}

/** The owner of the lock; undefined when its file names none. */
export function ownerOf({ text }: LockState): LockOwner | undefined {
  try {
    return ownerSchema.safeParse(JSON.parse(text ?? '')).data;
  } catch {
    return undefined;
  }
}

function beatIn(names: readonly string[], number: number): string | undefined {
  return names.find((name) => name.startsWith(`lock.${number}.beat.`));
}

function numberOf(name: string): number | undefined {
  const digits = /^lock\.(\d+)$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
