import { type Clock, growingWait } from '../model/clock.js';
import { type Random, systemRandom } from '../model/random.js';
import type { DecisionStore, KeptWait } from '../state/decision-store.js';

const FIRST_MS = 1_000;
const LONGEST_MS = 5 * 60_000;
/** A terminal failure is retried at this interval, in case rights or the tenant changed. */
const TERMINAL_MS = 60 * 60_000;

/** An attempt whose input has changed waits at least this long after the last one, milliseconds. */
const CHANGED_MS = 60_000;

/** A wait of one key. */
export interface Wait {
  /** The attempt that failed; it is not repeated before `until`. */
  readonly hash: string;
  /** When it failed, milliseconds since the epoch; 0 where another process saw it. */
  readonly at: number;
  readonly failures: number;
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly reason: string;
  readonly terminal: boolean;
}

/** The duration of a wait, on the monotonic clock, milliseconds. */
interface Span {
  readonly begun: number;
  readonly ms: number;
  /** For another attempt than the one that failed. */
  readonly changedMs: number;
}

/**
 * Remembers failures by key: waits double from a second to five minutes, with jitter. A terminal failure waits an hour,
 * also across a restart. A wait ends early, a minute after the failure, when another attempt
 * of its key is due; its failures still count.
 */
export class Backoff {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #decisions: Pick<DecisionStore, 'waits' | 'putWait'> | undefined;
  readonly #waits = new Map<string, Wait & Span>();

  /** `random`: for the jitter. `decisions`: where waits outlive the process. */
  constructor(
    clock: Clock,
    random: Random = systemRandom,
    decisions?: Pick<DecisionStore, 'waits' | 'putWait'>,
  ) {
    this.#clock = clock;
    this.#random = random;
    this.#decisions = decisions;
    for (const [key, wait] of decisions?.waits ?? []) this.#recall(key, wait);
  }

  /** Notes a failure and returns its wait. */
  failed(key: string, hash: string, reason: string, terminal: boolean): Wait {
    const last = this.#waits.get(key);
    const failures = (last?.failures ?? 0) + 1;
    const at = this.#clock.now();
    const full = terminal ? TERMINAL_MS : growingWait(failures, FIRST_MS, LONGEST_MS);
    const ms = full * (0.5 + this.#random.number() / 2);
    const until = at + ms;
    const wait = { hash, at, failures, until, reason, terminal };
    this.#waits.set(key, { ...wait, begun: this.#clock.monotonic(), ms, changedMs: CHANGED_MS });
    this.#keep(key, terminal ? { hash, failures, until, reason } : undefined);
    return wait;
  }

  /** The wait that still stands for this attempt; another attempt than the one that failed waits a minute at most. */
  standing(key: string, hash: string): Wait | undefined {
    const wait = this.#waits.get(key);
    if (wait === undefined) return undefined;
    const { begun, ms, changedMs, ...rest } = wait;
    const span = wait.hash === hash ? ms : Math.min(ms, changedMs);
    const left = begun + span - this.#clock.monotonic();
    return left > 0 ? { ...rest, until: this.#clock.now() + left } : undefined;
  }

  succeeded(key: string): void {
    this.#waits.delete(key);
    this.#keep(key, undefined);
  }

  /** Forgets every wait, for a retry by a command. */
  clear(): void {
    for (const key of [...this.#waits.keys()]) this.succeeded(key);
  }

  /** A kept wait is at most as long as a new one, even after a clock change. */
  #recall(key: string, wait: KeptWait): void {
    const ms = Math.min(TERMINAL_MS, wait.until - this.#clock.now());
    const span = { begun: this.#clock.monotonic(), ms, changedMs: 0 };
    this.#waits.set(key, { ...wait, at: 0, terminal: true, ...span });
  }

  /** A wait that cannot be kept costs one retry after the next start. */
  #keep(key: string, wait: KeptWait | undefined): void {
    this.#decisions?.putWait(key, wait).catch(() => {});
  }
}
