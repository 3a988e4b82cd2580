import type { Executor, ExecutorParts, Result } from '../apply/execute.js';
import { type Attributions, withDrift } from '../drift/attributions.js';
import type { FreezeWindow } from '../guard/freeze.js';
import type { Limits } from '../guard/limits.js';
import type { Resumed, SuspensionOrder, Warden } from '../guard/warden.js';
import type { Plan } from '../model/change.js';
import type { Clock } from '../model/clock.js';
import type { Suspension } from '../model/decision.js';
import { type Load, type Problem, problemCount, type Revision, revisionFields } from '../model/definition.js';
import { messageOf } from '../model/errors.js';
import type { EventBus, SweepFinished, Trigger } from '../model/events.js';
import type { Kind } from '../model/kind.js';
import type { Random } from '../model/random.js';
import type { RecordStore } from '../model/record.js';
import { everything, type Selection } from '../model/selection.js';
import type { LookScope } from '../observe/observation.js';
import { keysWithParents, type Observer } from '../observe/observe.js';
import { withRecordedFiles } from '../observe/recorded-files.js';
import { beginRecovery, endRecovery } from '../observe/recovery.js';
import type { Planned, PlanSettings } from '../plan/input.js';
import { makePlan } from '../plan/plan.js';
import { EMPTY_SUMMARY } from '../plan/summary.js';
import type { Redactor } from '../redact/redactor.js';
import type { Ledger } from '../state/decision-store.js';
import { Announcer } from '../status/announce.js';
import type { Board } from '../status/status-store.js';
import { changedKeys } from './changed-keys.js';
import { remember } from './remember.js';

/** The settings of the core. */
export interface CoreSettings extends PlanSettings {
  /** Milliseconds that a create whose answer was lost may still take. */
  readonly createWindowMs: number;
  readonly limits: Limits;
  readonly freeze: readonly FreezeWindow[];
}

/** What a reconciler works with. */
export interface ReconcilerParts {
  readonly kinds: readonly Kind[];
  readonly load: (signal?: AbortSignal) => Promise<Load>;
  readonly observer: Observer;
  readonly store: RecordStore;
  readonly board: Board;
  readonly attributions: Attributions;
  readonly warden: Warden;
  readonly ledger: Ledger;
  readonly events: EventBus;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: CoreSettings;
  /** Hides secrets in what is told. */
  readonly redactor: Redactor;
  /** Requests sent to the tenant so far. */
  readonly requests: () => number;
  /** Missing in a reconciler that only plans. */
  readonly executor?: (present: Pick<ExecutorParts, 'replan' | 'isDefined'>) => Executor;
}

/** What to reconcile and why. */
export interface Request {
  readonly trigger: Trigger;
  readonly scope: LookScope;
}

/** A plan with the definitions it was made from. */
export interface LoadedPlan extends Planned {
  readonly load: Load;
}

/** A sweep whose plan stands and whose changes are being carried out. */
export interface Sweep extends LoadedPlan {
  /** How the changes ended. Never rejects. */
  readonly results: Promise<readonly Result[]>;
}

type Meter = () => { readonly durationMs: number; readonly requests: number };

/** Brings the tenant in line with the definitions, one sweep at a time. */
export class Reconciler {
  readonly #parts: ReconcilerParts;
  readonly #executor: Executor | undefined;
  readonly #announcer: Announcer;
  #load: Load | undefined;
  /** The load that changes are told against; another look may have loaded later ones without acting on all of them. */
  #told: Load | undefined;
  #loading: Promise<unknown> = Promise.resolve();
  #selection: Selection = everything;
  #lookWanted: (scope: LookScope) => void = () => {};

  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
    this.#announcer = new Announcer({ ...parts, mode: parts.settings.mode });
    this.#executor = parts.executor?.({
      replan: (scope, signal) => this.#look(this.#load, scope, signal),
      isDefined: (key) => this.#load?.definitions.some((definition) => definition.key === key) === true,
    });
  }

  /** Files that secrets of the last load came from. */
  get secretFiles(): readonly string[] {
    return this.#load?.secretFiles ?? [];
  }

  /** Limits every sweep to the objects that a command names. */
  select(selection: Selection): void {
    this.#selection = selection;
  }

  /** Says that somebody else changed these objects by now: looks that began before are not written from. */
  changedBehindUs(keys: Iterable<string>): void {
    for (const key of keys) this.#executor?.touchedByLog(key, this.#parts.clock.now());
  }

  /** Tells `look` what to look at when a command has let something go, or has stopped it. */
  onLookWanted(look: (scope: LookScope) => void): void {
    this.#lookWanted = look;
  }

  /** The definitions as they were loaded last; undefined before the first load. */
  get loaded(): Load | undefined {
    return this.#load;
  }

  /**
   * Looks again at what targets take in, each as for {@link suspend}; at everything where none is given. Gives the scope.
   * @throws TerminalError for a target that names nothing
   */
  async lookAt(targets: readonly string[]): Promise<LookScope> {
    const load = await this.#known();
    const isAll = targets.length === 0 || targets.includes('*');
    const scope = isAll
      ? 'all'
      : new Set(targets.flatMap((target) => this.#parts.warden.keysOf(target, load)));
    this.#lookWanted(scope);
    return scope;
  }

  /**
   * Approves a group of held changes once. Gives their keys.
   * `hash`: as the last plan shows it, or its beginning: at least twelve digits. `by`: who approves.
   * @throws TerminalError when the last plan holds no such group
   */
  async approve(hash: string, by?: string): Promise<readonly string[]> {
    const keys = await this.#parts.warden.approve(hash, by);
    // What waits for them comes too.
    this.#lookWanted('all');
    return keys;
  }

  /**
   * Leaves objects alone until they are resumed, or for a time. Waits for no load: before the first one any target is
   * taken.
   * @throws TerminalError when the target names nothing, or too much is suspended already
   */
  async suspend(order: SuspensionOrder): Promise<Suspension> {
    const suspension = await this.#parts.warden.suspend(order, this.#load);
    this.#lookWanted('all');
    return suspension;
  }

  /**
   * Ends suspensions, and has objects managed again that people took over, or deleted in the tenant where `target` names
   * them. `target`: as for {@link suspend}; `*` ends every suspension.
   * @throws TerminalError when there is nothing to resume
   */
  async resume(target: string): Promise<Resumed> {
    const resumed = await this.#parts.warden.resume(target, this.#load);
    this.#lookWanted('all');
    return resumed;
  }

  /** The definitions as they were loaded last. */
  async #known(): Promise<Load> {
    return this.#load ?? (await this.#loadDefinitions());
  }

  /** Loads the definitions without asking the tenant. */
  load(signal?: AbortSignal): Promise<Load> {
    return this.#loadDefinitions(signal);
  }

  /** Definitions, a look at the tenant, the plan. Writes nothing, in the tenant or in the records. */
  async plan(scope: LookScope, signal?: AbortSignal): Promise<LoadedPlan> {
    const load = await this.#loadDefinitions(signal);
    return { load, ...(await this.#look(load, scope, signal)) };
  }

  /**
   * Loads the definitions and says what is other than when this was last asked, or at the last sweep of everything:
   * new, changed, with another secret value, invalid, or gone. Everything when neither was before.
   */
  async changed(signal?: AbortSignal): Promise<LookScope> {
    const after = await this.#loadDefinitions(signal);
    const before = this.#told;
    this.#told = after;
    return before === undefined
      ? 'all'
      : changedKeys(before, after, (value) => this.#parts.store.keyedHash(value));
  }

  #loadDefinitions(signal?: AbortSignal): Promise<Load> {
    const loading = this.#loading.then(async () => {
      const load = await this.#read(signal);
      this.#tell(load);
      this.#load = load;
      return load;
    });
    this.#loading = loading.catch(() => {});
    return loading;
  }

  /** The definitions, with what the records say of their files. */
  async #read(signal?: AbortSignal): Promise<Load> {
    const load = await this.#parts.load(signal);
    return withRecordedFiles(load, this.#parts.store.records());
  }

  /** Problems are told when they are new, not at every load. */
  #tell(load: Load): void {
    const { events } = this.#parts;
    const text = ({ position, message }: Problem): string => `${position.file}:${position.line}:${message}`;
    const known = new Set(this.#load?.problems.map(text));
    for (const problem of load.problems) if (!known.has(text(problem))) events.emit('problem', problem);
    if (load.revision === this.#load?.revision && load.problems.length === this.#load.problems.length) return;
    events.emit('definitions loaded', {
      ...revisionFields(load),
      definitions: load.definitions.length,
      problems: problemCount(load.problems),
      complete: load.complete,
    });
  }

  /** One sweep: definitions, look, plan, then the changes through the queue. Throws when nothing could be planned. */
  async sweep(request: Request, signal?: AbortSignal): Promise<Sweep> {
    const meter = this.#meter();
    try {
      const planned = await this.plan(request.scope, signal);
      if (request.scope === 'all') this.#told = planned.load;
      return await this.#execute(planned, request, meter);
    } catch (error) {
      // A look that was called off because the daemon stops is no failure.
      if (signal?.aborted) throw error;
      this.#finish(request, meter, {
        summary: EMPTY_SUMMARY,
        ...revisionFields(this.#load ?? { revision: '' }),
        outcome: 'failed',
        reason: messageOf(error),
      });
      throw error;
    }
  }

  /** Carries out exactly what a plan says: an object that is other by now is left alone and reported as failed. */
  async execute(planned: LoadedPlan, request: Request): Promise<Sweep> {
    return this.#execute(planned, { ...request, exact: true }, this.#meter());
  }

  async #execute(
    planned: LoadedPlan,
    request: Request & { readonly exact?: boolean },
    meter: Meter,
  ): Promise<Sweep> {
    await this.#remember(planned);
    noteInLine(this.#parts.attributions, planned.plan, planned.observation.at);
    const carrying = this.#carryOut(planned, request);
    this.#announcer.announce(planned.plan, request);
    const results = carrying.then((all) => {
      const { summary } = planned.plan;
      const isFailed = summary.failed > 0 || all.some((result) => result.outcome === 'failed');
      const outcome = isFailed ? 'failed' : 'done';
      this.#finish(request, meter, { summary, ...revisionFields(planned.plan), outcome });
      return all;
    });
    return { ...planned, results };
  }

  /** What a sweep has cost since now. */
  #meter(): Meter {
    const { clock, requests } = this.#parts;
    const startedAt = clock.now();
    const before = requests();
    return () => ({ durationMs: clock.now() - startedAt, requests: requests() - before });
  }

  #finish(
    { trigger, scope }: Request,
    meter: Meter,
    facts: Revision & Pick<SweepFinished, 'summary' | 'outcome' | 'reason'>,
  ): void {
    const event = { trigger, scope: scope === 'all' ? 'full' : 'targeted', ...facts, ...meter() } as const;
    this.#parts.events.emit('sweep finished', event);
  }

  async #look(load: Load | undefined, scope: LookScope, signal?: AbortSignal): Promise<Planned> {
    const { observer, store, kinds, settings, clock } = this.#parts;
    const current = load ?? (await this.#read(signal));
    const records = store.records();
    const chosen = this.#chosen(current, scope);
    const observation = await observer.observe(current, records, chosen, signal);
    const actorOf = (key: string): string | undefined => this.#actorOf(key);
    const plan = makePlan({
      load: current,
      kinds,
      ...observation,
      records,
      keyedHash: (value) => store.keyedHash(value),
      keyId: store.keyId,
      actorOf,
      settings,
      selects: (key) => chosen === 'all' || chosen.has(key),
      now: clock.now(),
    });
    const planned = { plan: withDrift(plan, observation, records, actorOf), observation };
    return this.#parts.warden.holdBack(planned, current, chosen === 'all');
  }

  /** Who changed an object since we last wrote it. */
  #actorOf(key: string): string | undefined {
    const { attributions, store } = this.#parts;
    return attributions.of(key, store.object(key)?.lastSuccess)?.actor;
  }

  /** The scope with the parents of what is in it, whose state decides on their children, within what the command selects. */
  #chosen(load: Load, narrow: LookScope): LookScope {
    const { kinds } = this.#parts;
    const byName = new Map(kinds.map((kind) => [kind.name, kind]));
    const scope = narrow === 'all' ? narrow : keysWithParents(load.definitions, byName, narrow);
    if (this.#selection === everything) return scope;
    const defined = new Set(load.definitions.map(({ key }) => key));
    const others = [...load.invalid.keys(), ...this.#parts.store.records().objects.keys()];
    const unlabelled = others.filter((key) => !defined.has(key)).map((key) => ({ key, labels: {} }));
    const selected = [...load.definitions, ...unlabelled].filter(this.#selection).map(({ key }) => key);
    return new Set(scope === 'all' ? selected : selected.filter((key) => scope.has(key)));
  }

  /** Notes what a look showed, and since when definitions are gone, without carrying anything out. */
  async remember(planned: LoadedPlan): Promise<void> {
    await this.#remember(planned);
  }

  async #remember({ load, plan, observation }: LoadedPlan): Promise<void> {
    if (this.#executor === undefined || this.#parts.settings.mode === 'observe') return;
    const { store, settings, warden } = this.#parts;
    await beginRecovery(observation, this.#parts);
    const actorOf = (key: string): string | undefined => this.#actorOf(key);
    await Promise.all([
      remember({ load, observation, plan, store, actorOf, ...settings }),
      warden.tidy(plan, observation.isFull),
    ]);
    await endRecovery(load, observation, store.records(), this.#parts);
  }

  async #carryOut(
    planned: Planned,
    { trigger, scope, exact = false }: Request & { readonly exact?: boolean },
  ): Promise<readonly Result[]> {
    if (this.#executor === undefined || this.#parts.settings.mode === 'observe') return [];
    const report = (result: Result): void => this.#announcer.report(result, planned.plan, trigger);
    const ended = this.#executor.carryOut(planned, { trigger, scope, exact }, report);
    this.#parts.warden.letGo(planned.plan, ended);
    return ended;
  }
}

/** Who changed an object is of no use any more once it is in line. */
function noteInLine(attributions: Attributions, { changes, standings }: Plan, at: number): void {
  const differing = new Set(changes.map(({ key }) => key));
  for (const { key, status } of standings) {
    if (status === 'Synced' && !differing.has(key)) attributions.inLine(key, at);
  }
}
