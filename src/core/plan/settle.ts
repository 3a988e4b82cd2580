import type { Status } from '../model/change.js';
import type { Difference, Field, LiveObject } from '../model/kind.js';
import type { Correction, Intent, ObjectRecord } from '../model/record.js';

/** Equal corrections after which a field rests. */
export const MOST_CORRECTIONS = 3;

/** Corrections further apart than this are counted from one again, milliseconds. */
const CORRECTION_WINDOW_MS = 6 * 60 * 60 * 1000;

/** The input of settling. */
export interface SettleContext {
  readonly record: ObjectRecord | undefined;
  readonly keyedHash: (value: unknown) => string;
  /** Milliseconds. */
  readonly settleMs: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Who last caused drift on the object, where that is known. */
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
 * Compares the declared value with the last one sent, not with the live one, while a write takes time to show.
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

/** The identity of a correction: the field, the declared value and the live one. */
export function correctionHash(
  path: string,
  difference: Difference,
  keyedHash: (value: unknown) => string,
): string {
  return keyedHash([path, difference.changes, difference.sentHash ?? null]);
}

/** The field as resting after too many equal corrections; undefined while another one may succeed. */
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
    : `${actor} keeps changing ${path} back; agree with them who owns it, or ${way}`;
}

/** Counts one more correction of a field. `refused`: the answer already showed that the value was not kept. */
export function countCorrection(
  last: Correction | undefined,
  correction: {
    readonly hash: string;
    readonly at: number;
    readonly updatedAt?: string;
    readonly refused: boolean;
  },
): Correction {
  const continues = last?.hash === correction.hash && correction.at - last.at < CORRECTION_WINDOW_MS;
  const count = correction.refused ? MOST_CORRECTIONS : (continues ? last.count : 0) + 1;
  return {
    hash: correction.hash,
    count,
    at: correction.at,
    ...(correction.updatedAt === undefined ? {} : { updatedAt: correction.updatedAt }),
  };
}

/** The reason of an unconfirmed create, by its answer. */
export function underWayReason({ reason, isAnswered }: Pick<Intent, 'reason' | 'isAnswered'>): string {
  if (isAnswered === true) {
    return `${reason}; correct the definition if the message asks for it; the object may exist all the same: c1sync searches for it, and creates it again when the first call can no longer be under way`;
  }
  const why = reason === undefined ? '' : ` (${reason})`;
  return `the answer to its create call was lost${why}; nothing to do: c1sync searches for the object, and creates it again when the first call can no longer be under way`;
}
