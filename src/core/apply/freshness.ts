import type { Clock } from '../model/clock.js';
import type { SweepScope } from '../model/scope.js';
import type { Observation } from '../observe/observation.js';
import type { Planned } from '../plan/input.js';

/** The oldest observation to write from, milliseconds. */
const FRESH_MS = 30_000;

/** With more queued objects than this, they share an observation. */
const FEW = 10;

/** The parts of freshness. */
export interface FreshnessParts {
  readonly clock: Clock;
  /** At most. */
  readonly requestsPerSecond: number;
  /** Observes and plans again. */
  readonly refresh: (keys: ReadonlySet<string>, signal?: AbortSignal) => Promise<Planned>;
}

/** One observation for many objects. */
interface SharedObservation {
  readonly keys: ReadonlySet<string>;
  /** When it began, milliseconds since the epoch. */
  readonly at: number;
  /** Undefined where it failed. */
  readonly planned: Promise<Planned | undefined>;
}

/** Decides which observations are fresh enough to write from, and refreshes the others. */
export class Freshness {
  readonly #parts: FreshnessParts;
  /** When an object was last written, by us or others, by key: earlier observations are outdated for it. */
  readonly #touched = new Map<string, number>();
  /** Keys of queued and running jobs, in order. */
  readonly #waiting = new Set<string>();
  #shared: SharedObservation | undefined;
  /** Plans that were carried out, the number of each by its observation, and the last ones: of everything, and of an object. */
  #plans = 0;
  readonly #numbers = new WeakMap<Observation, number>();
  #lastOfAll = 0;
  readonly #lastOf = new Map<string, number>();

  constructor(parts: FreshnessParts) {
    this.#parts = parts;
  }

  /** Notes that the job of an object is queued. */
  waits(key: string): void {
    this.#waiting.add(key);
  }

  /** Notes that the job of an object has ended: earlier observations are outdated. */
  touch(key: string): void {
    this.#waiting.delete(key);
    // An observation holds all its objects in memory.
    if (this.#waiting.size === 0) this.#shared = undefined;
    this.outdate(key);
  }

  /** Notes that an object may have changed: earlier observations are outdated. */
  outdate(key: string): void {
    this.#touched.set(key, this.#parts.clock.now());
  }

  /** Notes that somebody else changed an object: observations that began before `at` are outdated. */
  changedElsewhere(key: string, at: number): void {
    this.#touched.set(key, Math.max(at - 1, this.#touched.get(key) ?? 0));
  }

  /** Notes a plan that is carried out: changes of earlier ones are refreshed, be they queued or behind a parent. */
  supersedes(scope: SweepScope, { observation }: Planned): void {
    this.#plans += 1;
    this.#numbers.set(observation, this.#plans);
    if (scope === 'all') this.#lastOfAll = this.#plans;
    else for (const key of scope) this.#lastOf.set(key, this.#plans);
  }

  /** True when an observation is fresh enough to write an object from. */
  isFresh(key: string, { observation }: Planned): boolean {
    const last = Math.max(this.#lastOfAll, this.#lastOf.get(key) ?? 0);
    const number = this.#numbers.get(observation) ?? last;
    return number >= last && this.#isGood(key, observation.at);
  }

  #isGood(key: string, at: number): boolean {
    const touched = this.#touched.get(key);
    if (touched !== undefined && touched >= at) return false;
    const age = this.#parts.clock.now() - at;
    // An observation from the future precedes a clock change, so its age is unknown.
    return age >= 0 && age <= FRESH_MS;
  }

  /** Observes an object again: alone, or together with other queued objects where there are many. */
  async refresh(key: string, signal: AbortSignal): Promise<Planned> {
    if (this.#waiting.size > FEW) {
      const planned = await this.#share(key, signal).planned;
      if (planned !== undefined && this.isFresh(key, planned)) return planned;
    }
    return this.#parts.refresh(new Set([key]), signal);
  }

  #share(key: string, signal: AbortSignal): SharedObservation {
    const last = this.#shared;
    if (last?.keys.has(key) && this.#isGood(key, last.at)) return last;
    // As many as can be read in half of the time that an observation stays fresh, and written in the other half.
    const batch = Math.max(FEW, Math.floor((this.#parts.requestsPerSecond * FRESH_MS) / 2000));
    const keys = new Set([key, ...[...this.#waiting].slice(0, batch)]);
    const planned = this.#parts.refresh(keys, signal).catch(() => undefined);
    this.#shared = { keys, at: this.#parts.clock.now(), planned };
    return this.#shared;
  }
}
