import type { Clock } from '../core/model/clock.js';
import type { Redactor } from '../core/redact/redactor.js';
import type { Lease } from '../core/state/lock.js';
import {
  type AnswerHeaders,
  exchange,
  type Message,
  type Transport,
  TransportError,
} from '../http/exchange.js';
import { retryAfter } from '../http/retry-after.js';
import { brokenCall, effectOn, MOST_BYTES, type Received, type Subject } from './answer.js';
import { ApiError } from './errors.js';
import { type Grant, PauseTooLong, type RateGate } from './gate.js';
import type { Attempt } from './retry.js';

/** A request and its result, for the log. */
export interface ObservedCall {
  readonly method: string;
  /** Path without query and without secrets. */
  readonly path: string;
  /** Missing when no answer came. */
  readonly status?: number | undefined;
  /** From sending to the end of the answer, milliseconds. */
  readonly durationMs: number;
  /** 1 for the first try of a call. */
  readonly attempt: number;
  /** The wait of the request in the queue, milliseconds. */
  readonly waitedMs: number;
}

/** Two clocks at one moment, milliseconds since the epoch. */
export interface ServerTime {
  /** Our clock. */
  readonly at: number;
  /** The server's clock. */
  readonly server: number;
}

/** One try of a call in flight. */
export interface Trip extends Attempt {
  /** The time of entry into the queue, milliseconds since the epoch. */
  readonly asked: number;
  readonly signal: AbortSignal | undefined;
}

/** The lease of a connection without a lock: never lost. */
const UNFENCED: Lease = { stillHeld: () => true, renew: async () => {} };

/** Dependencies of a sender. */
interface SenderParts {
  readonly gate: RateGate;
  readonly clock: Clock;
  /** The time of day: a `Retry-After` may be one. */
  readonly wall: Clock;
  readonly transport: Transport;
  readonly timeoutMs: number;
  readonly maxPauseMs: number;
  readonly redactor: Redactor;
  readonly observe: ((call: ObservedCall) => void) | undefined;
}

/** Sends single requests: admitted by the gate, counted, timed and observed. */
export class Sender {
  /** The number of sent requests. */
  requests = 0;
  /** The server's clock at the last answer. */
  serverTime: ServerTime | undefined;
  /** The condition of every request. */
  lease: Lease = UNFENCED;
  readonly #parts: SenderParts;

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  /**
   * Waits for a grant. Rejects with an ApiError if the tenant requests a longer pause than the call accepts. A call that
   * is not repeatable depends on what was observed before it: it accepts no longer wait than that since it was asked for.
   */
  async enter(call: Subject, { asked, patienceMs, signal }: Trip, urgent: boolean): Promise<Grant> {
    const spentMs = call.repeatable ? 0 : this.#parts.clock.now() - asked;
    if (spentMs > patienceMs) throw unsent(call, 0, 'other calls took too long');
    try {
      return await this.#parts.gate.pass({ signal, patienceMs: patienceMs - spentMs, urgent });
    } catch (error) {
      if (!(error instanceof PauseTooLong)) throw error;
      const seconds = Math.ceil(error.leftMs / 1000);
      throw unsent(call, error.leftMs, `the tenant asked for a pause of another ${seconds} s (429)`);
    }
  }

  /** Returns an unused grant. */
  leave(grant: Grant): void {
    this.#parts.gate.answered(grant, false);
  }

  /**
   * Sends one request in the same turn in which it checks the lease, and reports the result to the gate and the observer.
   * Rejects when the lease is lost: nothing was sent.
   */
  async send(call: Subject, message: Message, leave: Grant, trip: Trip): Promise<Received> {
    let grant = leave;
    while (!this.lease.stillHeld()) {
      this.leave(grant);
      await this.lease.renew();
      grant = await this.enter(call, trip, false);
    }
    return this.#sendNow(call, message, grant, trip);
  }

  async #sendNow(call: Subject, message: Message, grant: Grant, trip: Trip): Promise<Received> {
    const { asked, number, signal } = trip;
    const { gate, clock, wall, transport, timeoutMs, maxPauseMs, redactor, observe } = this.#parts;
    const sent = clock.now();
    let status: number | undefined;
    let retryAfterMs: number | undefined;
    this.requests += 1;
    const onHead = (seen: number, headers: AnswerHeaders): void => {
      status = seen;
      this.#noteServerTime(headers);
      retryAfterMs = retryAfter(headers, wall.now(), maxPauseMs);
      gate.answered(grant, seen !== 429);
      if (seen === 429) retryAfterMs = gate.refused(grant, retryAfterMs);
    };
    try {
      const { maxBytes = MOST_BYTES } = call;
      const terms = { transport, clock, timeoutMs, maxBytes, signal, onHead };
      return { ...(await exchange(message, terms)), retryAfterMs };
    } catch (error) {
      if (error instanceof TransportError) throw brokenCall(call, error, timeoutMs);
      throw call.repeatable ? error : interrupted(call, error);
    } finally {
      gate.answered(grant, false);
      observe?.({
        method: call.method,
        path: redactor.text(call.path),
        status,
        durationMs: clock.now() - sent,
        attempt: number,
        waitedMs: sent - asked,
      });
    }
  }

  #noteServerTime(headers: AnswerHeaders): void {
    const server = Date.parse(headers.get('date') ?? '');
    if (!Number.isNaN(server)) this.serverTime = { at: this.#parts.clock.now(), server };
  }
}

function unsent(call: Subject, retryAfterMs: number, why: string): ApiError {
  return new ApiError(`${call.method} ${call.path} was not sent: ${why}`, call, {
    effect: 'none',
    retryAfterMs,
  });
}

function interrupted(call: Subject, reason: unknown): ApiError {
  return new ApiError(
    `${call.method} ${call.path} was called off before its answer came`,
    call,
    { effect: effectOn(call) },
    { cause: reason },
  );
}
