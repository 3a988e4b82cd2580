import { type Clock, delay, growingWait } from '../core/model/clock.js';
import type { Random } from '../core/model/random.js';

/** A part that is kept running. */
export interface Supervised {
  /** Runs until the process stops; throws where it cannot go on. */
  readonly run: () => Promise<void>;
  /** Called after each failure. `nextTry`: milliseconds since the epoch. */
  readonly onFailure: (error: unknown, nextTry: number) => void;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborts when the process stops. */
  readonly signal: AbortSignal;
}

const FIRST_MS = 5_000;
const LONGEST_MS = 5 * 60_000;

/** Runs a part of the process, and again after each failure: later each time, unless it had run for long. */
export async function supervise({ run, onFailure, clock, random, signal }: Supervised): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    const began = clock.monotonic();
    try {
      return await run();
    } catch (error) {
      failures = clock.monotonic() - began > LONGEST_MS ? 1 : failures + 1;
      const ms = growingWait(failures, FIRST_MS, LONGEST_MS) * (0.5 + random.number() / 2);
      onFailure(error, clock.now() + ms);
      await delay(clock, ms, signal).catch(() => undefined);
    }
  }
}
