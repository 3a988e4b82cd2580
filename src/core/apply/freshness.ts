import type { Clock } from '../model/clock.js';
import type { SweepScope } from '../observe/observation.js';
import type { Planned } from '../plan/input.js';

/** An observation older than this is not written from, milliseconds. */
const FRESH_MS = 30_000;

/** With more objects than this waiting, one look serves many of them. */
const FEW = 10;

/** What freshness works with. */
export interface FreshnessParts {
  readonly clock: Clock;
  /** At most. */
  readonly requestsPerSecond: number;
  /** Observes and plans again. */
  readonly refresh: (keys: ReadonlySet<string>, signal?: AbortSignal) => Promise<Planned>;
}

/** One look for many objects. */
interface SharedLook {
  readonly keys: ReadonlySet<string>;
  /** When it began, milliseconds since the epoch. */
  readonly at: number;
  /** Undefined where it failed. */
  readonly planned: Promise<Planned | undefined>;
}

/** Sees to it that nothing is written from an old look. */
export class Freshness {
  readonly #parts: FreshnessParts;
  /** When an object was last written, by us or others, by key: looks from before do not count for it. */
  readonly #touched = new Map<string, number>();
  /** Objects that wait to be written or are being written, in the order of their turns. */
  readonly #waiting = new Set<string>();
  #shared: SharedLook | undefined;

  constructor(parts: FreshnessParts) {
    this.#parts = parts;
  }

  /** Says that an object waits for its turn. */
  waits(key: string): void {
    this.#waiting.add(key);
  }

  /** Says that an object was worked on: what was seen of it before is old. */
  touch(key: string): void {
    this.#waiting.delete(key);
    // A look holds everything that it saw.
    if (this.#waiting.size === 0) this.#shared = undefined;
    this.#touched.set(key, this.#parts.clock.now());
  }

  /** Says that somebody else changed an object: looks that began before `at` do not count for it. */
  changedElsewhere(key: string, at: number): void {
    this.#touched.set(key, Math.max(at - 1, this.#touched.get(key) ?? 0));
  }

  /** Says that a later plan is there for what `scope` takes in: what waits is written from it, or looked at again. */
  superseded(scope: SweepScope, going: ReadonlySet<string>): void {
    for (const key of this.#waiting) {
      if (going.has(key) || (scope !== 'all' && !scope.has(key))) continue;
      this.#touched.set(key, this.#parts.clock.now());
    }
  }

  /** True when a look is good enough to write an object from. */
  isFresh(key: string, { observation }: Planned): boolean {
    return this.#isGood(key, observation.at);
  }

  #isGood(key: string, at: number): boolean {
    const touched = this.#touched.get(key);
    if (touched !== undefined && touched >= at) return false;
    const age = this.#parts.clock.now() - at;
    // A look from the future was made before the clock was set back: nobody knows how old it is.
    return age >= 0 && age <= FRESH_MS;
  }

  /** Another look at an object: by id, or at the lists together with the next of those that wait, where many do. */
  async lookAgain(key: string, signal: AbortSignal): Promise<Planned> {
    if (this.#waiting.size > FEW) {
      const planned = await this.#share(key, signal).planned;
      if (planned !== undefined && this.isFresh(key, planned)) return planned;
    }
    return this.#parts.refresh(new Set([key]), signal);
  }

  #share(key: string, signal: AbortSignal): SharedLook {
    const last = this.#shared;
    if (last?.keys.has(key) && this.#isGood(key, last.at)) return last;
    // So many that reading them takes half of the time that a look lasts, and writing them the other half.
    const batch = Math.max(FEW, Math.floor((this.#parts.requestsPerSecond * FRESH_MS) / 2000));
    const keys = new Set([key, ...[...this.#waiting].slice(0, batch)]);
    const planned = this.#parts.refresh(keys, signal).catch(() => undefined);
    this.#shared = { keys, at: this.#parts.clock.now(), planned };
    return this.#shared;
  }
}
