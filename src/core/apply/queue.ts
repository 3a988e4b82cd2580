import PQueue from 'p-queue';

/** One piece of work on one object. */
export interface Job {
  /** Only one job of a key runs at a time; of the queued ones, only the newest stays. */
  readonly key: string;
  /** Higher runs first. */
  readonly priority: number;
  /** Does the work. Must not throw: the job handles its failures. */
  run(signal: AbortSignal): Promise<void>;
}

/** The outcome of a job in the queue. */
export type JobEnd = 'done' | 'superseded' | 'dropped';

/** A queue with one entry a key. */
export interface WorkQueue {
  /** Resolves when the job has run, was replaced by a newer one of its key, or was dropped by `close`. */
  add(job: Job): Promise<JobEnd>;
  /** Resolves when no job is queued or running. */
  onIdle(): Promise<void>;
  /** Queued and running jobs. */
  readonly size: { readonly waiting: number; readonly running: number };
  /** Drops queued jobs, lets running ones finish, and aborts them when `abort` fires. Later jobs are dropped. */
  close(abort?: AbortSignal): Promise<void>;
}

interface Entry {
  readonly job: Job;
  readonly end: (how: JobEnd) => void;
}

/** The queue of one process, on p-queue. `concurrency`: how many keys are worked on at once. */
export class MemoryQueue implements WorkQueue {
  readonly #queue: PQueue;
  readonly #waiting = new Map<string, Entry>();
  readonly #running = new Set<string>();
  /** The newest job of each running key; it is queued when the running one ends. */
  readonly #next = new Map<string, Entry>();
  readonly #abort = new AbortController();
  #isClosed = false;

  constructor(options: { readonly concurrency: number }) {
    this.#queue = new PQueue({ concurrency: options.concurrency });
  }

  get size(): { waiting: number; running: number } {
    return { waiting: this.#waiting.size + this.#next.size, running: this.#running.size };
  }

  add(job: Job): Promise<JobEnd> {
    if (this.#isClosed) return Promise.resolve('dropped');
    return new Promise((resolve) => {
      const entry: Entry = { job, end: resolve };
      if (this.#running.has(job.key)) replace(this.#next, entry);
      else this.#enqueue(entry);
    });
  }

  #enqueue(entry: Entry): void {
    const { key, priority } = entry.job;
    replace(this.#waiting, entry);
    void this.#queue.add(() => this.#take(key, entry), { priority });
  }

  /** Runs `entry` unless a newer one took its place while it waited. */
  async #take(key: string, entry: Entry): Promise<void> {
    if (this.#waiting.get(key) !== entry) return;
    this.#waiting.delete(key);
    this.#running.add(key);
    try {
      await entry.job.run(this.#abort.signal);
    } finally {
      this.#running.delete(key);
      entry.end('done');
      const next = this.#next.get(key);
      this.#next.delete(key);
      if (next !== undefined) this.#enqueue(next);
    }
  }

  async onIdle(): Promise<void> {
    await this.#queue.onIdle();
  }

  async close(abort?: AbortSignal): Promise<void> {
    this.#isClosed = true;
    for (const entries of [this.#waiting, this.#next]) {
      for (const { end } of entries.values()) end('dropped');
      entries.clear();
    }
    const onAbort = (): void => this.#abort.abort(abort?.reason);
    if (abort?.aborted) onAbort();
    else abort?.addEventListener('abort', onAbort, { once: true });
    await this.#queue.onIdle();
    abort?.removeEventListener('abort', onAbort);
  }
}

function replace(entries: Map<string, Entry>, entry: Entry): void {
  entries.get(entry.job.key)?.end('superseded');
  entries.set(entry.job.key, entry);
}
