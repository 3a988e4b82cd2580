import type { Position, Revision } from './definition.js';
import type { FieldChange, LiveObject } from './kind.js';
import type { Reason } from './remedy.js';

/** Every status of an object. */
export const STATUSES = [
  'Synced',
  'Pending',
  'Drifted',
  'Held',
  'Suspended',
  'TakenOver',
  'ForeignOwner',
  'Gone',
  'Invalid',
  'UnresolvedReference',
  'Failed',
  'NotConverging',
  'Contested',
  'Settling',
  'Orphaned',
] as const;

/** The status of an object. */
export type Status = (typeof STATUSES)[number];

/** A hold on a change, with its status. */
export interface Held extends Reason {
  readonly status: Status;
  /** Hash of the group of changes that one approval releases; missing where an approval does not help. */
  readonly approval?: string | undefined;
  /** When time alone may have lifted the hold, milliseconds since the epoch; missing where it never does. */
  readonly requeueAt?: number | undefined;
}

/** One call, or the part of a change that one call carries. */
export interface Write {
  /** `create`, or one of the kind's writes. */
  readonly name: string;
  /** Values to send by field path. */
  readonly values: Readonly<Record<string, unknown>>;
  /** The mask as it will be sent; empty for calls that take none. */
  readonly mask: string;
}

/** Risks of changes, the greatest first. */
export const RISKS = ['deletion', 'secrets', 'access', 'adoption'] as const;

/**
 * The risk of a change. `deletion`: of an object. `secrets`: the write replaces secrets in use. `access`: owners or
 * policies change. `adoption`: a person made the object.
 */
export type Risk = (typeof RISKS)[number];

/** A change by somebody else. */
export interface Drift {
  /** Its author; missing where that is not known. */
  readonly actor?: string | undefined;
}

interface ChangeBase {
  readonly key: string;
  readonly kind: string;
  readonly name: string;
  readonly position: Position;
  readonly fields: readonly FieldChange[];
  /** Calls in order. */
  readonly writes: readonly Write[];
  /** Keys that stand in the values of the writes for ids that do not exist yet: their objects are created first. */
  readonly awaits?: readonly string[] | undefined;
  /** Mask of the `update` call; empty when there is none. */
  readonly updateMask: string;
  /** `sha256:` hash of key, id, action and fields; sensitive values only as keyed hashes. */
  readonly hash: string;
  /** `hash` without the values of secrets, to compare with a state that has another hash key; missing where they are equal. */
  readonly keylessHash?: string | undefined;
  readonly held: Held | null;
  readonly risk?: Risk | undefined;
  /** Who is concerned by a change with a risk, for people: `used by 42 people`. */
  readonly reach?: string | undefined;
  /** The status of the object after the change, where it is not in sync then: a field rests or settles. */
  readonly afterwards?: Held | undefined;
  /** Keyed hashes of write-only values that the writes carry, by field path. */
  readonly sentHashes: Readonly<Record<string, string>>;
  /** Of an update: keyed hash of the declared and the live value, by the path of each differing field. */
  readonly correctionHashes: Readonly<Record<string, string>>;
  /** Set when the object was in sync with this very definition before, so that somebody else has changed it. */
  readonly drift?: Drift | undefined;
}

/** The object is missing and will be created. `parent` is a key while the parent has no id yet. */
export interface Create extends ChangeBase {
  readonly action: 'create';
  readonly parent?: { readonly id: string } | { readonly key: string } | undefined;
  readonly natural: Readonly<Record<string, unknown>>;
}

/** The object is managed and differs. */
export interface Update extends ChangeBase {
  readonly action: 'update';
  readonly id: string;
  readonly parentId?: string | undefined;
  readonly live: LiveObject;
  /** True for writes that only c1sync needs: marks of a pinned app, secrets written once. */
  readonly bookkeeping: boolean;
  /** The former key of the record, where the definition was renamed. */
  readonly renamedFrom?: string | undefined;
  /** True for the remaining calls of a create that was begun. */
  readonly completes?: boolean | undefined;
  /** `revert`: a web edit is reverted. `reclaim`: the definition takes back a yielded object. */
  readonly takeover?: 'revert' | 'reclaim' | undefined;
}

/** The object exists and is adopted. */
export interface Adopt extends ChangeBase {
  readonly action: 'adopt';
  readonly id: string;
  readonly parentId?: string | undefined;
  readonly live: LiveObject;
  /** The former key of the record of an unfinished adoption, where the definition was renamed since. */
  readonly renamedFrom?: string | undefined;
}

/** The object is deleted: its definition is gone. */
export interface Delete extends ChangeBase {
  readonly action: 'delete';
  readonly id: string;
  readonly parentId?: string | undefined;
  readonly live: LiveObject;
}

/** The change of one object. */
export type Change = Create | Update | Adopt | Delete;

/** The status of one defined or recorded object by this plan. */
export interface Standing extends Reason {
  readonly key: string;
  readonly kind: string;
  readonly name: string;
  readonly id?: string | undefined;
  readonly position?: Position | undefined;
  readonly status: Status;
  /** A sentence; empty when `Synced`. */
  readonly reason: string;
  /** True for write-only values that c1sync never wrote, and so cannot compare. */
  readonly unverified: boolean;
  readonly facts: LiveObject['facts'];
  /** True where the last observation saw our marks on it, false where it saw none; missing without an observation. */
  readonly isMarked?: boolean | undefined;
  /** When the object is requeued without a trigger, milliseconds since the epoch. */
  readonly requeueAt?: number | undefined;
}

/** Counts of a plan. */
export interface Summary {
  readonly create: number;
  readonly update: number;
  readonly adopt: number;
  readonly delete: number;
  readonly unchanged: number;
  readonly held: number;
  readonly invalid: number;
  readonly unverified: number;
  /** Objects whose only write is one that c1sync needs: marks, secrets written once. */
  readonly bookkeeping: number;
  /** Pinned apps in sync that will get their marks: no change by itself. */
  readonly unmarked: number;
  /** Objects that could not be planned: read errors, unresolved references. */
  readonly failed: number;
}

/** The difference between definitions and tenant, and the changes that close it. */
export interface Plan extends Revision {
  /** Visible changes, held ones included, sorted: parents first, then by key. */
  readonly changes: readonly Change[];
  /** Writes that only c1sync needs, made once by `apply` and `run`. */
  readonly bookkeeping: readonly Update[];
  /** Every object, sorted by key. */
  readonly standings: readonly Standing[];
  readonly summary: Summary;
  /** `sha256:` over the hashes of `changes` and `bookkeeping`. */
  readonly planHash: string;
  /** Its cost: calls, and seconds at the configured rate. */
  readonly cost: { readonly requests: number; readonly seconds: number };
}
