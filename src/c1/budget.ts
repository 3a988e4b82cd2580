import PQueue from 'p-queue';
import type { Clock } from '../core/model/clock.js';
import { RateGate } from './gate.js';

/** What the budget is doing. Rates are requests a second, `pausedUntil` is milliseconds since the epoch. */
export interface BudgetState {
  /** The present rate: the limit, or less for a while after the tenant refused requests. */
  readonly rate: number;
  readonly limit: number;
  /** Until when the tenant asked to be left alone, if it did. */
  readonly pausedUntil: number | undefined;
  /** How many requests wait to be sent. */
  readonly queued: number;
  /** How many were sent and await their answer. */
  readonly inFlight: number;
}

/** The one allowance that every request to a tenant draws on: how many at once, in which order, how many a second. */
export class Budget {
  readonly gate: RateGate;
  readonly #queue: PQueue;

  constructor(options: {
    readonly clock: Clock;
    readonly requestsPerSecond: number;
    readonly concurrency: number;
  }) {
    this.gate = new RateGate(options.clock, options.requestsPerSecond);
    this.#queue = new PQueue({ concurrency: options.concurrency });
  }

  /**
   * Runs `task` in one of the places, higher `priority` first. A task that still waits when `signal` aborts leaves the
   * queue at once and the call rejects with the reason; a task that runs keeps its place until it settles.
   */
  async run<T>(
    task: () => Promise<T>,
    options: { readonly priority: number; readonly signal?: AbortSignal | undefined },
  ): Promise<T> {
    const { priority, signal } = options;
    signal?.throwIfAborted();
    const waiting = new AbortController();
    const leave = (): void => waiting.abort(signal?.reason);
    signal?.addEventListener('abort', leave, { once: true });
    try {
      return await this.#queue.add(
        () => {
          signal?.removeEventListener('abort', leave);
          return task();
        },
        { priority, signal: waiting.signal },
      );
    } finally {
      signal?.removeEventListener('abort', leave);
    }
  }

  /** What the budget is doing now. */
  state(): BudgetState {
    const { rate, limit, pausedUntil, waiting, inFlight } = this.gate.state();
    return { rate, limit, pausedUntil, queued: this.#queue.size + waiting, inFlight };
  }
}
