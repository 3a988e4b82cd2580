import PQueue from 'p-queue';
import type { Clock } from '../core/model/clock.js';
import { type GateState, RateGate } from './gate.js';

/** The state of the gate, with all waiting requests in `queued`. */
export type BudgetState = Omit<GateState, 'waiting'> & { readonly queued: number };

/** The request budget of a tenant: concurrency, order and rate of all requests. */
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
   * Runs `task` in one of the slots, higher `priority` first. When `signal` aborts, a waiting task leaves the queue and the
   * call rejects with the reason; a running task keeps its slot until it settles.
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

  /** The current state of the budget. */
  state(): BudgetState {
    const { waiting, ...state } = this.gate.state();
    return { ...state, queued: this.#queue.size + waiting };
  }
}
