import { listed } from '../../text/listed.js';
import type { LiveObject, Marks } from '../model/kind.js';
import type { ObjectRecord } from '../model/record.js';
import { commandFor, type Reason, type Remedy } from '../model/remedy.js';

/** The facts about one definition and the objects that it may claim. */
export interface ClaimCase {
  readonly key: string;
  /** True for a definition with `metadata.id`: it decides, and no conflict is left. */
  readonly pinned: boolean;
  readonly record: ObjectRecord | undefined;
  /** The recorded object, if it exists. */
  readonly live: LiveObject | undefined;
  /** True where a read by its id said that the recorded object is gone. */
  readonly isGone: boolean;
  /** Marks on the recorded object that this workspace wrote; undefined for any others. */
  readonly marks: Marks | undefined;
  /** Objects with marks of this workspace that name this address and that no other definition has by a pin or a move. */
  readonly marked: readonly LiveObject[];
  /** A recorded object without a definition that has the natural key of this one, and may be its object. */
  readonly former: LiveObject | undefined;
  /** The record of an object by its id. */
  readonly recordOf: (id: string) => ObjectRecord | undefined;
  readonly isDefined: (key: string) => boolean;
  readonly isRecorded: (key: string) => boolean;
  /** Another definition whose natural key the recorded object has, for a kind that carries no marks. */
  readonly namedLike: string | undefined;
}

/**
 * Why the object of a definition is ambiguous; undefined where it is clear. The causes are an old state, and two
 * objects with the same marks. Pure.
 */
export function conflictOf(subject: ClaimCase): Reason | undefined {
  if (subject.pinned) return undefined;
  return doubledMarks(subject) ?? otherObject(subject) ?? otherAddress(subject) ?? otherName(subject);
}

function doubledMarks({ key, marked }: ClaimCase): Reason | undefined {
  if (marked.length < 2) return undefined;
  const ids = listed(marked.map(({ id }) => id));
  // No record is to blame for it, so that no page offers to forget one.
  const { reason } = conflict(
    `${marked.length} objects carry the marks of this definition (${ids})`,
    forgetting(key),
  );
  return { reason };
}

/**
 * The marks of the address are on another object than the one recorded, be it under a former name, or on one recorded for
 * another definition.
 */
function otherObject(subject: ClaimCase): Reason | undefined {
  const { key, record, isGone, marked, former, recordOf, isDefined } = subject;
  const [found] = marked;
  if (found === undefined) return undefined;
  if (record !== undefined && record.id !== found.id && !isGone) {
    return conflict(`the records name ${record.id}, and ${named(found)} carries its marks`, forgetting(key));
  }
  const owner = recordOf(found.id);
  const before = former && recordOf(former.id);
  if (record === undefined && owner === undefined && former !== undefined && before !== undefined) {
    return conflict(
      `${named(found)} carries its marks, and ${named(former)} has its name and may have been renamed from ${before.key}`,
      { type: 'release', key: before.key },
    );
  }
  if (owner === undefined || owner.key === key || !isDefined(owner.key)) return undefined;
  return conflict(
    `${named(found)} carries its marks, and the records name ${owner.key}`,
    forgetting(owner.key),
  );
}

/** The recorded object carries the marks of another definition or record. */
function otherAddress({ key, record, live, marks, isDefined, isRecorded }: ClaimCase): Reason | undefined {
  if (record === undefined || live === undefined || marks === undefined) return undefined;
  const { address } = marks;
  if (address === key || address === record.movedFrom) return undefined;
  if (!isDefined(address) && !isRecorded(address)) return undefined;
  return conflict(`the records name ${named(live)}, which carries the marks of ${address}`, forgetting(key));
}

/** The recorded object got the name of another definition. */
function otherName({ key, record, live, namedLike }: ClaimCase): Reason | undefined {
  if (record === undefined || live === undefined || namedLike === undefined) return undefined;
  if (live.displayName === record.displayName) return undefined;
  return conflict(
    `the records name ${named(live)}, which was '${record.displayName}' and now has the name of ${namedLike}`,
    forgetting(key),
  );
}

function named({ displayName, id }: LiveObject): string {
  return `'${displayName}' (${id})`;
}

function forgetting(key: string): Remedy {
  return { type: 'forget', key };
}

/** `remedy`: of the record that may be wrong. */
function conflict(fact: string, remedy: Remedy): Reason {
  const repair = `pin the right object with metadata.id, rename a record with 'c1sync state move', or ${commandFor(remedy)}`;
  return { reason: `${fact}; nothing is written: ${repair}`, remedies: [remedy] };
}
