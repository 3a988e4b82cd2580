import type { Status } from '../model/change.js';
import type { Difference, Field, LiveObject } from '../model/kind.js';
import type { Correction, Intent, ObjectRecord } from '../model/record.js';

/** Equal corrections after which a field is left alone. */
export const MOST_CORRECTIONS = 3;

/** Corrections further apart than this do not count as one quarrel, milliseconds. */
const CORRECTION_WINDOW_MS = 6 * 60 * 60 * 1000;

/** What settling looks at. */
export interface SettleContext {
  readonly record: ObjectRecord | undefined;
  readonly keyedHash: (value: unknown) => string;
  /** Milliseconds. */
  readonly settleMs: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Who last changed the object beside us, where that is known. */
  readonly actor?: string | undefined;
}

/** A field that is not written now, and why. */
export interface Resting {
  readonly path: string;
  readonly status: Status;
  readonly reason: string;
}

/** True while the last write of a field may not show yet. */
function isUnderWay(path: string, { record, settleMs, now }: SettleContext): boolean {
  const sent = record?.sent[path];
  return sent !== undefined && now - sent.at < settleMs;
}

/**
 * While a write takes time to show, what is wanted is compared with what was sent last, not with what is seen.
 * Gives `wait` where the two are equal and the tenant does not show it yet.
 */
export function settleDifference(
  field: Field,
  declared: unknown,
  difference: Difference,
  context: SettleContext,
): Difference | 'wait' {
  if (field.settles !== true || !isUnderWay(field.path, context)) return difference;
  const isSent = context.record?.sent[field.path]?.hash === context.keyedHash(declared);
  if (isSent) return difference.changes.length === 0 ? difference : 'wait';
  if (difference.changes.length > 0) return difference;
  return { changes: [{ path: field.path, to: declared }], send: declared };
}

/** What identifies a correction: the field, what is wanted and what was found instead. */
export function correctionHash(
  path: string,
  difference: Difference,
  keyedHash: (value: unknown) => string,
): string {
  return keyedHash([path, difference.changes, difference.sentHash ?? null]);
}

/** The field as resting when equal corrections did not hold; undefined while it is worth another. */
export function restingField(
  path: string,
  difference: Difference,
  live: LiveObject,
  context: SettleContext,
): Resting | undefined {
  const last = context.record?.corrections[path];
  if (last === undefined || last.count < MOST_CORRECTIONS) return undefined;
  if (last.hash !== correctionHash(path, difference, context.keyedHash)) return undefined;
  if (last.updatedAt === undefined || last.updatedAt === live.updatedAt) {
    return {
      path,
      status: 'NotConverging',
      reason: `the tenant does not keep the value of ${path}; write it in the definition the way the tenant shows it, or list it in metadata.annotations c1sync/ignore`,
    };
  }
  return {
    path,
    status: 'Contested',
    reason: contestedReason(path, context.actor),
  };
}

function contestedReason(path: string, actor: string | undefined): string {
  const way = 'list it in metadata.annotations c1sync/ignore';
  return actor === undefined
    ? `another writer keeps changing ${path} back; find out who, or ${way}`
    : `${actor} keeps changing ${path} back; agree with them whose it is, or ${way}`;
}

/** Counts one more correction of a field. `refused`: the answer already showed that the value was not kept. */
export function countCorrection(
  last: Correction | undefined,
  made: {
    readonly hash: string;
    readonly at: number;
    readonly updatedAt?: string;
    readonly refused: boolean;
  },
): Correction {
  const continues = last?.hash === made.hash && made.at - last.at < CORRECTION_WINDOW_MS;
  const count = made.refused ? MOST_CORRECTIONS : (continues ? last.count : 0) + 1;
  return {
    hash: made.hash,
    count,
    at: made.at,
    ...(made.updatedAt === undefined ? {} : { updatedAt: made.updatedAt }),
  };
}

/** Why a create whose outcome is not known is neither done nor repeated, by what is known of its answer. */
export function underWayReason({ reason, isAnswered }: Pick<Intent, 'reason' | 'isAnswered'>): string {
  if (isAnswered === true) {
    return `${reason}; correct the definition where the message asks for it; it may have been created all the same: it is looked for, and created again when the first call can no longer be under way`;
  }
  const why = reason === undefined ? '' : ` (${reason})`;
  return `its creation was begun and the answer was lost${why}; nothing to do: it is looked for, and made again when the first call can no longer be under way`;
}
