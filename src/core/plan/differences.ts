import type { Held } from '../model/change.js';
import type { Definition } from '../model/definition.js';
import { differenceOf } from '../model/diff.js';
import { type Difference, type Field, fieldNames, type Kind, type LiveObject } from '../model/kind.js';
import type { ObjectRecord } from '../model/record.js';
import { contextOf, type Desired, withLive } from '../observe/resolve.js';
import type { PlanInput } from './input.js';
import { type Resting, restingField, type SettleContext, settleDifference } from './settle.js';

/** The differences of an object from its definition. */
export interface Differences {
  /** Differences that call for a write, by field path. */
  readonly active: ReadonlyMap<string, Difference>;
  /** Differences that are not written any more, because writing them did not help. */
  readonly resting: ReadonlyMap<string, Difference>;
  /** The status of fields that differ but are not written now: they settle, or rest. */
  readonly afterwards: Held | undefined;
}

/** Compares every declared field that is not ignored. Without a live object everything declared is missing. */
export function differencesOf(
  input: PlanInput,
  desired: Desired,
  live: LiveObject | undefined,
  record: ObjectRecord | undefined,
): Differences {
  const active = new Map<string, Difference>();
  const settling: string[] = [];
  const resting = new Map<string, Difference>();
  const rests: Resting[] = [];
  const { keyedHash, settings, now } = input;
  const actor = input.actorOf(desired.definition.key);
  const context: SettleContext = { record, keyedHash, settleMs: settings.settleMs, actor, now };
  const compared = comparedFields(desired, live);
  for (const field of compared) {
    const declared = desired.values[field.path];
    const raw = differenceOf(field, {
      declared,
      live: live === undefined ? (field.subRead === true ? undefined : field.empty) : live.values[field.path],
      desired: desired.values,
      context: contextOf(field, withLive(desired, live), input.lookups),
      object: live,
      record,
      self: input.self,
      reassert: settings.onSecretDrift === 'reassert',
      keyId: input.keyId,
      isOnlyOurs: input.onlyOurs.has(desired.definition.key),
      keyedHash,
    });
    const difference = settleDifference(field, declared, raw, context);
    if (difference === 'wait') settling.push(field.path);
    else if (callsForWrite(difference)) {
      const rest = live === undefined ? undefined : restingField(field.path, difference, live, context);
      if (rest === undefined) active.set(field.path, difference);
      else {
        resting.set(field.path, difference);
        rests.push(rest);
      }
    }
  }
  for (const { path } of alongside(desired, compared, active)) {
    if (!resting.has(path)) active.set(path, { changes: [], send: desired.values[path] });
  }
  return { active, resting, afterwards: restingState(rests) ?? settlingState(desired.kind, settling) };
}

/** Fields that are sent without a difference of their own: their write replaces them together with one that differs. */
function alongside(
  { kind: { wholeWrites = [] } }: Desired,
  compared: readonly Field[],
  active: ReadonlyMap<string, Difference>,
): Field[] {
  const writes = new Set(compared.filter(({ path }) => active.has(path)).map(({ write }) => write));
  return compared.filter(
    ({ path, write }) => wholeWrites.includes(write) && writes.has(write) && !active.has(path),
  );
}

/** Declared fields without those that `c1sync/ignore` names, which counts once the object is there. */
function comparedFields({ kind, values, definition }: Desired, live: LiveObject | undefined): Field[] {
  return kind.fields.filter(
    (field) => field.path in values && (live === undefined || !isIgnored(field, definition)),
  );
}

/** True for a field that `c1sync/ignore` of a definition names, by itself or by its sugar. */
export function isIgnored({ path, sugar }: Field, { steering: { ignore } }: Definition): boolean {
  return ignore.includes(path) || (sugar !== undefined && ignore.includes(sugar.path));
}

function callsForWrite({ changes, unverified, hold }: Difference): boolean {
  return changes.length > 0 || unverified !== undefined || hold !== undefined;
}

function restingState(resting: readonly Resting[]): Held | undefined {
  const [first] = resting;
  if (first === undefined) return undefined;
  return { status: first.status, reason: resting.map(({ reason }) => reason).join('; ') };
}

/** The state of an object whose fields were written and do not show yet; undefined without any. */
export function settlingState(kind: Kind, settling: readonly string[]): Held | undefined {
  if (settling.length === 0) return undefined;
  return {
    status: 'Settling',
    reason: `the tenant takes a few minutes to show the new value of ${fieldNames(kind, settling)}; nothing to do`,
  };
}
