import { type Clock, growingWait, type Timer } from '../core/model/clock.js';

/** A second, and a little more: both sides count in whole milliseconds. */
const SECOND_MS = 1002;
/** The second for the pace of grants, milliseconds: a little longer, so that grants seldom wait for the window. */
const PACED_SECOND_MS = 1006;
/** The lost time of late timers or idleness that the gate catches up, and the factor of the pace meanwhile. */
const CATCH_UP_MS = 150;
const CATCH_UP_SPEED = 2;
/** The largest assumed delay of a request on its way to the tenant. */
const LATE_MS = 250;
/** The number of remembered times to an answer, and the number for a usual time. */
const TIMES_KEPT = 32;
const TIMES_NEEDED = 8;
/** Seconds from half the rate back to the whole. */
const CLIMB_SECONDS = 10;
/** The rate never falls below this share of the limit. */
const FLOOR = 1 / 16;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/** The state of the gate. Rates are requests a second, `pausedUntil` is milliseconds since the epoch. */
export interface GateState {
  readonly rate: number;
  readonly limit: number;
  readonly pausedUntil: number | undefined;
  readonly waiting: number;
  readonly inFlight: number;
}

/** The permission to send one request now. */
export interface Grant {
  /** The time of the grant, on the monotonic clock. */
  readonly at: number;
  /** Milliseconds until the answer began; undefined before. Set by the gate. */
  tookMs: number | undefined;
}

/** The refusal of a waiter: the tenant requested a pause longer than its patience. */
export class PauseTooLong extends Error {
  override readonly name: string = 'PauseTooLong';
  /** Milliseconds left of the pause. */
  readonly leftMs: number;

  constructor(leftMs: number) {
    super('the tenant asked for a longer pause than the caller will wait');
    this.leftMs = leftMs;
  }
}

interface Waiter {
  /** On the monotonic clock: it waits for no pause that ends later. */
  readonly until: number;
  readonly grant: (grant: Grant) => void;
  readonly refuse: (error: unknown) => void;
}

/**
 * Admits requests at a steady pace, never more than the limit in any sliding second of the tenant.
 * A fractional limit counts as the whole number below it; a limit below 1 stretches the second instead.
 *
 * A refusal for too many requests pauses the gate and halves the rate. The rate then climbs back evenly.
 */
export class RateGate {
  readonly #clock: Clock;
  readonly #limit: number;
  /** The largest number of grants in any span of `windowMs`. */
  readonly #places: number;
  readonly #windowMs: number;
  readonly #waiters: Waiter[] = [];
  #recent: Grant[] = [];
  readonly #open = new Set<Grant>();
  #timer: Timer | undefined;
  /** The time of the next grant by pace alone, and its earliest time when it is late. */
  #due = Number.NEGATIVE_INFINITY;
  #soonest = 0;
  /** The last times to an answer, milliseconds. */
  readonly #times: number[] = [];
  #pausedUntil = 0;
  #pauses = 0;
  #reducedAt = Number.NEGATIVE_INFINITY;
  #reduced: { readonly rate: number; readonly from: number } | undefined;

  /** `limit` is requests a second, above zero. */
  constructor(clock: Clock, limit: number) {
    if (!(limit > 0) || !Number.isFinite(limit))
      throw new RangeError(`a rate must be above zero, not ${limit}`);
    this.#clock = clock;
    this.#limit = limit;
    this.#places = Math.max(1, Math.floor(limit));
    this.#windowMs = SECOND_MS * Math.max(1, 1 / limit);
  }

  /**
   * Waits for a grant to send one request; `answered` must follow every grant. First come, first served; `urgent` requests
   * go first. Rejects with the signal's reason, or with {@link PauseTooLong} where pauses of the tenant, one after another,
   * last longer than `patienceMs` from now.
   */
  pass(
    options: {
      readonly signal?: AbortSignal | undefined;
      readonly patienceMs?: number;
      readonly urgent?: boolean;
    } = {},
  ): Promise<Grant> {
    const { signal, patienceMs = Number.POSITIVE_INFINITY, urgent = false } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    let leave = (): void => {};
    const passing = new Promise<Grant>((grant, refuse) => {
      const waiter: Waiter = { until: this.#now() + patienceMs, grant, refuse };
      leave = () => {
        this.#sendAway(waiter, signal?.reason);
        this.#pump();
      };
      if (urgent) this.#waiters.unshift(waiter);
      else this.#waiters.push(waiter);
    });
    signal?.addEventListener('abort', leave, { once: true });
    this.#pump();
    return passing.finally(() => signal?.removeEventListener('abort', leave));
  }

  #sendAway(waiter: Waiter, reason: unknown): void {
    this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
    waiter.refuse(reason);
  }

  /** Reports that the answer to a granted request began or failed. `ok`: no refusal for its rate. */
  answered(grant: Grant, ok: boolean): void {
    if (!this.#open.delete(grant)) return;
    const tookMs = this.#now() - grant.at;
    grant.tookMs = tookMs;
    this.#times.push(tookMs);
    if (this.#times.length > TIMES_KEPT) this.#times.shift();
    if (ok && grant.at >= this.#reducedAt) this.#pauses = 0;
  }

  /**
   * Reports that the tenant refused a granted request for its rate. The gate pauses for `ms` or, without it, for a time that
   * doubles each time. Returns the pause. Refusals of requests sent before the last refusal count as the same event.
   */
  refused(grant: Grant, ms?: number): number {
    const now = this.#now();
    const news = grant.at >= this.#reducedAt;
    if (news) this.#pauses += 1;
    const span = ms ?? growingWait(this.#pauses, FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
    this.#pausedUntil = Math.max(this.#pausedUntil, now + span);
    this.#due = Math.max(this.#due, this.#pausedUntil);
    const rate = news ? Math.max(this.#limit * FLOOR, this.#rate(now) / 2) : this.#reduced?.rate;
    if (rate !== undefined) this.#reduced = { rate, from: this.#pausedUntil };
    if (news) this.#reducedAt = now;
    this.#pump();
    return span;
  }

  /** The current state of the gate. */
  state(): GateState {
    const now = this.#now();
    return {
      rate: this.#rate(now),
      limit: this.#limit,
      pausedUntil: this.#pausedUntil > now ? this.#clock.now() + this.#pausedUntil - now : undefined,
      waiting: this.#waiters.length,
      inFlight: this.#open.size,
    };
  }

  #rate(now: number): number {
    if (this.#reduced === undefined) return this.#limit;
    const climbed = (Math.max(0, now - this.#reduced.from) / 1000) * (this.#limit / 2 / CLIMB_SECONDS);
    return Math.min(this.#limit, this.#reduced.rate + climbed);
  }

  #pump(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (;;) {
      const now = this.#now();
      this.#refuseImpatient(now);
      const next = this.#waiters[0];
      if (next === undefined) return;
      const at = Math.max(this.#pausedUntil, this.#due, this.#soonest, this.#windowFree(now));
      if (at > now) {
        this.#timer = this.#clock.after(Math.ceil(at - now), () => this.#pump());
        return;
      }
      this.#waiters.shift();
      const gapMs = PACED_SECOND_MS / this.#rate(now);
      this.#due = Math.max(this.#due, now - CATCH_UP_MS) + gapMs;
      this.#soonest = now + gapMs / CATCH_UP_SPEED;
      const grant: Grant = { at: now, tookMs: undefined };
      this.#recent.push(grant);
      this.#open.add(grant);
      next.grant(grant);
    }
  }

  #refuseImpatient(now: number): void {
    const left = this.#pausedUntil - now;
    if (left <= 0) return;
    const impatient = this.#waiters.filter(({ until }) => until < this.#pausedUntil);
    for (const waiter of impatient) this.#sendAway(waiter, new PauseTooLong(left));
  }

  /** The time at which the sliding second allows one more. */
  #windowFree(now: number): number {
    const usualMs = this.#times.length < TIMES_NEEDED ? 0 : Math.min(...this.#times);
    this.#recent = this.#recent.filter((sent) => arrivedBy(sent, now, usualMs) + this.#windowMs > now);
    if (this.#recent.length < this.#places) return now;
    return Math.min(...this.#recent.map((sent) => arrivedBy(sent, now, usualMs))) + this.#windowMs;
  }

  /** Steps of the clock neither end nor lengthen a wait. */
  #now(): number {
    return this.#clock.monotonic();
  }
}

/**
 * The latest assumed arrival of a request, on a scale where a request of usual duration arrives when it is sent. A delayed
 * request, for instance by a new connection, arrives closer to later requests.
 */
function arrivedBy(sent: Grant, now: number, usualMs: number): number {
  const late = (sent.tookMs ?? now - sent.at) - usualMs;
  return sent.at + Math.min(LATE_MS, Math.max(0, late));
}
