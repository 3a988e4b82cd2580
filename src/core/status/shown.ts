import type { Change, Held, Standing, Status } from '../model/change.js';
import type { Position } from '../model/definition.js';
import type { FieldChange } from '../model/kind.js';

/** Why a change is held, as it is shown. */
type HeldJson = Pick<Held, 'status' | 'reason' | 'approval'>;

/** A change as people and programs are shown it. Holds no secret, also none that could be guessed from a hash. */
export interface ChangeJson {
  readonly kind: string;
  readonly name: string;
  /** Null while the object does not exist. */
  readonly id: string | null;
  readonly action: Change['action'];
  /** `file:line`. */
  readonly source: string;
  /** A sensitive field carries no values. */
  readonly fields: readonly FieldChange[];
  readonly updateMask: string;
  readonly held: HeldJson | null;
  readonly hash: string;
  /** Who made the object differ; missing where that is not known. */
  readonly actor?: string;
}

/** Where an object stands, as people and programs are shown it. */
export interface StandingJson {
  readonly kind: string;
  readonly name: string;
  readonly id: string | null;
  readonly status: Status;
  readonly reason: string;
  /** `file:line`; null for an object whose definition is not known any more. */
  readonly source: string | null;
  readonly unverified: boolean;
  readonly facts: Standing['facts'];
}

/** A change in the form in which it may be shown. */
export function changeToJson(change: Change): ChangeJson {
  const { kind, name, action, position, fields, updateMask, held, hash, drift } = change;
  return {
    kind,
    name,
    id: 'id' in change ? change.id : null,
    action,
    source: sourceOf(position),
    fields: fields.map(fieldToJson),
    updateMask,
    held: heldToJson(held),
    hash,
    ...(drift?.actor === undefined ? {} : { actor: drift.actor }),
  };
}

function heldToJson(held: Held | null): HeldJson | null {
  if (held === null) return null;
  const { requeueAt: _, ...shown } = held;
  return shown;
}

/** A difference in the form in which it may be shown: values of a sensitive field are left out even if someone put them there. */
export function fieldToJson(field: FieldChange): FieldChange {
  const { path, sensitive, unverified } = field;
  if (sensitive !== true) return field;
  return { path, sensitive, ...(unverified === true ? { unverified } : {}) };
}

/** Where an object stands, for programs. */
export function standingToJson(standing: Standing): StandingJson {
  const { kind, name, id, status, reason, position, unverified, facts } = standing;
  const source = position === undefined ? null : sourceOf(position);
  return { kind, name, id: id ?? null, status, reason, source, unverified, facts };
}

/** `definitions/apps/github.yaml:4`. */
export function sourceOf({ file, line }: Position): string {
  return `${file}:${line}`;
}
