import type { Clock } from '../core/model/clock.js';

/** A token bucket that holds one second's worth. */
export class RateLimit {
  readonly #clock: Clock;
  #tokens = Number.POSITIVE_INFINITY;
  #at: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#at = clock.now();
  }

  /** Takes a request at `perSecond`: 0 when it may pass, otherwise the whole seconds to wait. No limit at 0. */
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
