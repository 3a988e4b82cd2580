import type { Standing } from '../model/change.js';
import type { Clock } from '../model/clock.js';
import type { ChangeJson } from './shown.js';

/** The standing of an object, and since when. Times are milliseconds since the epoch. */
export interface StatusEntry extends Standing {
  readonly since: number;
  readonly lastAttempt: number | undefined;
  readonly lastSuccess: number | undefined;
  /** The planned change, held or not; missing without one. */
  readonly change: ChangeJson | undefined;
}

/** The present standing of every object and its planned change. */
export class StatusStore {
  readonly #entries = new Map<string, StatusEntry>();
  /** Keys in order; undefined after one was added or removed. */
  #sorted: readonly string[] | undefined;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes a standing; `attempt`: of a change whose calls were sent. True when the object is new, or its status or reason has changed. */
  note(standing: Standing, attempt?: { readonly succeeded: boolean }): boolean {
    const now = this.#clock.now();
    const last = this.#entries.get(standing.key);
    const changed = last === undefined || last.status !== standing.status || last.reason !== standing.reason;
    const sameStatus = last !== undefined && last.status === standing.status;
    if (last === undefined) this.#sorted = undefined;
    this.#entries.set(standing.key, {
      ...standing,
      since: sameStatus ? last.since : now,
      lastAttempt: attempt === undefined ? last?.lastAttempt : now,
      lastSuccess: attempt?.succeeded === true ? now : last?.lastSuccess,
      change: last?.change,
    });
    return changed;
  }

  /** Notes the planned change of an object that has a standing; undefined for none. */
  expect(key: string, change: ChangeJson | undefined): void {
    const entry = this.#entries.get(key);
    if (entry === undefined || (entry.change === undefined && change === undefined)) return;
    this.#entries.set(key, { ...entry, change });
  }

  /** Drops an object. */
  drop(key: string): void {
    if (this.#entries.delete(key)) this.#sorted = undefined;
  }

  /** Drops every object that is not among `keys`. */
  keep(keys: ReadonlySet<string>): void {
    for (const key of this.#entries.keys()) if (!keys.has(key)) this.drop(key);
  }

  get(key: string): StatusEntry | undefined {
    return this.#entries.get(key);
  }

  /** Every entry, sorted by key. */
  entries(): readonly StatusEntry[] {
    this.#sorted ??= [...this.#entries.keys()].sort();
    return this.#sorted.flatMap((key) => this.#entries.get(key) ?? []);
  }
}
