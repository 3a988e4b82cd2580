import type { Held, Status } from '../model/change.js';
import { LIMIT_WINDOW_MS, type Suspension } from '../model/decision.js';
import { commandFor, type Reason, type Remedy } from '../model/remedy.js';
import type { Exhausted } from './limits.js';

/** Why a change is held. */
export type Cause =
  | { readonly type: 'suspended'; readonly held: Held }
  /** `until`: a time of day. */
  | { readonly type: 'frozen'; readonly until: number }
  /** `freeAt` in it: a time of day. */
  | { readonly type: 'limit'; readonly limit: Exhausted }
  /** By a hold on this object alone that may be approved. */
  | { readonly type: 'single'; readonly key: string; readonly held: Held };

/** The status of an object whose change is held. */
export function statusOf(cause: Cause): Status {
  return 'held' in cause ? cause.held.status : 'Held';
}

/**
 * When time alone may have lifted the hold, at a full minute of the time of day; undefined where it never does.
 * `now` and the result are steady, `aheadMs` is how far the time of day is ahead of them.
 */
export function requeueAtOf(
  cause: Cause,
  { now, aheadMs }: { readonly now: number; readonly aheadMs: number },
): number | undefined {
  switch (cause.type) {
    case 'frozen':
      return fullMinute(cause.until) - aheadMs;
    case 'limit': {
      const { most, freeAt = now + aheadMs + LIMIT_WINDOW_MS } = cause.limit;
      // Without counted changes, those of this plan fill the limit for an hour.
      return most === 0 ? undefined : fullMinute(freeAt) - aheadMs;
    }
    default:
      return cause.held.requeueAt;
  }
}

/** The name of the group that one approval releases. */
export function groupOf(cause: Exclude<Cause, { type: 'suspended' }>): string {
  switch (cause.type) {
    case 'frozen':
      return 'freeze';
    case 'limit':
      return cause.limit.sort;
    case 'single':
      return cause.key;
  }
}

/**
 * The fact and the remedy. `approval`: the hash to approve. Without it the reason has no part that changes from sweep to
 * sweep, so that notifications do not repeat.
 */
export function reasonOf(cause: Cause, approval?: string): Reason {
  const approve: Remedy = { type: 'approve', ...(approval === undefined ? {} : { hash: approval }) };
  switch (cause.type) {
    case 'suspended':
      return cause.held;
    case 'frozen':
      return { reason: `${frozenReason(cause.until)}, or ${commandFor(approve)}`, remedies: [approve] };
    case 'limit':
      return limitReason(cause.limit, { ...approve, mayForce: true });
    case 'single': {
      const { reason, remedies = [] } = cause.held;
      return {
        reason: `${reason}; to apply it as planned, ${commandFor(approve)}`,
        remedies: [...remedies, approve],
      };
    }
  }
}

/** The reason of a freeze window for what no approval admits. */
export function frozenReason(until: number): string {
  return `a freeze window is open until ${minute(until)}; wait`;
}

/** The reason that a suspension gives its objects. */
function suspendedReason({ target, reason, until }: Suspension): Reason {
  const end = until === undefined ? '' : `, or wait until ${minute(until)}`;
  const resume: Remedy = { type: 'resume', target };
  return { reason: `it is suspended: ${reason}; ${commandFor(resume)}${end}`, remedies: [resume] };
}

/** A suspension as the hold on what it covers. `aheadMs`: how far the time of day is ahead of steady time. */
export function suspendedHold(suspension: Suspension, aheadMs: number, whose: string): Held {
  const { until } = suspension;
  const { reason, remedies } = suspendedReason(suspension);
  return {
    status: 'Suspended',
    reason: whose + reason,
    remedies,
    ...(until === undefined ? {} : { requeueAt: fullMinute(until) - aheadMs }),
  };
}

function limitReason({ sort, most, freeAt }: Exhausted, approve: Remedy & { type: 'approve' }): Reason {
  const fact =
    most === 0
      ? `sync.limits.${sort} allows none in an hour`
      : `sync.limits.${sort} allows ${most} in an hour, and more are pending`;
  const review: Remedy = { type: 'review' };
  const wait =
    approve.hash === undefined || freeAt === undefined ? 'wait an hour' : `wait until ${minute(freeAt)}`;
  const way = most === 0 ? `raise sync.limits.${sort}` : wait;
  return {
    reason: `${fact}; ${commandFor(review)}, then ${commandFor(approve)}, or ${way}`,
    remedies: [review, approve],
  };
}

/** The first full minute from a moment on: reasons show it, and a held object is requeued once a minute at most. */
function fullMinute(at: number): number {
  return Math.ceil(at / 60_000) * 60_000;
}

/** {@link fullMinute} for people: `2026-11-22 14:05 UTC`. */
function minute(at: number): string {
  const text = new Date(fullMinute(at)).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 16)} UTC`;
}
