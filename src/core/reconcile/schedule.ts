import { Backoff } from '../apply/backoff.js';
import type { Result } from '../apply/result.js';
import type { Standing, Status } from '../model/change.js';
import { type Clock, growingWait, type Timer } from '../model/clock.js';
import { CallError, messageOf } from '../model/errors.js';
import type { EventBus, Trigger } from '../model/events.js';
import { type Random, systemRandom } from '../model/random.js';
import type { RecordStore } from '../model/record.js';
import type { SweepScope } from '../model/scope.js';
import type { Reconciler, Request, Sweep } from './reconcile.js';

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;
/** The interval at which a settling object is observed. */
const SETTLING_MS = 60_000;
/** The shortest wait for a moment: a clock that was set back must not cause a busy loop. */
const LEAST_WAIT_MS = 1_000;
/** The shortest and longest interval at which an unconfirmed create is observed. */
const UNCONFIRMED_MS = { first: 1_000, longest: 30_000 } as const;
/** Statuses of objects without a plan for a transient reason. */
const BLOCKED: readonly Status[] = ['Failed', 'UnresolvedReference', 'Pending'];

/** The parts of a scheduler. */
export interface SchedulerParts {
  readonly reconciler: Pick<Reconciler, 'reconcileOnce'>;
  readonly store: Pick<RecordStore, 'intent'>;
  readonly events: EventBus;
  readonly clock: Clock;
  /** Milliseconds from the end of one full sweep to the next. */
  readonly intervalMs: number;
  /** For the jitter of retries; that of the machine when left out. */
  readonly random?: Random;
}

/**
 * Turns triggers into sweeps. A trigger carries only a scope: those that arrive while a sweep observes are merged into
 * the next one. Changes of one sweep may still be in the queue while the next one observes.
 */
export class Scheduler {
  readonly #parts: SchedulerParts;
  readonly #abort = new AbortController();
  readonly #timers = new Map<string, { readonly at: number; readonly timer: Timer }>();
  /** When objects are requeued, monotonic, by key; one timer serves them all. */
  readonly #requeues = new Map<string, number>();
  /** Growing waits of blocked objects. */
  readonly #blocked: Backoff;
  #due: Due | undefined;
  #loop: Promise<void> | undefined;
  #failures = 0;
  /** The scope of failed sweeps. */
  #missed: { readonly scope: SweepScope; readonly tickets: readonly number[] } | undefined;
  #lastTicket = 0;
  readonly #open = new Set<number>();
  #downSince: number | undefined;
  #firstSweep = deferred();

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
    this.#blocked = new Backoff(parts.clock, parts.random);
  }

  /** Resolves when the first full sweep has ended, its changes included. */
  get started(): Promise<void> {
    return this.#firstSweep.promise;
  }

  /** When the next full sweep starts, milliseconds since the epoch; undefined while unknown. */
  get nextSweep(): number | undefined {
    const times = ['interval', 'sweep'].flatMap((name) => this.#timers.get(name)?.at ?? []);
    const { clock } = this.#parts;
    return times.length === 0 ? undefined : Math.round(clock.now() + Math.min(...times) - clock.monotonic());
  }

  /** Tickets of triggers whose sweep has not ended, or failed and will be repeated. */
  get open(): readonly number[] {
    return [...this.#open];
  }

  /**
   * Triggers a sweep of everything or of some objects. The ticket is {@link open} until a sweep of this scope that begins
   * from now on has ended, its changes included.
   */
  request(trigger: Trigger, scope: SweepScope): number {
    return this.#request({ trigger, scope, isLoaded: false }, []);
  }

  /** Triggers a sweep of what the last load has changed. */
  requestLoaded(scope: SweepScope): number {
    return this.#request({ trigger: 'file', scope, isLoaded: scope !== 'all' }, []);
  }

  #request(request: Asked, owed: readonly number[]): number {
    if (this.#abort.signal.aborted) return this.#lastTicket;
    const due = this.#due ?? { ...request, ticket: this.#newTicket(), owed: [] };
    this.#due = { ...merged(due, request), ticket: due.ticket, owed: [...due.owed, ...owed] };
    this.#loop ??= this.#run().finally(() => {
      this.#loop = undefined;
      if (this.#due !== undefined) this.#request(this.#due, []);
    });
    return due.ticket;
  }

  #newTicket(): number {
    this.#lastTicket += 1;
    this.#open.add(this.#lastTicket);
    return this.#lastTicket;
  }

  /** Ends all sweeps; the queue ends its own jobs. Resolves when no sweep observes any more. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error('c1sync is stopping'));
    for (const { timer } of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#requeues.clear();
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (this.#due !== undefined && !this.#abort.signal.aborted) {
      const request = this.#due;
      this.#due = undefined;
      try {
        const sweep = await this.#parts.reconciler.reconcileOnce(request, this.#abort.signal);
        this.#reached();
        this.#follow(sweep, request);
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        this.#failed(error, request);
      }
    }
  }

  #follow(sweep: Sweep, { scope, ticket, owed }: Due): void {
    if (scope === 'all') this.#at('interval', this.#parts.intervalMs, () => this.request('interval', 'all'));
    const { changes, bookkeeping, standings } = sweep.plan;
    const planned = new Set([...changes, ...bookkeeping].map(({ key }) => key));
    for (const standing of standings) {
      if (this.#isSettling(standing)) this.#settling(standing.key);
      else if (!planned.has(standing.key)) this.#requeueBlocked(standing);
      this.#requeueAt(standing);
    }
    void sweep.results.then((results) => {
      for (const result of results) this.#after(result);
      for (const ended of [ticket, ...owed]) this.#open.delete(ended);
      this.#parts.events.emit('triggers served', {});
      if (scope === 'all') this.#firstSweep.resolve();
    });
  }

  #after({ key, status, reason, retryAt }: Result): void {
    if (this.#isSettling({ key, status })) this.#settling(key);
    else if (status === 'Pending') this.#requeueBlocked({ key, status, reason });
    else if (retryAt !== undefined) {
      this.#retry(key, Math.max(0, retryAt - this.#parts.clock.now()));
    }
  }

  /** Requeues an object at the moment when time ends its hold; a deletion needs a full sweep. */
  #requeueAt({ key, status, requeueAt }: Standing): void {
    if (requeueAt === undefined) return;
    const wait = Math.max(LEAST_WAIT_MS, requeueAt - this.#parts.clock.now());
    if (status === 'Orphaned') this.#at('orphans', wait, () => this.request('interval', 'all'));
    else this.#retry(key, wait);
  }

  /** Requeues an unreadable object, or one without its parent, before the next full sweep. */
  #requeueBlocked({ key, status, reason }: Pick<Standing, 'key' | 'status' | 'reason'>): void {
    if (!BLOCKED.includes(status)) {
      this.#blocked.succeeded(key);
      return;
    }
    const { until } = this.#blocked.failed(key, reason, reason, false);
    this.#retry(key, until - this.#parts.clock.now());
  }

  /** True while a write, or a create with an error as its answer, may still show. */
  #isSettling({ key, status }: Pick<Standing, 'key' | 'status'>): boolean {
    return status === 'Settling' || (status === 'Failed' && this.#parts.store.intent(key) !== undefined);
  }

  #settling(key: string): void {
    const intent = this.#parts.store.intent(key);
    const elapsed = intent === undefined ? 0 : this.#parts.clock.now() - intent.at;
    const wait =
      intent === undefined
        ? SETTLING_MS
        : Math.min(UNCONFIRMED_MS.longest, Math.max(UNCONFIRMED_MS.first, elapsed));
    this.#retry(key, wait);
  }

  /** Retries a failed sweep, and reports an unreachable tenant once. */
  #failed(error: unknown, { scope, ticket, owed }: Due): void {
    const { clock, events, random = systemRandom } = this.#parts;
    if (this.#downSince === undefined && error instanceof CallError) {
      this.#downSince = clock.monotonic();
      events.emit('tenant unreachable', { reason: messageOf(error) });
    }
    this.#failures += 1;
    const wait = growingWait(this.#failures, FIRST_RETRY_MS, LONGEST_RETRY_MS);
    const { scope: missed = scope, tickets = [] } = this.#missed ?? {};
    this.#missed = { scope: union(missed, scope), tickets: [...tickets, ticket, ...owed] };
    this.#at('sweep', wait * (0.5 + random.number() / 2), () => {
      const again = this.#missed ?? { scope: 'all', tickets: [] };
      this.#missed = undefined;
      this.#request({ trigger: 'retry', scope: again.scope, isLoaded: false }, again.tickets);
    });
  }

  #reached(): void {
    this.#failures = 0;
    if (this.#downSince === undefined) return;
    const downMs = Math.round(this.#parts.clock.monotonic() - this.#downSince);
    this.#downSince = undefined;
    this.#parts.events.emit('tenant reachable', { downMs });
  }

  /** Requeues an object; an earlier time stays. */
  #retry(key: string, ms: number): void {
    if (this.#abort.signal.aborted) return;
    const at = this.#parts.clock.monotonic() + ms;
    this.#requeues.set(key, Math.min(at, this.#requeues.get(key) ?? at));
    this.#at('requeue', ms, () => this.#requeueDue());
  }

  #requeueDue(): void {
    const now = this.#parts.clock.monotonic();
    const due = [...this.#requeues].filter(([, at]) => at <= now).map(([key]) => key);
    for (const key of due) this.#requeues.delete(key);
    if (due.length > 0) this.request('retry', new Set(due));
    const next = [...this.#requeues.values()].reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    if (next < Number.POSITIVE_INFINITY) this.#at('requeue', next - now, () => this.#requeueDue());
  }

  /** One timer a name; an earlier one stays. */
  #at(name: string, ms: number, run: () => void): void {
    if (this.#abort.signal.aborted) return;
    const at = this.#parts.clock.monotonic() + ms;
    const known = this.#timers.get(name);
    if (known !== undefined && name !== 'interval' && known.at <= at) return;
    known?.timer.cancel();
    const timer = this.#parts.clock.after(ms, () => {
      this.#timers.delete(name);
      run();
    });
    this.#timers.set(name, { at, timer });
  }
}

/** A wanted sweep. */
type Asked = Required<Request>;

/** A sweep that has not begun. */
interface Due extends Asked {
  readonly ticket: number;
  /** Tickets of failed sweeps that it makes up for. */
  readonly owed: readonly number[];
}

function merged(a: Asked, b: Asked): Asked {
  const trigger = rank(a.trigger) >= rank(b.trigger) ? a.trigger : b.trigger;
  return { trigger, scope: union(a.scope, b.scope), isLoaded: a.isLoaded && b.isLoaded };
}

function union(a: SweepScope, b: SweepScope): SweepScope {
  return a === 'all' || b === 'all' ? 'all' : new Set([...a, ...b]);
}

/** A trigger of a person outranks one of time. */
function rank(trigger: Trigger): number {
  return ['interval', 'retry', 'drift', 'start', 'signal', 'command', 'file'].indexOf(trigger);
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
