import { constants } from 'node:fs';
import { open, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { type Clock, systemClock, type Timer } from '../core/model/clock.js';
import { codeOf } from '../core/model/errors.js';
import { YAML_NAME } from './scan.js';

/** What is watched, and who is told. */
export interface WatchOptions {
  /** The directory of the definitions; it may be a link, and it may come and go. */
  readonly directory: string;
  /** Secret files, absolute; asked for again and again, because every load may name others. */
  readonly extraFiles: () => readonly string[];
  /** Milliseconds that all must be quiet before `onChange` is called. */
  readonly debounceMs: number;
  readonly clock?: Clock;
  /** Something may be other than before: look again. Called once for a burst. */
  readonly onChange: () => void;
  /** Watching does not work as it should; changes may be noticed late or only by the next full sweep. */
  readonly onError: (error: Error) => void;
}

/** Watching that goes on until it is closed. */
export interface DefinitionWatch {
  /** After this, nothing is called any more. */
  close(): Promise<void>;
}

/** How often it is asked whether the directory and the secret files are still the same ones, milliseconds. */
const POLL_MS = 1000;
/** A burst that does not end is announced after this time all the same, milliseconds. */
const LONGEST_WAIT_MS = 5000;
/** A secret file that was changed so shortly before it was first watched may have been read before that. */
const RECENT_MS = 60_000;

/**
 * Watches the definitions and the secret files they name. What lies below the directory is watched by events. Which
 * place the directory and each secret file really are is asked for every second instead: a link that git-sync or the
 * kubelet swaps, and a directory that vanishes and comes back, give no event that could be relied on.
 * From the moment the promise resolves no change is lost, so a load that begins after it is up to date.
 */
export async function watchDefinitions(options: WatchOptions): Promise<DefinitionWatch> {
  const watching = new Watching(options);
  await watching.start();
  return watching;
}

class Watching implements DefinitionWatch {
  readonly #options: WatchOptions;
  readonly #clock: Clock;
  readonly #secrets = new Map<string, string>();
  /** What could not be watched because it must not be read. */
  readonly #barred = new Set<string>();
  #content: FSWatcher | undefined;
  /** Which directory is watched; empty for none. */
  #identity = '';
  #poll: Timer | undefined;
  #polling: Promise<void> = Promise.resolve();
  #burst: { readonly since: number; timer: Timer } | undefined;
  #closed = false;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  async start(): Promise<void> {
    for (const file of this.#options.extraFiles()) this.#secrets.set(file, await identityOf(file, true));
    await this.#followDirectory();
    this.#pollAgain();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#poll?.cancel();
    this.#burst?.timer.cancel();
    await this.#polling;
    await this.#content?.close();
  }

  #pollAgain(): void {
    if (this.#closed) return;
    this.#poll = this.#clock.after(POLL_MS, () => {
      this.#polling = this.#look()
        .catch((error: unknown) => this.#options.onError(asError(error)))
        .then(() => this.#pollAgain());
    });
  }

  async #look(): Promise<void> {
    if (await this.#mayReadMore()) this.#identity = '';
    const moved = await this.#followDirectory();
    const rotated = await this.#lookAtSecrets();
    if (moved || rotated) this.#changed();
  }

  /** Watches the directory that is there now. True when it is another one than before. */
  async #followDirectory(): Promise<boolean> {
    const identity = await identityOf(this.#options.directory, false);
    if (identity === this.#identity || this.#closed) return false;
    await this.#content?.close();
    this.#content = undefined;
    this.#barred.clear();
    this.#identity = identity;
    if (identity !== '') await this.#watchContent();
    return true;
  }

  async #watchContent(): Promise<void> {
    const root = await realpath(this.#options.directory);
    const content = watch(root, {
      ignoreInitial: true,
      atomic: false,
      // A link may lead to the whole disk. Where it leads is seen without following it.
      followSymlinks: false,
      ignored: (file, facts) =>
        isHidden(path.relative(root, file)) || (facts?.isFile() === true && !YAML_NAME.test(file)),
    });
    this.#content = content;
    content.on('error', (error) => this.#failed(asError(error)));
    await new Promise<void>((resolve) => content.once('ready', resolve));
    content.on('all', (event, file) => {
      // The same directory may come back in the same place: what is watched now is not it.
      if (event === 'unlinkDir' && file === root) this.#identity = '';
      this.#changed();
    });
  }

  #failed(error: Error): void {
    const place: unknown = Reflect.get(error, 'path');
    if (typeof place === 'string' && isDenied(error)) this.#barred.add(place);
    this.#options.onError(error);
  }

  /** A permission that is given comes without an event from what was barred. */
  async #mayReadMore(): Promise<boolean> {
    const denied = await Promise.all([...this.#barred].map(isBarred));
    return denied.includes(false);
  }

  async #lookAtSecrets(): Promise<boolean> {
    const files = new Set(this.#options.extraFiles());
    let changed = false;
    for (const file of files) {
      const identity = await identityOf(file, true);
      const before = this.#secrets.get(file);
      if (before === undefined) changed ||= await this.#isRecent(file);
      else changed ||= before !== identity;
      this.#secrets.set(file, identity);
    }
    for (const file of this.#secrets.keys()) if (!files.has(file)) this.#secrets.delete(file);
    return changed;
  }

  async #isRecent(file: string): Promise<boolean> {
    const facts = await stat(file).catch(() => undefined);
    return facts !== undefined && this.#clock.now() - facts.ctimeMs < RECENT_MS;
  }

  /** Announces a change once it is quiet, or after the longest wait. */
  #changed(): void {
    if (this.#closed) return;
    const now = this.#clock.monotonic();
    const since = this.#burst?.since ?? now;
    this.#burst?.timer.cancel();
    const longest = Math.max(LONGEST_WAIT_MS, this.#options.debounceMs);
    const wait = Math.min(this.#options.debounceMs, Math.max(0, since + longest - now));
    const timer = this.#clock.after(wait, () => {
      this.#burst = undefined;
      this.#options.onChange();
    });
    this.#burst = { since, timer };
  }
}

/** Tells one file or directory from another in the same place; empty when there is none. */
async function identityOf(place: string, withContent: boolean): Promise<string> {
  try {
    const real = await realpath(place);
    const { dev, ino, birthtimeMs, ctimeMs, size } = await stat(real);
    return [real, dev, ino, birthtimeMs, ...(withContent ? [ctimeMs, size] : [])].join(' ');
  } catch {
    return '';
  }
}

/** Whether reading is still denied; asked by opening, because only that counts for the user that this process acts as. */
async function isBarred(place: string): Promise<boolean> {
  try {
    const handle = await open(place, constants.O_RDONLY | constants.O_NONBLOCK);
    await handle.close();
    return false;
  } catch (error) {
    return isDenied(error);
  }
}

function isDenied(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'EACCES' || code === 'EPERM';
}

function isHidden(below: string): boolean {
  return below.split(path.sep).some((part) => part.startsWith('.'));
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
