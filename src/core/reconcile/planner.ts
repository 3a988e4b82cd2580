import type { Admissions } from '../apply/admission.js';
import { type Attributions, withDrift } from '../drift/attributions.js';
import { decide } from '../guard/decide.js';
import { holdPlan } from '../guard/hold.js';
import type { Plan } from '../model/change.js';
import type { Clock } from '../model/clock.js';
import type { Load } from '../model/definition.js';
import type { Kind } from '../model/kind.js';
import type { RecordStore } from '../model/record.js';
import { inScope, type SweepScope } from '../model/scope.js';
import { everything, type Selection } from '../model/selection.js';
import type { Observation } from '../observe/observation.js';
import type { Observer } from '../observe/observe.js';
import { References } from '../observe/references.js';
import { type Comparison, comparisonOf } from '../plan/accept.js';
import type { PlanInput, Planned, PlanSettings } from '../plan/input.js';
import { declaredTitles, untitledIds, withNames } from '../plan/names.js';
import { makePlan } from '../plan/plan.js';
import type { Snapshot } from './snapshot.js';

/** The parts of a planner. */
export interface PlannerParts {
  readonly kinds: readonly Kind[];
  readonly observer: Pick<Observer, 'observe' | 'titles'>;
  readonly store: RecordStore;
  readonly attributions: Attributions;
  readonly snapshot: Snapshot;
  readonly admissions: Pick<Admissions, 'reserved' | 'inFlight'>;
  readonly clock: Clock;
  readonly settings: PlanSettings;
}

/** Compares definitions with the tenant. Writes nothing, in the tenant or in the records. */
export class Planner {
  readonly #parts: PlannerParts;
  #selection: Selection = everything;

  constructor(parts: PlannerParts) {
    this.#parts = parts;
  }

  /** Limits every plan to the objects that a command names. */
  select(selection: Selection): void {
    this.#selection = selection;
  }

  /** Who changed an object since our last write. */
  actorOf(key: string): string | undefined {
    const { attributions, store } = this.#parts;
    return attributions.of(key, store.object(key)?.lastSuccess)?.actor;
  }

  /** Observes a scope, proposes changes, and applies the rules. */
  async plan(load: Load, scope: SweepScope, signal?: AbortSignal): Promise<Planned> {
    const { observer, store, settings, snapshot, admissions } = this.#parts;
    const records = store.records();
    const chosen = this.#chosen(load, scope);
    const isWhole = chosen === 'all';
    const selects = (key: string): boolean => inScope(chosen, key);
    const actorOf = (key: string): string | undefined => this.actorOf(key);
    const observation = await observer.observe(load, records, chosen, signal);
    const proposed = makePlan(this.#input(load, observation, chosen));
    snapshot.observed(load, observation);
    const moment = {
      ...snapshot.ruleInput(),
      reserved: admissions.reserved,
      inFlight: admissions.inFlight,
      pending: snapshot.pending(isWhole),
      requestsPerSecond: settings.requestsPerSecond,
    };
    const decided = withDrift(
      decide(proposed, { ...settings, ...moment, selects }),
      observation,
      records,
      actorOf,
    );
    const held = holdPlan(decided, moment);
    snapshot.planned(decided, held, isWhole);
    return { load, plan: await this.#named(held.plan, observation, signal), observation };
  }

  async #named(plan: Plan, { lookups }: Observation, signal?: AbortSignal): Promise<Plan> {
    if (plan.changes.length === 0) return plan;
    const { kinds, observer } = this.#parts;
    const declared = declaredTitles(lookups, kinds);
    const others = await observer.titles(untitledIds(plan, kinds, declared), signal);
    return withNames(plan, kinds, declared, others);
  }

  /** How an object differs from its definition in an observation; undefined where the two cannot be compared. */
  compare(load: Load, observation: Observation, key: string): Comparison | undefined {
    return comparisonOf(this.#input(load, observation, 'all'), key);
  }

  #input(load: Load, observation: Observation, scope: SweepScope): PlanInput {
    const { store, kinds, settings, clock } = this.#parts;
    return {
      load,
      kinds,
      ...observation,
      records: store.records(),
      keyedHash: (value) => store.keyedHash(value),
      keyId: store.keyId,
      actorOf: (key) => this.actorOf(key),
      settings,
      scope,
      now: clock.now(),
    };
  }

  /** The scope with parents and references, limited to the selection of the command. */
  #chosen(load: Load, narrow: SweepScope): SweepScope {
    const { kinds, store } = this.#parts;
    const byName = new Map(kinds.map((kind) => [kind.name, kind]));
    const scope = narrow === 'all' ? narrow : new References(byName, load.definitions).with(narrow);
    if (this.#selection === everything) return scope;
    const defined = new Set(load.definitions.map(({ key }) => key));
    const others = [...load.invalid.keys(), ...store.records().objects.keys()];
    const unlabelled = others.filter((key) => !defined.has(key)).map((key) => ({ key, labels: {} }));
    const selected = [...load.definitions, ...unlabelled].filter(this.#selection).map(({ key }) => key);
    return new Set(scope === 'all' ? selected : selected.filter((key) => scope.has(key)));
  }
}
