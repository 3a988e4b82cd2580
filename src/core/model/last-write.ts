import type { ObjectRecord } from './record.js';
import { followedBy, isMoved, oneOf } from './unsure-writes.js';

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
  /** True when the tenant's log names only us since the first write began whose end is not known. */
  readonly isOnlyOurs: boolean;
}

/** Who wrote a write-only value last, by record, timestamp and log. Pure. */
export function lastWrite({ record, path, stamp, keyId, isOnlyOurs }: LastWriteInput): LastWrite {
  const hashOf = (write: { readonly hash: string; readonly key?: string }): string | undefined =>
    write.hash === '' || (write.key ?? keyId) !== keyId ? undefined : write.hash;
  const written = record?.secrets[path];
  const followed = followedBy(record?.unsure?.[path], stamp);
  if (followed.length > 0) {
    if (isOnlyOurs) return { type: 'ours', hash: hashOf(oneOf(followed)) };
    const hashes = [...followed, ...(written === undefined ? [] : [written])].map(hashOf);
    return { type: 'maybeOurs', hashes: hashes.every((hash) => hash !== undefined) ? hashes : [] };
  }
  if (written === undefined) return { type: 'unknown' };
  return { type: isMoved(stamp, written.stamp) ? 'foreign' : 'ours', hash: hashOf(written) };
}
