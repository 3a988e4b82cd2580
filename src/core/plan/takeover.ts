import { canonicalJson, sha256 } from '../model/hash.js';
import type { Marks } from '../model/kind.js';
import type { ObjectRecord } from '../model/record.js';
import { byKeys, type Desired } from '../observe/resolve.js';

/** A web edit within this time of a reverted one is final, milliseconds. */
const REPEAT_MS = 24 * 60 * 60_000;

/** The effect of an edit in the web app on an object; `none` without an edit. */
export type Takeover = 'none' | 'revert' | 'yield' | 'reclaim';

/** The input of {@link takeoverOf}. */
export interface TakeoverInput {
  readonly desired: Desired;
  readonly record: ObjectRecord | undefined;
  /** Marks on the live object; undefined without any. */
  readonly marks: Marks | undefined;
  readonly mode: 'once' | 'always' | 'hold';
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * The effect of a web edit on the owner of an object: an edit in the web app clears the marks. A yielded object
 * is reclaimed when its definition has changed since. Present marks count more than a
 * record, which may be older than they are.
 */
export function takeoverOf({ desired, record, marks, mode, now }: TakeoverInput): Takeover {
  if (desired.kind.marks === undefined || record === undefined || marks !== undefined) return 'none';
  if (record.yielded !== undefined) return hasPrint(desired, record.yielded.print) ? 'yield' : 'reclaim';
  if (!record.marked) return 'none';
  if (mode === 'always' || record.putBackBegun !== undefined) return 'revert';
  return mode === 'once' && recentReverts(record, now).length === 0 ? 'revert' : 'yield';
}

/** When web edits of the object were reverted, as far as they still count. */
export function recentReverts(record: ObjectRecord | undefined, now: number): readonly number[] {
  return (record?.putBack ?? []).filter((at) => now - at < REPEAT_MS);
}

/** True for a print of the definition, taken before or after its references had ids. */
function hasPrint(desired: Desired, print: string): boolean {
  const values = Object.entries(desired.values).map(([path, value]) => [path, byKeys(value, desired)]);
  return print === printOf(desired) || print === printOf({ values: Object.fromEntries(values) });
}

/** A hash of the values of a definition: comments, labels and secret values do not count. */
export function printOf({ values }: Pick<Desired, 'values'>): string {
  return sha256(canonicalJson(values, ({ origin }) => origin));
}
