import { type Clock, growingWait, type Timer } from '../core/model/clock.js';
import type { Load } from '../core/model/definition.js';
import { messageOf } from '../core/model/errors.js';
import type { EventBus } from '../core/model/events.js';
import { type Fetched, GitClone, type GitOptions } from './git.js';
import { GitError } from './git-error.js';

/** Dependencies of a feed. */
export interface FeedOptions extends GitOptions {
  readonly events: EventBus;
  readonly clock: Clock;
  /** Milliseconds from one fetch to the next; without it, there is one fetch and no other. */
  readonly pollMs?: number | undefined;
}

/** The first wait after a failure, milliseconds; it doubles up to the usual time between fetches. */
const FIRST_RETRY_MS = 5_000;

/**
 * Keeps a clone up to date: fetches for the first load, at every poll and on request. A failure is reported once for each
 * cause and retried until it passes; the last good commit stays current.
 */
export class GitFeed {
  readonly #options: FeedOptions;
  readonly #clone: GitClone;
  readonly #abort: AbortController;
  #first: Promise<void> | undefined;
  #running: Promise<void> | undefined;
  #isWanted = false;
  /** The commits before a commit; read once for each. */
  #earlier: { readonly id: string; readonly commits: Promise<readonly string[] | undefined> } | undefined;
  #timer: Timer | undefined;
  #failures = 0;
  #failure: { readonly error: unknown; readonly since: number } | undefined;

  private constructor(options: FeedOptions, clone: GitClone, abort: AbortController) {
    this.#options = options;
    this.#clone = clone;
    this.#abort = abort;
  }

  /**
   * Opens the clone. The first load begins the first fetch.
   * @throws Error when the folder cannot be used
   */
  static async open(options: FeedOptions): Promise<GitFeed> {
    const abort = new AbortController();
    return new GitFeed(options, await GitClone.open({ ...options, signal: abort.signal }), abort);
  }

  /** The folder of the definitions: a path through a link that leads to each commit in turn. */
  get directory(): string {
    return this.#clone.directory;
  }

  /** The root of the repository, by way of the same link. */
  get root(): string {
    return this.#clone.root;
  }

  /** Requests a fetch after the current one; any number of requests make one fetch. */
  fetchNow(): void {
    if (this.#running === undefined) void this.#begin();
    else this.#isWanted = true;
  }

  /**
   * One load, when the first fetch has ended; its author is that of the commit.
   * @throws Error when no commit has been fetched yet, with the reason
   */
  async load(load: () => Promise<Load>, signal?: AbortSignal): Promise<Load> {
    this.#first ??= this.#running ?? this.#begin();
    await unlessAborted(this.#first, signal);
    if (this.#clone.commit === undefined) throw this.#failure?.error ?? this.#abort.signal.reason;
    const loaded = await this.#clone.using(load);
    const { commit } = this.#clone;
    return commit?.author !== undefined && commit.id === loaded.revision
      ? { ...loaded, revisionAuthor: commit.author }
      : loaded;
  }

  /** The last commits before one that was current; undefined before the first load, and where the server does not answer. */
  async earlier(id: string): Promise<readonly string[] | undefined> {
    // The first load waits for a fetch, not for this.
    if (this.#first === undefined) return undefined;
    if (this.#earlier?.id !== id) {
      const commits = this.#alone(() => this.#clone.earlier(id)).catch(() => {
        this.#earlier = undefined;
        return undefined;
      });
      this.#earlier = { id, commits };
    }
    return this.#earlier.commits;
  }

  /** Works on the clone while no fetch does. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    while (this.#running !== undefined) await this.#running;
    this.#abort.signal.throwIfAborted();
    const working = work();
    const end = (): void => {
      this.#running = undefined;
      if (this.#isWanted) void this.#begin();
    };
    this.#running = working.then(end, end);
    return working;
  }

  /** Aborts the current fetch; no other one starts. */
  async close(): Promise<void> {
    this.#abort.abort(new Error('c1sync is stopping'));
    this.#timer?.cancel();
    await this.#running;
  }

  #begin(): Promise<void> {
    const { signal } = this.#abort;
    if (signal.aborted) return Promise.resolve();
    this.#timer?.cancel();
    this.#isWanted = false;
    this.#running = this.#fetch(signal).finally(() => {
      this.#running = undefined;
      if (this.#isWanted) void this.#begin();
      else this.#fetchLater();
    });
    return this.#running;
  }

  #fetchLater(): void {
    const { pollMs, clock } = this.#options;
    if (pollMs === undefined || this.#abort.signal.aborted) return;
    const wait = this.#failures === 0 ? pollMs : growingWait(this.#failures, FIRST_RETRY_MS, pollMs);
    this.#timer = clock.after(wait, () => this.fetchNow());
  }

  async #fetch(signal: AbortSignal): Promise<void> {
    try {
      this.#fetched(await this.#clone.fetch());
    } catch (error) {
      if (!signal.aborted) this.#failed(error);
    }
  }

  #fetched({ id, author, before, replaced, repaired }: Fetched): void {
    const { events, clock, ref } = this.#options;
    this.#failures = 0;
    if (this.#failure !== undefined) {
      events.emit('source available', { downMs: Math.round(clock.monotonic() - this.#failure.since) });
      this.#failure = undefined;
    }
    if (repaired === true) events.emit('clone repaired', { revision: id });
    if (before === id) return;
    const fetched = { revision: id, revisionAuthor: author, before };
    if (replaced === 'tag') events.emit('tag moved', { ...fetched, ref: ref ?? '' });
    else if (replaced === 'history') events.emit('history replaced', fetched);
    else events.emit('revision fetched', fetched);
  }

  /** Reports a failure unless it was the last one reported: an outage of days is one line. */
  #failed(error: unknown): void {
    const { events, clock } = this.#options;
    this.#failures += 1;
    const fault = faultOf(error);
    const isKnown = this.#failure !== undefined && faultOf(this.#failure.error) === fault;
    this.#failure = { error, since: this.#failure?.since ?? clock.monotonic() };
    if (isKnown) return;
    const { commit } = this.#clone;
    events.emit('source unavailable', {
      fault,
      reason: messageOf(error),
      revision: commit?.id,
    });
  }
}

function faultOf(error: unknown): string {
  return error instanceof GitError ? error.fault : 'folder';
}

function unlessAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    void work.then(resolve).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
