import type { Change, Held, Status } from '../model/change.js';
import type { Approval } from '../model/decision.js';
import { AppearedError, CallError, messageOf } from '../model/errors.js';
import { type Outcome, outcomeOf } from '../model/events.js';
import { commandFor, type Reason, type Remedy } from '../model/remedy.js';
import { type Execution, LostAnswerError, type StartedRun } from './execution.js';

/** The result of one change. */
export interface Result extends Reason {
  readonly reconcileId: string;
  readonly key: string;
  readonly change: Change;
  readonly id?: string | undefined;
  readonly outcome: Outcome;
  readonly status: Status;
  /** A sentence; empty when the object is in sync. */
  readonly reason: string;
  readonly durationMs: number;
  readonly requests: number;
  /** The approval that admitted the change, now used up. */
  readonly approval?: Approval | undefined;
  /** When the next retry is due, milliseconds since the epoch; missing without one. */
  readonly retryAt?: number | undefined;
  /** The run that one of its writes has started. */
  readonly started?: StartedRun | undefined;
}

/** The result of a change; `facts`: its cost and its approval, where it has any. */
export function resultOf(
  change: Change,
  reconcileId: string,
  outcome: Outcome,
  status: Status,
  reason: string,
  facts: Partial<Result>,
): Result {
  return {
    reconcileId,
    key: change.key,
    change,
    id: change.action === 'create' ? undefined : change.id,
    outcome,
    status,
    reason,
    durationMs: 0,
    requests: 0,
    ...facts,
  };
}

/** A refreshed observation found a failure. */
export class StandingError extends Error {
  readonly status: Status;

  constructor({ status, reason }: Held) {
    super(reason);
    this.status = status;
  }
}

/** True when the failed change certainly had no effect in the tenant. */
export function isUndone(execution: Execution | undefined, error: unknown): boolean {
  if (execution !== undefined) return !execution.mayHaveWritten;
  return error instanceof AppearedError || (error instanceof CallError && error.effect === 'none');
}

/** The pause that the tenant requests before a call that did nothing, milliseconds; undefined for one beyond `mostMs`. */
export function pauseAfter(error: unknown, mostMs: number): number | undefined {
  if (!(error instanceof CallError) || error.effect !== 'none') return undefined;
  const pauseMs = error.retryAfterMs ?? Number.POSITIVE_INFINITY;
  return pauseMs > mostMs ? undefined : Math.max(pauseMs, 1000);
}

/** The error message of a call with its remedy; other errors name theirs. */
export function failureReason(error: unknown, key: string): Reason {
  if (!(error instanceof CallError)) return { reason: messageOf(error) };
  if (!error.terminal) return { reason: `${error.message}; it is retried in a moment` };
  const [reconcile] = retryRemedies(key);
  const reason = `${error.message}; correct that, then ${commandFor(reconcile)}, or wait up to an hour for the next retry`;
  return { reason, remedies: [reconcile] };
}

/** The remedies in the reason of a terminal failure. */
export function retryRemedies(key: string): readonly [Remedy] {
  return [{ type: 'reconcile', key }];
}

/** The status of an object whose change failed. */
export function statusAfter(error: unknown): Status {
  if (error instanceof LostAnswerError) return error.isAnswered ? 'Failed' : 'Settling';
  return error instanceof StandingError ? error.status : 'Failed';
}

/** The result of a change that a hold or its object kept from being carried out. */
export function stoodStill(
  change: Change,
  reconcileId: string,
  { status, reason, remedies, requeueAt }: Held,
  durationMs: number,
): Result {
  return resultOf(change, reconcileId, outcomeOf(status), status, reason, {
    remedies,
    durationMs,
    retryAt: requeueAt,
  });
}
