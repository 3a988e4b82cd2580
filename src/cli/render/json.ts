import {
  type Change,
  type Held,
  type Plan,
  replacedBy,
  type Standing,
  type Status,
  type Summary,
} from '../../core/change.js';
import type { Position, Problem } from '../../core/definition.js';
import type { Result } from '../../core/execute.js';
import type { FieldChange } from '../../core/kind.js';
import { sourceOf } from './summary.js';

/**
 * A change as `plan --output json` gives it. An object that is deleted and made anew has two, one after the other and
 * with the same hash: a `delete` and a `create`.
 */
export interface ChangeJson {
  readonly kind: string;
  readonly name: string;
  /** Null while the object does not exist. */
  readonly id: string | null;
  readonly action: Change['action'];
  /** `file:line`. */
  readonly source: string;
  /** A sensitive field carries no values. */
  readonly fields: readonly FieldChange[];
  readonly updateMask: string;
  readonly held: Held | null;
  readonly hash: string;
  /** In the deletion of what is made anew: the path in `spec` that cannot change in place. */
  readonly replacedFor?: string;
  /** Who made the object differ; missing where that is not known. */
  readonly actor?: string;
}

/** An object as `plan --output json` and `status --output json` give it. */
export interface StandingJson {
  readonly kind: string;
  readonly name: string;
  readonly id: string | null;
  readonly status: Status;
  readonly reason: string;
  readonly source: string | null;
  readonly unverified: boolean;
  readonly facts: Standing['facts'];
}

/** What `plan --output json` prints. */
export interface PlanJson {
  readonly planHash: string;
  readonly revision: string;
  readonly summary: Summary;
  readonly changes: readonly ChangeJson[];
  readonly upkeep: readonly ChangeJson[];
  readonly objects: readonly StandingJson[];
  readonly cost: Plan['cost'];
}

/** What `apply --output json` gives. */
export interface ApplyJson extends PlanJson {
  readonly results: readonly {
    readonly kind: string;
    readonly name: string;
    readonly id: string | null;
    readonly action: Change['action'];
    /** Id of what was deleted to make the object anew, whatever became of that. */
    readonly replacedId?: string;
    readonly outcome: Result['outcome'];
    readonly status: Result['status'];
    readonly reason: string;
    readonly durationMs: number;
    readonly requests: number;
  }[];
}

/** A problem as `validate --output json` gives it. */
export interface ProblemJson {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `Kind/name`, or null where it is not known. */
  readonly object: string | null;
  readonly path: string | null;
  readonly message: string;
}

/** A plan for programs. Holds no secret, also none that could be guessed from a hash. */
export function planToJson(plan: Plan): PlanJson {
  return {
    planHash: plan.planHash,
    revision: plan.revision,
    summary: plan.summary,
    changes: plan.changes.flatMap(changesToJson),
    upkeep: plan.upkeep.flatMap(changesToJson),
    objects: plan.standings.map(standingToJson),
    cost: plan.cost,
  };
}

/** Where an object stands, for programs. */
export function standingToJson(standing: Standing): StandingJson {
  const { kind, name, id, status, reason, position, unverified, facts } = standing;
  return { kind, name, id: id ?? null, status, reason, source: sourceOrNull(position), unverified, facts };
}

/** Problems for programs, in their order. */
export function problemsToJson(problems: readonly Problem[]): readonly ProblemJson[] {
  return problems.map(({ position: { file, line, column }, key, path, message }) => ({
    file,
    line,
    column,
    object: key ?? null,
    path: path ?? null,
    message,
  }));
}

function changesToJson(change: Change): ChangeJson[] {
  const { kind, name, action, position, fields, updateMask, held, hash, drift } = change;
  const whole: ChangeJson = {
    kind,
    name,
    id: 'id' in change ? change.id : null,
    action,
    source: sourceOf(position),
    fields: fields.map(fieldToJson),
    updateMask,
    held,
    hash,
    ...(drift?.actor === undefined ? {} : { actor: drift.actor }),
  };
  const replaced = replacedBy(change);
  if (replaced === undefined) return [whole];
  const { id, path: replacedFor } = replaced;
  return [{ ...whole, id, action: 'delete', fields: [], updateMask: '', replacedFor }, whole];
}

/** Values of a sensitive field are left out even if someone put them there. */
function fieldToJson(field: FieldChange): FieldChange {
  return field.sensitive === true ? { path: field.path, sensitive: true } : field;
}

function sourceOrNull(position: Position | undefined): string | null {
  return position === undefined ? null : sourceOf(position);
}

/** How an apply ended, for programs: the plan that was carried out, and what became of each change. */
export function applyResultToJson(plan: Plan, results: readonly Result[]): ApplyJson {
  return {
    ...planToJson(plan),
    results: results.map(({ change, id, outcome, status, reason, durationMs, requests, replaced }) => ({
      kind: change.kind,
      name: change.name,
      id: id ?? null,
      action: change.action,
      ...(replaced === undefined ? {} : { replacedId: replaced.id }),
      outcome,
      status,
      reason,
      durationMs,
      requests,
    })),
  };
}
