import type { Plan } from '../model/change.js';
import type { Load } from '../model/definition.js';
import type { Kind, LiveObject, Principal } from '../model/kind.js';
import type { Records } from '../model/record.js';
import type { SweepScope } from '../model/scope.js';
import type { LookupTable } from '../observe/lookups.js';
import type { Match } from '../observe/matching.js';
import type { Observation, Recovery } from '../observe/observation.js';
import type { Orphan } from '../observe/orphans.js';
import type { Desired } from '../observe/resolve.js';

/** The input of planning: definitions, live objects, records, settings and the time. */
export interface PlanInput {
  readonly load: Load;
  /** Kinds, parents first. */
  readonly kinds: readonly Kind[];
  readonly desired: ReadonlyMap<string, Desired>;
  readonly matches: ReadonlyMap<string, Match>;
  /** Parents that definitions name by id, as they are live, by that id. */
  readonly statedParents: ReadonlyMap<string, LiveObject>;
  /** Recorded objects that no definition names any more and that may have to be deleted, by key. */
  readonly orphans: ReadonlyMap<string, Orphan>;
  /** Objects whose own reads failed, with the reason, by live id. */
  readonly readErrors: ReadonlyMap<string, string>;
  readonly lookups: LookupTable;
  readonly records: Records;
  /** Set while managed objects are found again after the records were lost. */
  readonly recovery: Recovery | undefined;
  readonly self: Principal | undefined;
  /** Who last caused drift on an object, by key, where that is known. */
  readonly actorOf: (key: string) => string | undefined;
  readonly keyedHash: (value: unknown) => string;
  readonly keyId: string;
  /** Keys whose unfinished writes of write-only values are ours, by the tenant's log. */
  readonly onlyOurs: ReadonlySet<string>;
  readonly settings: PlanSettings;
  /** The objects that the plan is about. */
  readonly scope: SweepScope;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The settings that shape a plan. */
export interface PlanSettings {
  /** `observe` never writes and changes no record. */
  readonly mode: 'enforce' | 'observe';
  readonly workspace: string;
  /** How long an owner write may take to show, milliseconds. */
  readonly settleMs: number;
  /** Requests a second, for the cost. */
  readonly requestsPerSecond: number;
  /** True for `apply` and `run`: a secret without a value is an error of its object. */
  readonly refuseUnset: boolean;
  /** The setting `sync.onTakeover`. */
  readonly onTakeover: 'once' | 'always' | 'hold';
  /** The setting `sync.onSecretDrift`. */
  readonly onSecretDrift: 'hold' | 'reassert';
  /** The setting `sync.onDeleted`. */
  readonly onDeleted: 'hold' | 'recreate';
  /** True to delete objects whose definition is gone. */
  readonly prune: boolean;
  /** How long a definition must have been gone before its object is deleted, milliseconds. */
  readonly pruneAfterMs: number;
  /**
   * Since when absences count, milliseconds since the epoch: one that was noted before counts from then on. Records may be
   * older than a return of the definition, and this process may have begun while it is away for a moment.
   */
  readonly absenceFrom?: number | undefined;
  /** True to show deletions that a later load has to confirm first; never for a plan that is carried out. */
  readonly showsUnconfirmed?: boolean | undefined;
}

/** A plan with the definitions and the observation it was made from. */
export interface Planned {
  readonly load: Load;
  readonly plan: Plan;
  readonly observation: Observation;
}
