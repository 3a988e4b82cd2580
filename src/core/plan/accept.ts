import { isDeepStrictEqual } from 'node:util';
import type { Difference, Field, FieldChange, LiveObject, Lookup, Sugar } from '../model/kind.js';
import { lastWrite } from '../model/last-write.js';
import type { ObjectRecord } from '../model/record.js';
import { afterWrite, unsureMember } from '../model/unsure-writes.js';
import { type LookupTable, type Wanted, want } from '../observe/lookups.js';
import { itemOf, namesIn } from '../observe/references.js';
import { contextOf, type Desired, withLive } from '../observe/resolve.js';
import { differencesOf } from './differences.js';
import type { PlanInput } from './input.js';

/** An object beside its definition. */
export interface Comparison {
  readonly desired: Desired;
  readonly live: LiveObject;
  readonly record: ObjectRecord | undefined;
  /** The differences by field path; without fields whose last write may not show yet. */
  readonly differences: ReadonlyMap<string, Difference>;
  readonly lookups: LookupTable;
  readonly keyId: string;
  readonly isOnlyOurs: boolean;
}

/** A new value in the `spec` of a definition. */
interface SpecEdit {
  readonly path: readonly [string, ...string[]];
  readonly value: unknown;
  /** A new name for the last key of the path: ids take the place of names that are not unique. */
  readonly key?: string;
}

/** A write of secrets by somebody else that counts as ours from now on. */
export interface AcceptedSecret {
  /** Path of the field. */
  readonly path: string;
  /** The tenant's timestamp of that write. */
  readonly stamp: string;
  /** Keyed hash of the declared secrets, which the record must have. */
  readonly hash: string;
}

/** The steps by which a definition accepts the state of its object. */
export interface Acceptance {
  readonly edits: readonly SpecEdit[];
  /** The differences that the edits end. */
  readonly fields: readonly FieldChange[];
  readonly secrets: readonly AcceptedSecret[];
  /** Differences that cannot be accepted, each with its reason. */
  readonly refused: readonly string[];
}

/** The names of ids, by lookup. */
export type Names = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Compares an object with its definition. Undefined where no object was found or names in the definition do not resolve. */
export function comparisonOf(input: PlanInput, key: string): Comparison | undefined {
  const desired = input.desired.get(key);
  const match = input.matches.get(key);
  if (desired === undefined || match?.type !== 'found' || desired.unresolved.length > 0) return undefined;
  if (input.readErrors.has(match.live.id)) return undefined;
  const record = input.records.objects.get(match.renamedFrom ?? key);
  const { active, resting } = differencesOf(input, desired, match.live, record);
  return {
    desired,
    live: match.live,
    record,
    differences: new Map([...active, ...resting]),
    lookups: input.lookups,
    keyId: input.keyId,
    isOnlyOurs: input.onlyOurs.has(key),
  };
}

/** The names that the definitions will use for ids of their objects. */
export async function namesFor(
  comparisons: readonly Comparison[],
  lookups: ReadonlyMap<string, Lookup>,
): Promise<Names> {
  const wanted: Wanted = new Map();
  for (const { desired, live, differences } of comparisons) {
    for (const { path, sugar } of fieldsIn(desired, differences)) {
      if (sugar === undefined || !(sugar.path in desired.definition.spec)) continue;
      for (const id of namesIn(live.values[path])) want(wanted, sugar.lookup, id);
    }
  }
  const entries = [...wanted].map(
    async ([name, ids]) => [name, (await lookups.get(name)?.names(ids)) ?? new Map()] as const,
  );
  return new Map(await Promise.all(entries));
}

/** The edits that bring a definition in sync with its live object. Only declared fields change. */
export function acceptanceOf(comparison: Comparison, names: Names): Acceptance {
  const edits: SpecEdit[] = [];
  const fields: FieldChange[] = [];
  const secrets: AcceptedSecret[] = [];
  const refused: string[] = [];
  for (const field of fieldsIn(comparison.desired, comparison.differences)) {
    const changes = comparison.differences.get(field.path)?.changes ?? [];
    const shown = changes.filter(({ sensitive }) => sensitive !== true);
    for (const edit of shown.length === 0 ? [] : editsOf(field, shown, comparison, names)) {
      if (edit.value === undefined) {
        refused.push(`${edit.path.join('.')}: no definition can have its value; correct it in the tenant`);
      } else edits.push(edit);
    }
    fields.push(...shown);
    if (shown.length === changes.length) continue;
    const secret = acceptedSecret(field, comparison);
    if (secret !== undefined) secrets.push(secret);
    else {
      const paths = changes.flatMap(({ path, sensitive }) => (sensitive === true ? path : []));
      refused.push(
        `${paths.join(', ')}: no change by another writer is visible; the definition has another value, which an apply writes`,
      );
    }
  }
  return { edits, fields, secrets, refused };
}

/** The record after foreign writes were accepted; undefined where it does not have the hash of one of them. */
export function withAccepted(
  record: ObjectRecord,
  secrets: readonly AcceptedSecret[],
): ObjectRecord | undefined {
  let result = record;
  for (const { path, stamp, hash } of secrets) {
    const begun = result.unsure?.[path] ?? [];
    const written = [result.secrets[path], ...begun].find((write) => write?.hash === hash);
    if (written === undefined) return undefined;
    const key = written.key === undefined ? {} : { key: written.key };
    const { unsure, ...rest } = result;
    result = {
      ...rest,
      ...unsureMember({ ...unsure, [path]: afterWrite(begun, stamp) }),
      secrets: { ...result.secrets, [path]: { hash, stamp, ...key } },
    };
  }
  return result;
}

function fieldsIn({ kind }: Desired, differences: ReadonlyMap<string, Difference>): readonly Field[] {
  return kind.fields.filter(({ path }) => (differences.get(path)?.changes.length ?? 0) > 0);
}

function editsOf(
  field: Field,
  changes: readonly FieldChange[],
  { desired, live, lookups }: Comparison,
  names: Names,
): readonly SpecEdit[] {
  const { spec, name } = desired.definition;
  const value = live.values[field.path];
  const context = contextOf(field, withLive(desired, live), lookups);
  if (field.memberToSpec !== undefined || field.shape === 'entries') {
    return changes.map(({ path }) => {
      const member = path.slice(field.path.length + 1);
      const declared = memberOf(spec[field.path], member);
      const given = field.memberToSpec?.(member, declared, value, context);
      return { path: [field.path, member], value: given ?? memberOf(value, member) ?? '' };
    });
  }
  const { sugar } = field;
  if (sugar !== undefined && sugar.path in spec) return [sugarEdit(field, sugar, desired, value, names)];
  if (isDeepStrictEqual(value, field.empty)) return [{ path: [field.path], value }];
  const declared = field.toSpec === undefined ? value : field.toSpec(value, context, name);
  return [{ path: [field.path], value: inOrderOf(spec[field.path], declared, field, (item) => item) }];
}

/** Names where each id has one, else the ids. Names that stay are written as they are now. */
function sugarEdit(
  field: Field,
  sugar: Sugar,
  { definition, ids: declared }: Desired,
  value: unknown,
  names: Names,
): SpecEdit {
  const { path, lookup } = sugar;
  const ids = namesIn(value);
  const known = ids.flatMap((id) => names.get(lookup)?.get(id) ?? []).map((key) => itemOf(sugar, key));
  if (known.length < ids.length) {
    const given = field.toSpec === undefined ? value : field.toSpec(value, undefined, definition.name);
    return { path: [path], key: field.path, value: given };
  }
  if (!Array.isArray(value)) return { path: [path], value: known[0] ?? '' };
  const nameOf = new Map<unknown, unknown>(ids.map((id, index) => [id, known[index]]));
  const ordered = inOrderOf(definition.spec[path], ids, field, (item) => declared.get(path)?.get(item));
  return {
    path: [path],
    value: Array.isArray(ordered) ? ordered.map((item) => nameOf.get(item) ?? item) : ordered,
  };
}

/** The items of a set in the order of its declaration, new ones behind; any other value as it is. */
function inOrderOf(
  declared: unknown,
  live: unknown,
  { shape }: Field,
  identity: (item: unknown) => unknown,
): unknown {
  if (shape !== 'set' || !Array.isArray(live) || !Array.isArray(declared)) return live;
  const isIn = (items: readonly unknown[], item: unknown): boolean =>
    items.some((one) => isDeepStrictEqual(one, item));
  const kept = declared.filter((item) => isIn(live, identity(item)));
  const present = kept.map(identity);
  return [...kept, ...live.filter((item) => !isIn(present, item)).sort()];
}

function memberOf(value: unknown, name: string): unknown {
  return Object.entries(value ?? {}).find(([key]) => key === name)?.[1];
}

function acceptedSecret(
  { path }: Field,
  { live, record, keyId, isOnlyOurs, differences }: Comparison,
): AcceptedSecret | undefined {
  const stamp = live.stamps[path];
  const hash = differences.get(path)?.sentHash;
  const last = lastWrite({ record, path, stamp, keyId, isOnlyOurs });
  const hashes = last.type === 'foreign' ? [last.hash] : last.type === 'maybeOurs' ? last.hashes : [];
  if (stamp === undefined || hash === undefined || !hashes.includes(hash)) return undefined;
  return { path, stamp, hash };
}
