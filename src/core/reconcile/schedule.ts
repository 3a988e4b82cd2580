import { Backoff } from '../apply/backoff.js';
import type { Result } from '../apply/execute.js';
import type { Standing, Status } from '../model/change.js';
import { type Clock, growingWait, type Timer } from '../model/clock.js';
import { CallError, messageOf } from '../model/errors.js';
import type { EventBus, Trigger } from '../model/events.js';
import { type Random, systemRandom } from '../model/random.js';
import type { RecordStore } from '../model/record.js';
import type { SweepScope } from '../observe/observation.js';
import type { Reconciler, Sweep } from './reconcile.js';

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;
/** How often an object whose write takes time to show is looked at meanwhile. */
const SETTLING_LOOK_MS = 60_000;
/** However soon time is said to help: a clock that was set back must not make a busy loop. */
const LEAST_WAIT_MS = 1_000;
/** How often a create whose answer was lost is looked for, at most and at least. */
const LOST_LOOK_MS = { first: 1_000, longest: 30_000 } as const;
/** Where an object stands that could not be planned for a reason that may pass. */
const BLOCKED: readonly Status[] = ['Failed', 'UnresolvedReference', 'Pending'];

/** What a scheduler works with. */
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
 * Turns triggers into sweeps. Triggers carry nothing but "look again": those that come while a sweep looks are
 * merged into the next one. Changes of one sweep may still be on the queue while the next one looks.
 */
export class Scheduler {
  readonly #parts: SchedulerParts;
  readonly #abort = new AbortController();
  readonly #timers = new Map<string, { readonly at: number; readonly timer: Timer }>();
  /** When objects are to be looked at again, monotonic, by key; one timer serves them all. */
  readonly #wakes = new Map<string, number>();
  /** Growing waits between the looks at what is blocked. */
  readonly #blocked: Backoff;
  #due: { trigger: Trigger; scope: SweepScope } | undefined;
  #loop: Promise<void> | undefined;
  #failures = 0;
  /** What failed sweeps should have looked at. */
  #missed: SweepScope | undefined;
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

  /** When everything is looked at next, milliseconds since the epoch; undefined while that is not known. */
  get nextSweep(): number | undefined {
    const times = ['interval', 'sweep'].flatMap((name) => this.#timers.get(name)?.at ?? []);
    const { clock } = this.#parts;
    return times.length === 0 ? undefined : Math.round(clock.now() + Math.min(...times) - clock.monotonic());
  }

  /** Asks for a look at everything or at some objects. */
  request(trigger: Trigger, scope: SweepScope): void {
    if (this.#abort.signal.aborted) return;
    this.#due = this.#due === undefined ? { trigger, scope } : merged(this.#due, { trigger, scope });
    this.#loop ??= this.#run().finally(() => {
      this.#loop = undefined;
      if (this.#due !== undefined) this.request(this.#due.trigger, this.#due.scope);
    });
  }

  /** Ends the looking; what is on the queue is the queue's to end. Resolves when no sweep looks any more. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error('c1sync is stopping'));
    for (const { timer } of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#wakes.clear();
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (this.#due !== undefined && !this.#abort.signal.aborted) {
      const request = this.#due;
      this.#due = undefined;
      try {
        const sweep = await this.#parts.reconciler.reconcileOnce(request, this.#abort.signal);
        this.#reached();
        this.#follow(sweep, request.scope);
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        this.#failed(error, request.scope);
      }
    }
  }

  #follow(sweep: Sweep, scope: SweepScope): void {
    if (scope === 'all') this.#at('interval', this.#parts.intervalMs, () => this.request('interval', 'all'));
    const { changes, bookkeeping, standings } = sweep.plan;
    const planned = new Set([...changes, ...bookkeeping].map(({ key }) => key));
    for (const standing of standings) {
      if (this.#isSettling(standing)) this.#settling(standing.key);
      else if (!planned.has(standing.key)) this.#lookAgain(standing);
      this.#whenTimeMayHelp(standing);
    }
    void sweep.results.then((results) => {
      for (const result of results) this.#after(result);
      if (scope === 'all') this.#firstSweep.resolve();
    });
  }

  #after({ key, status, reason, retryAt }: Result): void {
    if (this.#isSettling({ key, status })) this.#settling(key);
    else if (status === 'Pending') this.#lookAgain({ key, status, reason });
    else if (retryAt !== undefined) {
      this.#retry(key, Math.max(0, retryAt - this.#parts.clock.now()));
    }
  }

  /** A deletion takes a look at everything; what is held takes a look at itself. */
  #whenTimeMayHelp({ key, status, requeueAt }: Standing): void {
    if (requeueAt === undefined) return;
    const wait = Math.max(LEAST_WAIT_MS, requeueAt - this.#parts.clock.now());
    if (status === 'Orphaned') this.#at('orphans', wait, () => this.request('interval', 'all'));
    else this.#retry(key, wait);
  }

  /** What could not be read, or waits for its parent, is not left to the next sweep of everything. */
  #lookAgain({ key, status, reason }: Pick<Standing, 'key' | 'status' | 'reason'>): void {
    if (!BLOCKED.includes(status)) {
      this.#blocked.succeeded(key);
      return;
    }
    const { until } = this.#blocked.failed(key, reason, reason, false);
    this.#retry(key, until - this.#parts.clock.now());
  }

  /** True while a write may come to show, or a create that the tenant answered with an error. */
  #isSettling({ key, status }: Pick<Standing, 'key' | 'status'>): boolean {
    return status === 'Settling' || (status === 'Failed' && this.#parts.store.intent(key) !== undefined);
  }

  #settling(key: string): void {
    const intent = this.#parts.store.intent(key);
    const elapsed = intent === undefined ? 0 : this.#parts.clock.now() - intent.at;
    const wait =
      intent === undefined
        ? SETTLING_LOOK_MS
        : Math.min(LOST_LOOK_MS.longest, Math.max(LOST_LOOK_MS.first, elapsed));
    this.#retry(key, wait);
  }

  /** The tenant being down is not an error of the daemon: it tries again, and says so once. */
  #failed(error: unknown, scope: SweepScope): void {
    const { clock, events, random = systemRandom } = this.#parts;
    if (this.#downSince === undefined && error instanceof CallError) {
      this.#downSince = clock.monotonic();
      events.emit('tenant unreachable', { reason: messageOf(error) });
    }
    this.#failures += 1;
    const wait = growingWait(this.#failures, FIRST_RETRY_MS, LONGEST_RETRY_MS);
    this.#missed = this.#missed === undefined ? scope : union(this.#missed, scope);
    this.#at('sweep', wait * (0.5 + random.number() / 2), () => {
      const again = this.#missed ?? 'all';
      this.#missed = undefined;
      this.request('retry', again);
    });
  }

  #reached(): void {
    this.#failures = 0;
    if (this.#downSince === undefined) return;
    const downMs = Math.round(this.#parts.clock.monotonic() - this.#downSince);
    this.#downSince = undefined;
    this.#parts.events.emit('tenant reachable', { downMs });
  }

  /** An earlier look that is due stays. */
  #retry(key: string, ms: number): void {
    if (this.#abort.signal.aborted) return;
    const at = this.#parts.clock.monotonic() + ms;
    this.#wakes.set(key, Math.min(at, this.#wakes.get(key) ?? at));
    this.#at('wake', ms, () => this.#wake());
  }

  #wake(): void {
    const now = this.#parts.clock.monotonic();
    const due = [...this.#wakes].filter(([, at]) => at <= now).map(([key]) => key);
    for (const key of due) this.#wakes.delete(key);
    if (due.length > 0) this.request('retry', new Set(due));
    const next = [...this.#wakes.values()].reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    if (next < Number.POSITIVE_INFINITY) this.#at('wake', next - now, () => this.#wake());
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

function merged(
  a: { trigger: Trigger; scope: SweepScope },
  b: { trigger: Trigger; scope: SweepScope },
): { trigger: Trigger; scope: SweepScope } {
  const trigger = rank(a.trigger) >= rank(b.trigger) ? a.trigger : b.trigger;
  return { trigger, scope: union(a.scope, b.scope) };
}

function union(a: SweepScope, b: SweepScope): SweepScope {
  return a === 'all' || b === 'all' ? 'all' : new Set([...a, ...b]);
}

/** What a person did counts before what time did. */
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
