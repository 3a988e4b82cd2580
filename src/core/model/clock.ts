/** A timer that can be called off. */
export interface Timer {
  /** Stops the timer; calling it after it fired, or twice, does nothing. */
  cancel(): void;
}

/**
 * Time as a parameter. Everything that waits or notes a time takes one, so that tests can move it.
 * All times are milliseconds since the Unix epoch, all spans milliseconds. The time of day may be stepped at any moment,
 * by a person or a time server: what lasts is measured with `monotonic`, or with the `now` of a {@link steadyClock}.
 */
export interface Clock {
  /** The current time, milliseconds since the epoch. */
  now(): number;
  /**
   * Milliseconds since some fixed moment of this run of the machine, the same one for all its processes where it has a
   * boot id. Never steps and never goes back, unlike `now`.
   */
  monotonic(): number;
  /** Calls `run` once after `ms` milliseconds of monotonic time. A `detached` timer does not keep the process alive. */
  after(ms: number, run: () => void, options?: { readonly detached?: boolean }): Timer;
}

/** A longer timer of Node would fire at once; a capped one fires early, and its owner checks again. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => Number(process.hrtime.bigint()) / 1e6,
  after(ms, run, options) {
    const handle = setTimeout(run, Math.min(ms, LONGEST_TIMER_MS));
    if (options?.detached) handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
};

/**
 * A clock whose `now` starts at the time of day of `wall` and continues without a step. Its times are comparable over
 * changes of the time of day.
 */
export function steadyClock(wall: Clock): Clock {
  const epoch = wall.now() - wall.monotonic();
  return {
    now: () => Math.floor(epoch + wall.monotonic()),
    monotonic: () => wall.monotonic(),
    after: (ms, run, options) => wall.after(ms, run, options),
  };
}

/** How long to wait after so many failures in a row: `firstMs`, doubled by each further one, `longestMs` at most. */
export function growingWait(failures: number, firstMs: number, longestMs: number): number {
  return Math.min(longestMs, firstMs * 2 ** (failures - 1));
}

/**
 * Waits `ms` milliseconds on `clock`.
 * Rejects with the signal's reason as soon as `signal` aborts; the timer is then called off.
 */
export function delay(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = (): void => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
