import type { Standing } from './change.js';
import type { Clock } from './clock.js';

/** Where an object stands, and since when. Times are milliseconds since the epoch. */
export interface BoardEntry extends Standing {
  readonly since: number;
  readonly lastAttempt?: number;
  readonly lastSuccess?: number;
}

/** The present standing of every object. */
export class Board {
  readonly #entries = new Map<string, BoardEntry>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes a standing. True when the object is new here, or its status or reason is another than before. */
  note(standing: Standing, attempt?: { readonly succeeded: boolean }): boolean {
    const now = this.#clock.now();
    const last = this.#entries.get(standing.key);
    const changed = last === undefined || last.status !== standing.status || last.reason !== standing.reason;
    const sameStatus = last !== undefined && last.status === standing.status;
    const attempted = attempt === undefined ? last?.lastAttempt : now;
    const succeeded = attempt?.succeeded === true ? now : last?.lastSuccess;
    this.#entries.set(standing.key, {
      ...standing,
      since: sameStatus ? last.since : now,
      ...(attempted === undefined ? {} : { lastAttempt: attempted }),
      ...(succeeded === undefined ? {} : { lastSuccess: succeeded }),
    });
    return changed;
  }

  /** Drops what is not there any more. */
  keep(keys: ReadonlySet<string>): void {
    for (const key of this.#entries.keys()) if (!keys.has(key)) this.#entries.delete(key);
  }

  get(key: string): BoardEntry | undefined {
    return this.#entries.get(key);
  }

  /** Every entry, sorted by key. */
  entries(): readonly BoardEntry[] {
    return [...this.#entries.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  }
}
