import { type Clock, delay, growingWait } from '../core/model/clock.js';
import type { Random } from '../core/model/random.js';
import { ApiError } from './errors.js';

/** The limits of the tries of a call. */
const ATTEMPTS = 3;
const REFUSED_ATTEMPTS = 5;
/** The longest time of a call with refusals for its rate, milliseconds. */
const PATIENCE_MS = 120_000;
const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 10_000;

/** One try of a call. */
export interface Attempt {
  /** 1 for the first. */
  readonly number: number;
  /** The longest pause to accept from the tenant, milliseconds. */
  readonly patienceMs: number;
}

/** The facts of a call that decide on its tries. */
interface Persistent {
  readonly path: string;
  readonly repeatable: boolean;
  /**
   * The longest time to persist, milliseconds: of a repeatable call where the tenant refuses it for its rate, of another one
   * in all. Two minutes by default.
   */
  readonly patienceMs?: number | undefined;
}

/**
 * Tries a call until it succeeds or a further try is useless or unsafe; rejects with its last error.
 * A 429 of the API did nothing: the call is retried when the paused budget admits it. Other transient failures are tried three
 * times with growing waits, if the call is repeatable or certainly did nothing. Errors of other paths, such as the token
 * endpoint, have had their own tries.
 */
export async function persist<T>(
  call: Persistent,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
  attempt: (attempt: Attempt) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const { patienceMs: mostMs = PATIENCE_MS } = call;
  let failures = 0;
  let refusals = 0;
  // A call that is not repeatable depends on what was observed before it: all of its time counts.
  let since = call.repeatable ? undefined : clock.monotonic();
  for (;;) {
    const patienceMs = mostMs - (since === undefined ? 0 : clock.monotonic() - since);
    try {
      return await attempt({ number: failures + refusals + 1, patienceMs });
    } catch (error) {
      if (!(error instanceof ApiError) || error.path !== call.path || error.terminal) throw error;
      if (error.status === 429 && mayRepeat(call, error)) {
        refusals += 1;
        since ??= clock.monotonic();
        const spentMs = clock.monotonic() - since;
        if (refusals >= REFUSED_ATTEMPTS || spentMs + (error.retryAfterMs ?? 0) > mostMs) throw error;
        continue;
      }
      failures += 1;
      const waitMs = Math.max(backoff(failures, random), error.retryAfterMs ?? 0);
      const leftMs = mostMs - (since === undefined ? 0 : clock.monotonic() - since);
      if (failures >= ATTEMPTS || !mayRepeat(call, error) || waitMs > leftMs) throw error;
      await delay(clock, waitMs, signal);
    }
  }
}

function mayRepeat(call: Persistent, error: ApiError): boolean {
  if (error.status === 409) return false;
  return call.repeatable || error.effect === 'none';
}

/** The wait doubles with each failure. Half of it is random, so that callers do not retry together. */
function backoff(failures: number, random: Random): number {
  const full = growingWait(failures, FIRST_BACKOFF_MS, LONGEST_BACKOFF_MS);
  return full / 2 + (random.number() * full) / 2;
}
