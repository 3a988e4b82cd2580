/** The sorts of change that limits count. */
export type Counted = 'creates' | 'updates' | 'adopts' | 'deletes';

/** A change that was begun. */
export interface Executed {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly sort: Counted;
  readonly key: string;
  /** Set where a person approved it, or no limit was in force: it counts for others, and a further change of its object counts again. */
  readonly approved?: true;
}

/** How far back limits count, milliseconds. */
export const LIMIT_WINDOW_MS = 60 * 60_000;

/** Sorts of which every change counts; of the others an object counts once. */
export const EACH_TIME: ReadonlySet<Counted> = new Set(['creates', 'deletes']);

/**
 * The counted changes of one object and sort after one more. Changes older than an hour are dropped. Of a sort that
 * counts an object once, the last change replaces the earlier ones that were admitted in the same way.
 */
export function afterOneMore(earlier: readonly Executed[], added: Executed): readonly Executed[] {
  const recent = earlier.filter(({ at }) => added.at - at < LIMIT_WINDOW_MS);
  const kept = EACH_TIME.has(added.sort)
    ? recent
    : recent.filter(({ approved }) => approved !== added.approved);
  return [...kept, added];
}

/** A person's approval to apply a held change once. */
export interface Approval {
  readonly key: string;
  /** Hash of the change: another change of the object is not approved. */
  readonly hash: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The hold that it was shown with, by the name of its group; missing in approvals of version 0.1.0. */
  readonly group?: string;
  /** Who gave it, where that is known. */
  readonly by?: string;
}

/** A person's command to suspend objects. */
export interface Suspension {
  /** `Kind/name`, labels that all have to be there (`k=v,k=v`), or `*` for everything. One for each target. */
  readonly target: string;
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** When it ends by itself, milliseconds since the epoch. */
  readonly until?: number;
  /** Who gave it, where that is known. */
  readonly by?: string;
}
