import type { ObjectRecord, UnsureWrite } from './record.js';

/** The known state of a write-only value. */
export type LastWrite =
  /** The author of the last write is unknown. */
  | { readonly type: 'unknown' }
  /** `ours`: unchanged since our write. `foreign`: another writer changed it since. `hash`: undefined when no comparison is possible. */
  | { readonly type: 'ours' | 'foreign'; readonly hash: string | undefined }
  /**
   * A write of ours whose end is not known may have written it, or somebody else. `hashes`: of what we may have written
   * last; none where no comparison is possible.
   */
  | { readonly type: 'maybeOurs'; readonly hashes: readonly string[] };

/** The input of judging the last write. */
export interface LastWriteInput {
  readonly record: ObjectRecord | undefined;
  readonly path: string;
  /** The tenant's timestamp of the value; undefined while it was never written. */
  readonly stamp: string | undefined;
  /** Id of the present hash key: a hash made with another one cannot be compared. */
  readonly keyId: string;
  /** True when the tenant's log names only us since the write began whose end is not known. */
  readonly isOnlyOurs: boolean;
}

/** Who wrote a write-only value last, by record, timestamp and log. Pure. */
export function lastWrite({ record, path, stamp, keyId, isOnlyOurs }: LastWriteInput): LastWrite {
  const hashOf = (write: { readonly hash: string; readonly key?: string }): string | undefined =>
    write.hash === '' || (write.key ?? keyId) !== keyId ? undefined : write.hash;
  const unsure = record?.unsure?.[path];
  const written = record?.secrets[path];
  if (unsure !== undefined && isFollowed(unsure, stamp)) {
    if (isOnlyOurs) return { type: 'ours', hash: hashOf(unsure) };
    const hashes = [unsure, ...(written === undefined ? [] : [written])].map(hashOf);
    return { type: 'maybeOurs', hashes: hashes.every((hash) => hash !== undefined) ? hashes : [] };
  }
  if (written === undefined) return { type: 'unknown' };
  return { type: isMoved(stamp, written.stamp) ? 'foreign' : 'ours', hash: hashOf(written) };
}

/** Paths of writes whose end is not known and that something has followed. */
export function unsurePaths(
  record: ObjectRecord | undefined,
  stamps: Readonly<Record<string, string>>,
): readonly string[] {
  return Object.entries(record?.unsure ?? {})
    .filter(([path, begun]) => isFollowed(begun, stamps[path]))
    .map(([path]) => path);
}

/** True where something was written since a write of ours began: after the very first one, that is any timestamp at all. */
function isFollowed(begun: UnsureWrite, stamp: string | undefined): boolean {
  return begun.stamp === '' ? stamp !== undefined : isMoved(stamp, begun.stamp);
}

/** An older timestamp than the recorded one is that of a stale answer, not of another write. */
function isMoved(stamp: string | undefined, recorded: string): boolean {
  if (stamp === undefined || recorded === '' || stamp === recorded) return false;
  return Date.parse(stamp) >= Date.parse(recorded);
}
