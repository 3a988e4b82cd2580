import type { Clock } from '../core/model/clock.js';

/** A token bucket with a burst of one second. */
export class RateLimit {
  readonly #clock: Clock;
  #tokens = Number.POSITIVE_INFINITY;
  #at: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#at = clock.now();
  }

  /** Counts a request: 0 admits it, otherwise the number of seconds to wait. `perSecond` of 0 means no limit. */
  take(perSecond: number): number {
    if (perSecond <= 0) return 0;
    const burst = Math.max(1, perSecond);
    const now = this.#clock.now();
    this.#tokens = Math.min(burst, this.#tokens + (Math.max(0, now - this.#at) / 1000) * perSecond);
    this.#at = now;
    if (this.#tokens < 1) return Math.ceil((1 - this.#tokens) / perSecond);
    this.#tokens -= 1;
    return 0;
  }
}
