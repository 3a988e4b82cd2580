import { constants } from 'node:fs';
import { open, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Clock, systemClock, type Timer } from '../core/model/clock.js';
import type { LoadStart } from '../core/model/definition.js';
import { codeOf } from '../core/model/errors.js';
import { FolderWatcher } from './folder-watcher.js';
import { SNAPSHOT, YAML_NAME } from './scan.js';

/** The watched places, and the callbacks. */
export interface WatchOptions {
  /** The directory of the definitions; it may be a link, and may be missing for a time. */
  readonly directory: string;
  /** Secret files, absolute; called at every poll, since each load may name others. */
  readonly extraFiles: () => readonly string[];
  /** Milliseconds without a change before `onChange` is called. */
  readonly debounceMs: number;
  readonly clock?: Clock;
  /** Definitions or secrets may have changed. Called once for a burst, with where a load has to start to see it. */
  readonly onChange: (from: LoadStart) => void;
  /** Watching failed; changes may be noticed late or only by the next full sweep. */
  readonly onError: (error: Error) => void;
}

/** A running watch. */
export interface DefinitionWatch {
  /** Stops the watch; no callback is called afterwards. */
  close(): Promise<void>;
}

/** Interval of the polls of the directory and the secret files, milliseconds. */
const POLL_MS = 1000;
/** Longest delay of a burst, milliseconds. */
const LONGEST_WAIT_MS = 5000;
/** The most paths that a burst names; of more, a load finds out by itself. */
const MOST_NAMED = 100;
/** Age below which a newly watched secret file counts as changed, since the load may have read it before. */
const RECENT_MS = 60_000;

/**
 * Watches the definitions and the secret files they name. Folders are watched, not each file in them: their events name
 * the files, and cost the same however many files there are. The directory
 * itself and the secret files are polled every second: a link that git-sync or the kubelet swaps, and a directory that
 * vanishes and reappears, give no reliable event.
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
  /** Paths that are not watched because reading is denied. */
  readonly #barred = new Set<string>();
  #content: FolderWatcher | undefined;
  /** Identity of the watched directory; empty for none. */
  #identity = '';
  #poll: Timer | undefined;
  #polling: Promise<void> = Promise.resolve();
  #burst: { readonly since: number; readonly timer: Timer } | undefined;
  /** Paths that the burst names; undefined where it does not name all. */
  #named: Set<string> | undefined = new Set();
  /** Folders that have appeared and are not watched yet. */
  readonly #appearing = new Set<string>();
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
      this.#polling = this.#observe()
        .catch((error: unknown) => this.#options.onError(asError(error)))
        .then(() => this.#pollAgain());
    });
  }

  async #observe(): Promise<void> {
    if (await this.#mayReadMore()) this.#identity = '';
    const moved = await this.#followDirectory();
    const rotated = await this.#observeSecrets();
    if (moved) this.#changed(undefined);
    else if (rotated) this.#changed([]);
  }

  /** Watches the current directory. True when it was replaced. */
  async #followDirectory(): Promise<boolean> {
    const identity = await identityOf(this.#options.directory, false);
    if (identity === this.#identity || this.#closed) return false;
    await this.#content?.close();
    this.#content = undefined;
    this.#barred.clear();
    this.#appearing.clear();
    this.#identity = identity;
    if (identity !== '') await this.#watchContent();
    return true;
  }

  async #watchContent(): Promise<void> {
    const root = await realpath(this.#options.directory);
    const content = new FolderWatcher({
      ignoreInitial: true,
      atomic: false,
      // A link may lead to the whole disk, so it is not followed.
      followSymlinks: false,
      ignored: (file, facts) => {
        if (isHidden(path.relative(root, file))) return true;
        if (facts === undefined || facts.isDirectory()) return false;
        // Until a new folder is watched, no event names what is written into it.
        if (this.#appearing.has(path.dirname(file))) this.#changed(undefined);
        // Polling is the choice of an environment variable of chokidar, and finds changes only in what it polls.
        return !content.options.usePolling || !YAML_NAME.test(file);
      },
    });
    this.#content = content;
    content.on('error', (error) => this.#failed(asError(error)));
    content.add(root);
    await new Promise<void>((resolve) => content.once('ready', resolve));
    content.on('raw', (event, name: string | null, details) => {
      const folder = watchedFolder(details);
      this.#appearing.delete(folder ?? '');
      this.#heard(
        root,
        event,
        folder === undefined || name === null ? undefined : path.resolve(folder, name),
      );
    });
    content.on('all', (event, place) => {
      // The directory may reappear in the same place as another one, which this watch does not cover.
      if (event === 'unlinkDir' && place === root) this.#identity = '';
      if (event === 'addDir') this.#appearing.add(place);
      this.#changed(undefined);
    });
  }

  /** An event of the system: of one path, or of an unknown one. */
  #heard(root: string, event: string, place: string | undefined): void {
    if (place === undefined) this.#changed(undefined);
    else if (isHidden(path.relative(root, place))) {
      // The kubelet swaps a hidden link; other hidden names only count for whether a folder is empty.
      if (path.basename(place) === SNAPSHOT) this.#changed(undefined);
      else this.#name([place]);
    } else if (event === 'rename' || YAML_NAME.test(place)) this.#changed([place]);
  }

  #failed(error: Error): void {
    const place: unknown = Reflect.get(error, 'path');
    if (typeof place === 'string' && isDenied(error)) this.#barred.add(place);
    this.#options.onError(error);
  }

  /** Detects granted permissions, for which there is no event. */
  async #mayReadMore(): Promise<boolean> {
    const denied = await Promise.all([...this.#barred].map(isBarred));
    return denied.includes(false);
  }

  async #observeSecrets(): Promise<boolean> {
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

  #name(places: readonly string[] | undefined): void {
    for (const place of places ?? []) this.#named?.add(place);
    if (places === undefined || (this.#named?.size ?? 0) > MOST_NAMED) this.#named = undefined;
  }

  /** Announces a change of these paths, or of unknown ones, once it is quiet, or after the longest wait. */
  #changed(places: readonly string[] | undefined): void {
    if (this.#closed) return;
    this.#name(places);
    const now = this.#clock.monotonic();
    const since = this.#burst?.since ?? now;
    this.#burst?.timer.cancel();
    const longest = Math.max(LONGEST_WAIT_MS, this.#options.debounceMs);
    const wait = Math.min(this.#options.debounceMs, Math.max(0, since + longest - now));
    const timer = this.#clock.after(wait, () => {
      this.#burst = undefined;
      const named = this.#named;
      this.#named = new Set();
      this.#options.onChange(named ?? 'changes');
    });
    this.#burst = { since, timer };
  }
}

/** The folder that an event of the system is about. */
function watchedFolder(details: unknown): string | undefined {
  const folder: unknown = Object(details).watchedPath;
  return typeof folder === 'string' ? folder : undefined;
}

/** Identity of the file or directory at a path; empty without one. */
async function identityOf(place: string, withContent: boolean): Promise<string> {
  try {
    const real = await realpath(place);
    const { dev, ino, birthtimeMs, ctimeMs, size } = await stat(real);
    return [real, dev, ino, birthtimeMs, ...(withContent ? [ctimeMs, size] : [])].join(' ');
  } catch {
    return '';
  }
}

/** Whether reading is still denied, checked by opening, as the process's user would. */
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
