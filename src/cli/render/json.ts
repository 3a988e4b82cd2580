import type { Result } from '../../core/apply/result.js';
import type { Change, Plan, Summary } from '../../core/model/change.js';
import type { Problem } from '../../core/model/definition.js';
import { type ChangeJson, changeToJson, type StandingJson, standingToJson } from '../../core/status/shown.js';

/** The output of `plan --output json`. */
export interface PlanJson {
  readonly planHash: string;
  readonly revision: string;
  readonly summary: Summary;
  readonly changes: readonly ChangeJson[];
  /** Writes that only c1sync needs: marks, and first writes of unverified secrets. */
  readonly bookkeeping: readonly ChangeJson[];
  /** The former name of `bookkeeping`, for programs that know it; it goes with the next release. */
  readonly upkeep: readonly ChangeJson[];
  readonly objects: readonly StandingJson[];
  readonly cost: Plan['cost'];
}

/** The output of `apply --output json`. */
export interface ApplyJson extends PlanJson {
  readonly results: readonly {
    readonly kind: string;
    readonly name: string;
    readonly id: string | null;
    readonly action: Change['action'];
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

/** A plan for programs. Holds no secret, and no hash from which one could be guessed. */
export function planToJson(plan: Plan): PlanJson {
  return {
    planHash: plan.planHash,
    revision: plan.revision,
    summary: plan.summary,
    changes: plan.changes.map(changeToJson),
    bookkeeping: plan.bookkeeping.map(changeToJson),
    upkeep: plan.bookkeeping.map(changeToJson),
    objects: plan.standings.map(standingToJson),
    cost: plan.cost,
  };
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

/** The result of an apply for programs: the executed plan, and the outcome of each change. */
export function applyResultToJson(plan: Plan, results: readonly Result[]): ApplyJson {
  return {
    ...planToJson(plan),
    results: results.map(({ change, id, outcome, status, reason, durationMs, requests }) => ({
      kind: change.kind,
      name: change.name,
      id: id ?? null,
      action: change.action,
      outcome,
      status,
      reason,
      durationMs,
      requests,
    })),
  };
}
