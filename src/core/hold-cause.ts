import type { Held, Status } from './change.js';
import type { Suspension } from './ledger.js';
import type { Exhausted } from './limits.js';

/** Why a change is held. */
export type Cause =
  | { readonly type: 'suspended'; readonly held: Held }
  /** `until`: milliseconds since the epoch. */
  | { readonly type: 'frozen'; readonly until: number }
  | { readonly type: 'limit'; readonly limit: Exhausted }
  /** By a hold on this object alone that may be approved. */
  | { readonly type: 'single'; readonly key: string; readonly held: Held };

/** Where an object stands whose change is held. */
export function statusOf(cause: Cause): Status {
  return 'held' in cause ? cause.held.status : 'Held';
}

/** The name of what one approval releases together. */
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

/** Why, and what to do; without what changes from look to look, so that nobody is told the same again and again. */
export function shortReason(cause: Cause): string {
  switch (cause.type) {
    case 'suspended':
      return cause.held.reason;
    case 'frozen':
      return `a freeze window is open: wait until ${minute(cause.until)}, or approve it by the hash that 'c1sync plan' shows`;
    case 'limit':
      return `${limitReason(cause.limit)}: look at them with 'c1sync plan' and approve them by the hash that it shows, or wait an hour`;
    case 'single':
      return `${cause.held.reason}; or, to have it as it is, approve it by the hash that 'c1sync plan' shows`;
  }
}

/** Why, and what to do, with the hash to approve. */
export function longReason(cause: Cause, approval: string): string {
  const approve = `run 'c1sync approve ${short(approval)}'`;
  switch (cause.type) {
    case 'suspended':
      return cause.held.reason;
    case 'frozen':
      return `a freeze window is open: wait until ${minute(cause.until)}, or ${approve}`;
    case 'limit': {
      const { freeAt } = cause.limit;
      const wait = freeAt === undefined ? 'wait an hour' : `wait until ${minute(freeAt)}`;
      return `${limitReason(cause.limit)}: look at them with 'c1sync plan', then ${approve}, or 'c1sync apply --force', or ${wait}`;
    }
    case 'single':
      return `${cause.held.reason}; or, to have it as it is, ${approve}`;
  }
}

/** What a suspension says of what it covers. */
export function suspendedReason({ target, reason, until }: Suspension): string {
  const end = until === undefined ? '' : `, or wait until ${minute(until)}`;
  return `it is suspended: ${reason}; run c1sync resume '${target}' to go on${end}`;
}

function limitReason({ sort, most }: Exhausted): string {
  if (most === 0) return `sync.limits.${sort} allows none in an hour`;
  return `sync.limits.${sort} allows ${most} in an hour, and more are due`;
}

/** As much of the hash of a group as a person has to give. */
function short(hash: string): string {
  return hash.slice(0, 'sha256:'.length + 12);
}

/** The first full minute from a moment on: `2026-11-22 14:05 UTC`. */
function minute(at: number): string {
  const text = new Date(Math.ceil(at / 60_000) * 60_000).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 16)} UTC`;
}
