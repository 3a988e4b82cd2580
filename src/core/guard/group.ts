import { canonicalJson, sha256 } from '../model/hash.js';

/** Hash of a group of changes by their hashes, in any order. */
export function groupHash(hashes: readonly string[]): string {
  return sha256(canonicalJson(hashes.toSorted()));
}
