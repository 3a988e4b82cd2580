import type { Change, Held, Risk, Standing, Status } from '../model/change.js';
import type { Position } from '../model/definition.js';
import type { FieldChange } from '../model/kind.js';
import type { Reason } from '../model/remedy.js';

/** A hold as people and programs see it. */
type HeldJson = Pick<Held, 'status' | 'reason' | 'remedies' | 'approval'>;

/** A change as people and programs see it. Holds no secret, and no hash from which one could be guessed. */
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
  /** Null where the change has no particular risk. */
  readonly risk: Risk | null;
  /** Who is concerned by a risk, for people; missing where unknown. */
  readonly reach?: string;
  readonly hash: string;
  /** Who caused the drift; missing where unknown. */
  readonly actor?: string | undefined;
}

/** The standing of an object as people and programs see it. */
export interface StandingJson extends Reason {
  readonly kind: string;
  readonly name: string;
  readonly id: string | null;
  readonly status: Status;
  /** `file:line`; null for an object without a definition. */
  readonly source: string | null;
  readonly unverified: boolean;
  readonly facts: Standing['facts'];
}

/** A change as people and programs see it. */
export function changeToJson(change: Change): ChangeJson {
  const { kind, name, action, position, fields, updateMask, held, hash, drift, risk, reach } = change;
  return {
    kind,
    name,
    id: 'id' in change ? change.id : null,
    action,
    source: sourceOf(position),
    fields: fields.map(fieldToJson),
    updateMask,
    held: heldToJson(held),
    risk: risk ?? null,
    ...(reach === undefined ? {} : { reach }),
    hash,
    actor: drift?.actor,
  };
}

function heldToJson(held: Held | null): HeldJson | null {
  if (held === null) return null;
  const { requeueAt: _, ...shown } = held;
  return shown;
}

/** A difference as people and programs see it: always without values of a sensitive field. */
export function fieldToJson(field: FieldChange): FieldChange {
  const { path, sensitive, unverified } = field;
  if (sensitive !== true) return field;
  return { path, sensitive, ...(unverified === true ? { unverified } : {}) };
}

/** `risk: access, used by 42 people`, for people. Undefined without a risk. */
export function riskNote({
  risk,
  reach,
}: {
  readonly risk?: Risk | null | undefined;
  readonly reach?: string | undefined;
}): string | undefined {
  if (risk === undefined || risk === null) return undefined;
  return `risk: ${reach === undefined ? risk : `${risk}, ${reach}`}`;
}

/** A standing as people and programs see it. */
export function standingToJson(standing: Standing): StandingJson {
  const { kind, name, id, status, reason, remedies, position, unverified, facts } = standing;
  const source = position === undefined ? null : sourceOf(position);
  return { kind, name, id: id ?? null, status, reason, remedies, source, unverified, facts };
}

/** `definitions/apps/github.yaml:4`. */
export function sourceOf({ file, line }: Position): string {
  return `${file}:${line}`;
}
