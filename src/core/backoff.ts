import type { Clock } from './clock.js';

const FIRST_MS = 1_000;
const LONGEST_MS = 5 * 60_000;
/** What is refused for good is tried again now and then, in case rights or the tenant changed. */
const TERMINAL_MS = 60 * 60_000;

/** A wait of one key. */
export interface Wait {
  /** What failed: the same attempt is not worth making before `until`. */
  readonly hash: string;
  readonly failures: number;
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly reason: string;
  readonly terminal: boolean;
}

/** Remembers what failed, by key: waits double from a second to five minutes, with jitter. */
export class Backoff {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #waits = new Map<string, Wait>();

  /** `random`: numbers from 0 to 1 for the jitter. */
  constructor(clock: Clock, random: () => number = Math.random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Notes a failure and says until when to wait. */
  failed(key: string, hash: string, reason: string, terminal: boolean): Wait {
    const last = this.#waits.get(key);
    const failures = last?.hash === hash ? last.failures + 1 : 1;
    const full = terminal ? TERMINAL_MS : Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1));
    const until = this.#clock.now() + full * (0.5 + this.#random() / 2);
    const wait = { hash, failures, until, reason, terminal };
    this.#waits.set(key, wait);
    return wait;
  }

  /** The wait that still stands for this very attempt; another attempt of the same key need not wait. */
  standing(key: string, hash: string): Wait | undefined {
    const wait = this.#waits.get(key);
    return wait?.hash === hash && wait.until > this.#clock.now() ? wait : undefined;
  }

  succeeded(key: string): void {
    this.#waits.delete(key);
  }

  /** Forgets every wait: somebody asked for another try. */
  clear(): void {
    this.#waits.clear();
  }
}
