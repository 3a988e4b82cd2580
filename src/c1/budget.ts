import PQueue from 'p-queue';
import type { Clock } from '../core/model/clock.js';
import { type GateState, RateGate } from './gate.js';

/** The state of the budget: that of the gate, with `queued` for all requests that wait to be sent. */
export type BudgetState = Omit<GateState, 'waiting'> & { readonly queued: number };

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

  /** The current state of the budget. */
  state(): BudgetState {
    const { waiting, ...state } = this.gate.state();
    return { ...state, queued: this.#queue.size + waiting };
  }
}
