import type { Position, Revision } from './definition.js';
import type { FieldChange, LiveObject } from './kind.js';

/** Every place where an object can stand. */
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

/** Where an object stands. */
export type Status = (typeof STATUSES)[number];

/** Why a change is not carried out, with the status that says so. */
export interface Held {
  readonly status: Status;
  /** A sentence that tells the user what to do. */
  readonly reason: string;
  /** Hash of the group of changes that one approval releases; missing where an approval does not help. */
  readonly approval?: string;
  /** When time alone may have lifted the hold, milliseconds since the epoch; missing where it never does. */
  readonly requeueAt?: number;
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

/** What is known of a change by somebody else. */
export interface Drift {
  /** Who made it; missing where that is not known. */
  readonly actor?: string;
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
  readonly awaits?: readonly string[];
  /** Mask of the `update` call; empty when there is none. */
  readonly updateMask: string;
  /** `sha256:` hash of key, id, action and fields; sensitive values only as keyed hashes. */
  readonly hash: string;
  readonly held: Held | null;
  /** Where the object stands when this is done, if it is not in line then: a field that rests or settles. */
  readonly afterwards?: Held;
  /** Keyed hashes of write-only values that the writes carry, by field path. */
  readonly sentHashes: Readonly<Record<string, string>>;
  /** Of an update: keyed hash of wanted and found, by the path of each differing field. */
  readonly correctionHashes: Readonly<Record<string, string>>;
  /** Set when the object was in line with this very definition before, so that somebody else has changed it. */
  readonly drift?: Drift;
}

/** The object is missing and will be made. `parent` is a key while the parent has no id yet. */
export interface Create extends ChangeBase {
  readonly action: 'create';
  readonly parent?: { readonly id: string } | { readonly key: string };
  readonly natural: Readonly<Record<string, unknown>>;
}

/** The object is managed and differs. */
export interface Update extends ChangeBase {
  readonly action: 'update';
  readonly id: string;
  readonly parentId?: string;
  readonly live: LiveObject;
  /** True when the writes change nothing that a reader could see: marks of a pinned app, secrets written once. */
  readonly bookkeeping: boolean;
  /** The key that the record has had until now, where the definition was renamed. */
  readonly renamedFrom?: string;
  /** Set when these are the remaining calls of a create that was begun: they are part of it. */
  readonly completes?: true;
  /** `putBack`: a web edit is undone. `reclaim`: the definition wants back what was yielded. */
  readonly takeover?: 'putBack' | 'reclaim';
}

/** The object exists and comes under management now. */
export interface Adopt extends ChangeBase {
  readonly action: 'adopt';
  readonly id: string;
  readonly parentId?: string;
  readonly live: LiveObject;
  /** The key of the record that an adoption left which failed half-way, where the definition was renamed since. */
  readonly renamedFrom?: string;
}

/** The object leaves the tenant: its definition is gone. */
export interface Delete extends ChangeBase {
  readonly action: 'delete';
  readonly id: string;
  readonly parentId?: string;
  readonly live: LiveObject;
}

/** What is to be done for one object. */
export type Change = Create | Update | Adopt | Delete;

/** Where one defined or remembered object stands by this plan. */
export interface Standing {
  readonly key: string;
  readonly kind: string;
  readonly name: string;
  readonly id?: string;
  readonly position?: Position;
  readonly status: Status;
  /** A sentence; empty when `Synced`. */
  readonly reason: string;
  /** Write-only values that were never written by us, so that nobody knows whether they are right. */
  readonly unverified: boolean;
  readonly facts: LiveObject['facts'];
  /** When another look is worth it although nothing was heard of, milliseconds since the epoch. */
  readonly requeueAt?: number;
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
  /** Pinned apps in line that will get their marks: no change by itself. */
  readonly unmarked: number;
  /** Objects that could not be planned: read errors, unresolved references. */
  readonly failed: number;
}

/** The difference between definitions and tenant, and what closes it. */
export interface Plan extends Revision {
  /** Visible changes, held ones included, sorted: parents first, then by key. */
  readonly changes: readonly Change[];
  /** Writes that change nothing a reader could see, done once by `apply` and `run`. */
  readonly bookkeeping: readonly Update[];
  /** Every object, sorted by key. */
  readonly standings: readonly Standing[];
  readonly summary: Summary;
  /** `sha256:` over the hashes of `changes`. */
  readonly planHash: string;
  /** What carrying it out costs: calls, and seconds at the configured rate. */
  readonly cost: { readonly requests: number; readonly seconds: number };
}
