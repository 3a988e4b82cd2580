import type { Executor } from '../apply/execute.js';
import type { Result } from '../apply/result.js';
import type { Attributions } from '../drift/attributions.js';
import { lapsed } from '../guard/approval.js';
import type { FreezeWindow } from '../guard/freeze.js';
import type { Limits } from '../guard/limits.js';
import type { Plan } from '../model/change.js';
import type { Clock } from '../model/clock.js';
import { type Load, type LoadStart, type Revision, revisionFields } from '../model/definition.js';
import { messageOf } from '../model/errors.js';
import type { EventBus, SweepFinished, Trigger } from '../model/events.js';
import type { RecordStore } from '../model/record.js';
import type { SweepScope } from '../model/scope.js';
import type { Planned, PlanSettings } from '../plan/input.js';
import { EMPTY_SUMMARY } from '../plan/summary.js';
import type { DecisionStore } from '../state/decision-store.js';
import type { Announcer } from '../status/announce.js';
import { returnedIn } from './absence.js';
import type { Definitions } from './definitions.js';
import { lessonsOf } from './lessons.js';
import type { Planner } from './planner.js';

/** The settings of the core. */
export interface CoreSettings extends PlanSettings {
  /** Milliseconds that a call whose answer was lost may still take. */
  readonly callWindowMs: number;
  readonly limits: Limits;
  readonly freeze: readonly FreezeWindow[];
}

/** The parts of a reconciler. */
export interface ReconcilerParts {
  readonly definitions: Definitions;
  readonly planner: Planner;
  readonly store: RecordStore;
  readonly decisions: DecisionStore;
  readonly attributions: Attributions;
  readonly announcer: Announcer;
  readonly events: EventBus;
  readonly clock: Clock;
  /** The time of day. */
  readonly wall: Clock;
  readonly settings: CoreSettings;
  /** Requests sent to the tenant so far. */
  readonly requests: () => number;
  /** Missing in a reconciler that only plans. */
  readonly executor: Executor | undefined;
}

/** A scope to reconcile and its trigger. */
export interface Request {
  readonly trigger: Trigger;
  readonly scope: SweepScope;
  /** True where the scope is what the last load has changed, so that there is no need of another one. */
  readonly isLoaded?: boolean;
}

/** A planned sweep whose changes are under way. */
export interface Sweep extends Planned {
  /** The results of the changes. Never rejects. */
  readonly results: Promise<readonly Result[]>;
}

type Meter = () => { readonly durationMs: number; readonly requests: number };

/** Brings the tenant in sync with the definitions, one sweep at a time. */
export class Reconciler {
  readonly #parts: ReconcilerParts;
  #requeue: (scope: SweepScope) => number = () => 0;

  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
  }

  /** Definitions, observation, plan. Writes nothing, in the tenant or in the records. */
  async plan(scope: SweepScope, signal?: AbortSignal): Promise<Planned> {
    return this.#parts.planner.plan(await this.#parts.definitions.loadFor(scope, signal), scope, signal);
  }

  /** One sweep: definitions, observation, plan, then the changes through the queue. Throws when nothing could be planned. */
  async reconcileOnce(request: Request, signal?: AbortSignal): Promise<Sweep> {
    const meter = this.#meter();
    try {
      const { scope, isLoaded = false } = request;
      const known = isLoaded && !this.#parts.definitions.mayDelete(scope) ? this.loaded : undefined;
      const load = known ?? (await this.#parts.definitions.loadFor(scope, signal));
      await this.#noteReturned(load);
      const planned = await this.#parts.planner.plan(load, scope, signal);
      if (scope === 'all') this.#parts.definitions.acting(planned.load);
      return await this.#carryOut(planned, { ...request, exact: false }, meter);
    } catch (error) {
      // A sweep that the stop of the daemon aborts is no failure.
      if (signal?.aborted) throw error;
      this.#finish(request, meter, {
        summary: EMPTY_SUMMARY,
        ...revisionFields(this.#parts.definitions.loaded ?? { revision: '' }),
        failures: 0,
        outcome: 'failed',
        reason: messageOf(error),
      });
      throw error;
    }
  }

  async #noteReturned(load: Load): Promise<void> {
    const { store } = this.#parts;
    if (!this.#isWriting) return;
    const objects = returnedIn(load, store.records().objects);
    if (objects.size > 0) await store.commit({ objects, intents: new Map(), notes: new Map() });
  }

  /** Carries out exactly the changes of a plan: an object that has changed since is skipped and reported as failed. */
  async execute(planned: Planned, request: Request): Promise<Sweep> {
    return this.#carryOut(planned, { ...request, exact: true }, this.#meter());
  }

  /** Commits lessons, carries out the changes that nothing holds, and reports both. */
  async #carryOut(
    planned: Planned,
    request: Request & { readonly exact: boolean },
    meter: Meter,
  ): Promise<Sweep> {
    const { executor, announcer, attributions } = this.#parts;
    const { plan, observation } = planned;
    await this.commitLessons(planned);
    noteInSync(attributions, plan, planned.observation.at);
    const carried = this.#isWriting
      ? executor?.carryOut(planned, request, (result) => announcer.report(result, plan, request))
      : undefined;
    announcer.announce(this.#withoutDeleted(plan), request);
    const results = Promise.resolve(carried ?? []).then((all) => {
      // A sweep that observed everything is complete, however its objects fare.
      const outcome = observation.readErrors.size > 0 ? 'failed' : 'done';
      const failures = all.filter((result) => result.outcome === 'failed').length;
      this.#finish(request, meter, { summary: plan.summary, failures, ...revisionFields(plan), outcome });
      return all;
    });
    return { ...planned, results };
  }

  /** The plan without the objects that a deletion of an earlier plan has removed since. */
  #withoutDeleted(plan: Plan): Plan {
    const { executor } = this.#parts;
    const deleted = new Set(
      plan.changes.filter((change) => executor?.isDeleted(change)).map(({ key }) => key),
    );
    if (deleted.size === 0) return plan;
    const isThere = ({ key }: { readonly key: string }): boolean => !deleted.has(key);
    return { ...plan, changes: plan.changes.filter(isThere), standings: plan.standings.filter(isThere) };
  }

  /** Commits the lessons of an observation, and ends approvals that have lapsed. */
  async commitLessons({ load, plan, observation }: Planned): Promise<void> {
    if (!this.#isWriting) return;
    const { definitions, store, settings, decisions, events, planner, wall } = this.#parts;
    const actorOf = (key: string): string | undefined => planner.actorOf(key);
    const { patch, recovery } = lessonsOf({
      load,
      latest: definitions.loaded ?? load,
      observation,
      plan,
      records: store.records(),
      actorOf,
      ...settings,
    });
    const wasRecovering = decisions.recovering;
    decisions.recovered(recovery);
    if (observation.recovery !== undefined && !wasRecovering)
      events.emit('recovery begun', { marked: observation.recovery.marked });
    const over = lapsed(decisions.approvals.values(), plan, observation.isFull);
    await Promise.all([
      ...(patch.objects.size + patch.intents.size + patch.notes.size === 0 ? [] : [store.commit(patch)]),
      decisions.prune(wall.now()),
      ...over.map(({ hash }) => decisions.endApproval(hash)),
    ]);
    const isOver = !recovery.recovering && (wasRecovering || observation.recovery !== undefined);
    if (isOver) events.emit('recovery ended', { undecided: recovery.undecided.length });
  }

  /** The last load; undefined before the first one. */
  get loaded(): Load | undefined {
    return this.#parts.definitions.loaded;
  }

  /** The revision whose changes sweeps have taken up; undefined before the first full sweep. */
  get actedRevision(): string | undefined {
    return this.#parts.definitions.acted?.revision;
  }

  /** Revisions that sweeps took up before {@link actedRevision}. */
  get passedRevisions(): ReadonlySet<string> {
    return this.#parts.definitions.passed;
  }

  /** Files of the secrets of the last load. */
  get secretFiles(): readonly string[] {
    return this.loaded?.secretFiles ?? [];
  }

  /** Loads the definitions without a request to the tenant. */
  load(signal?: AbortSignal): Promise<Load> {
    return this.#parts.definitions.load(signal);
  }

  /** See {@link Definitions.changed}. */
  changed(from?: LoadStart, signal?: AbortSignal): Promise<SweepScope> {
    return this.#parts.definitions.changed(from, signal);
  }

  /**
   * Takes our marks off a recorded object whose definition is gone: a sweep would record it again by them.
   * @throws TerminalError where they cannot be taken off, as in observe mode
   */
  async release(key: string): Promise<void> {
    await this.#parts.executor?.release(key, this.#isWriting);
  }

  /** Notes that somebody else changed these objects: observations that began before are outdated. */
  changedElsewhere(keys: Iterable<string>): void {
    for (const key of keys) this.#parts.executor?.changedElsewhere(key, this.#parts.clock.now());
  }

  /** Sets the function that reconciles a scope after a command, and gives the ticket of the sweep. */
  onRequeue(requeue: (scope: SweepScope) => number): void {
    this.#requeue = requeue;
  }

  /** Requeues a scope with the scheduler, and gives the ticket of the sweep. */
  requeue(scope: SweepScope): number {
    return this.#requeue(scope);
  }

  get #isWriting(): boolean {
    return this.#parts.executor !== undefined && this.#parts.settings.mode === 'enforce';
  }

  /** Starts to measure the cost of a sweep. */
  #meter(): Meter {
    const { clock, requests } = this.#parts;
    const startedAt = clock.now();
    const before = requests();
    return () => ({ durationMs: clock.now() - startedAt, requests: requests() - before });
  }

  #finish(
    { trigger, scope }: Request,
    meter: Meter,
    facts: Revision & Pick<SweepFinished, 'summary' | 'failures' | 'outcome' | 'reason'>,
  ): void {
    const event = { trigger, scope: scope === 'all' ? 'full' : 'targeted', ...facts, ...meter() } as const;
    this.#parts.events.emit('sweep finished', event);
  }
}

/** An object in sync needs no attribution any more. */
function noteInSync(attributions: Attributions, { changes, standings }: Plan, at: number): void {
  const differing = new Set(changes.map(({ key }) => key));
  for (const { key, status } of standings) {
    if (status === 'Synced' && !differing.has(key)) attributions.inSync(key, at);
  }
}
