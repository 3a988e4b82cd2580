import { isDeepStrictEqual } from 'node:util';
import type { ObjectRecord, UnsureWrite } from './record.js';

/** Write-only values by field path: the last write that is known to have happened, and those since whose outcome is not. */
export type WrittenValues = Pick<ObjectRecord, 'secrets' | 'unsure'>;

/** The facts that settle writes whose outcome is not known. */
export interface SettleFacts {
  /** The tenant's timestamps, by field path. */
  readonly stamps: Readonly<Record<string, string>>;
  /** True when the tenant's log names only us since the first of these writes that something has followed. */
  readonly isOnlyOurs: boolean;
  /** When the tenant was read, milliseconds since the epoch. */
  readonly at: number;
  /** How long a call whose answer was lost may still be carried out, milliseconds. */
  readonly windowMs: number;
}

/** The writes of one value that something has followed: they may have written it, or somebody else. */
export function followedBy(
  writes: readonly UnsureWrite[] | undefined,
  stamp: string | undefined,
): readonly UnsureWrite[] {
  return (writes ?? []).filter((write) => isFollowed(write, stamp));
}

/** An older timestamp than the recorded one is that of a stale answer, not of another write. */
export function isMoved(stamp: string | undefined, recorded: string): boolean {
  if (stamp === undefined || recorded === '' || stamp === recorded) return false;
  return Date.parse(stamp) >= Date.parse(recorded);
}

/** True where something was written since a write of ours began: after the very first one, that is any timestamp at all. */
function isFollowed(begun: UnsureWrite, stamp: string | undefined): boolean {
  return begun.stamp === '' ? stamp !== undefined : isMoved(stamp, begun.stamp);
}

/** The writes that may still be carried out after another one, whose timestamp is `stamp`. */
export function afterWrite(writes: readonly UnsureWrite[], stamp: string): readonly UnsureWrite[] {
  return stamp === '' ? writes : writes.map((write) => ({ ...write, stamp }));
}

/** The member `unsure` of a record, without values that have no such write. */
export function unsureMember(
  unsure: Readonly<Record<string, readonly UnsureWrite[]>>,
): Pick<ObjectRecord, 'unsure'> {
  const left = Object.entries(unsure).filter(([, writes]) => writes.length > 0);
  return left.length === 0 ? {} : { unsure: Object.fromEntries(left) };
}

/**
 * The values after the tenant was read. Where the log names only us, what followed was one of our writes; of several any
 * may have been the last, and the others may still arrive. A write ends with the time in which it may be carried out, unless
 * something has followed that it may have done. Pure.
 */
export function settledWrites({ secrets, unsure = {} }: WrittenValues, facts: SettleFacts): WrittenValues {
  const settled = { ...secrets };
  const left: Record<string, readonly UnsureWrite[]> = {};
  for (const [path, writes] of Object.entries(unsure)) {
    const stamp = facts.stamps[path];
    const followed = followedBy(writes, stamp);
    let open = writes;
    if (facts.isOnlyOurs && stamp !== undefined && followed.length > 0) {
      settled[path] = { ...oneOf(followed), stamp };
      const others = writes.filter((write) => !followed.includes(write));
      open = [...(followed.length === 1 ? [] : afterWrite(followed, stamp)), ...others];
    }
    left[path] = stillOpen(open, stamp, facts);
  }
  return { secrets: settled, ...unsureMember(left) };
}

/** The value of the last one of several writes in an unknown order; an empty hash where they differ. */
export function oneOf(writes: readonly UnsureWrite[]): Pick<UnsureWrite, 'hash' | 'key'> {
  const values = writes.map(({ hash, key }) => ({ hash, key }));
  const [first = { hash: '', key: '' }, ...rest] = values;
  return rest.every((value) => isDeepStrictEqual(value, first)) ? first : { ...first, hash: '' };
}

function stillOpen(
  writes: readonly UnsureWrite[],
  stamp: string | undefined,
  { at, windowMs }: SettleFacts,
): readonly UnsureWrite[] {
  const followed = followedBy(writes, stamp);
  return writes
    .map((write) => ({ ...write, lostAt: write.lostAt ?? at }))
    .filter(({ lostAt, ...write }) => {
      const end = lostAt + windowMs;
      if (at < end) return true;
      // Its effect, if it had one, was replaced by a later write of ours.
      return isFollowed(write, stamp) && !followed.some((later) => later.at >= end);
    });
}
