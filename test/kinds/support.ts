import { differenceOf } from '../../src/core/model/diff.js';
import { canonicalJson, sha256 } from '../../src/core/model/hash.js';
import {
  type Difference,
  type DiffInput,
  type Field,
  fieldAt,
  type Kind,
  type LiveObject,
} from '../../src/core/model/kind.js';
import type { ObjectRecord } from '../../src/core/model/record.js';
import { Secret } from '../../src/core/model/secret.js';

/** The field, or a failure that names it. */
export function field(kind: Kind, path: string): Field {
  const found = fieldAt(kind, path);
  if (found === undefined) throw new Error(`${kind.name} has no field ${path}`);
  return found;
}

/** A hash in the way records do it: secrets count by their text. */
export function keyedHash(value: unknown): string {
  return sha256(
    canonicalJson(value, (secret) => (secret instanceof Secret ? ['text', secret.reveal()] : null)),
  );
}

/** Compares a declared value with a live one as the plan does; both come as they are written, and are normalised here. */
export function compare(
  of: Field,
  declared: unknown,
  live: unknown,
  others: Partial<Omit<DiffInput, 'declared' | 'live' | 'keyedHash'>> = {},
): Difference {
  const normalise = of.normalise ?? ((value: unknown) => value);
  return differenceOf(of, {
    declared: normalise(declared),
    live: live === undefined ? undefined : normalise(live),
    desired: {},
    context: undefined,
    object: undefined,
    record: undefined,
    self: undefined,
    reassert: false,
    keyId: 'one',
    isOnlyOurs: false,
    ...others,
    keyedHash,
  });
}

/** A live object with nothing but what a test names. */
export function liveObject(parts: Partial<LiveObject> = {}): LiveObject {
  return { id: 'id-1', displayName: 'One', values: {}, stamps: {}, facts: {}, ...parts };
}

/** A record with nothing but what a test names. */
export function objectRecord(parts: Partial<ObjectRecord> = {}): ObjectRecord {
  return {
    key: 'App/one',
    id: 'id-1',
    displayName: 'One',
    origin: 'adopted',
    marked: false,
    sent: {},
    secrets: {},
    corrections: {},
    ...parts,
  };
}
