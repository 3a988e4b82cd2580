import type { Change, Held, Write } from '../model/change.js';
import { fieldChange } from '../model/diff.js';
import { canonicalJson, sha256 } from '../model/hash.js';
import {
  type Difference,
  type FieldChange,
  type Kind,
  type LiveObject,
  type Marks,
  maskOf,
} from '../model/kind.js';
import { byKeys, type Desired } from '../observe/resolve.js';
import { correctionHash } from './settle.js';

/** The parts of every change. */
export interface ChangeParts {
  readonly desired: Desired;
  readonly action: Change['action'];
  readonly id?: string;
  readonly differences: ReadonlyMap<string, Difference>;
  /** Differences that belong to no declared field: marks, a new name. */
  readonly extra: readonly FieldChange[];
  readonly writes: readonly Write[];
  readonly afterwards?: Held | undefined;
  readonly keyedHash: (value: unknown) => string;
}

/** The part that all changes share, without a hold. */
export function changeBase(parts: ChangeParts): Omit<Change, 'action' | 'live' | 'id'> {
  const { desired, differences, writes } = parts;
  const { key, name, position } = desired.definition;
  const fields = [...parts.extra, ...[...differences.values()].flatMap(({ changes }) => changes)];
  const hash = changeHash(parts, fields);
  return {
    key,
    kind: desired.kind.name,
    name,
    position,
    fields,
    writes,
    awaits: awaited(parts),
    updateMask: writes.find((write) => write.name === 'update')?.mask ?? '',
    hash,
    held: null,
    afterwards: parts.afterwards,
    sentHashes: Object.fromEntries(
      [...differences].flatMap(([path, { sentHash }]) => (sentHash === undefined ? [] : [[path, sentHash]])),
    ),
    correctionHashes: parts.action === 'update' ? correctionHashesOf(parts) : {},
  };
}

function awaited({ desired, writes }: ChangeParts): Change['awaits'] {
  const sent = new Set(writes.flatMap(({ values }) => Object.values(values).flat()));
  const awaits = desired.references.filter(({ key }) => sent.has(key)).map(({ key }) => key);
  return awaits.length === 0 ? undefined : awaits;
}

function correctionHashesOf({ differences, keyedHash }: ChangeParts): Record<string, string> {
  return Object.fromEntries(
    [...differences].map(([path, difference]) => [path, correctionHash(path, difference, keyedHash)]),
  );
}

function changeHash(
  { desired, action, id, differences }: ChangeParts,
  fields: readonly FieldChange[],
): string {
  const sensitive = [...differences].flatMap(([path, { sentHash }]) =>
    sentHash === undefined ? [] : [[path, sentHash]],
  );
  const asked = fields.map((field) => ('to' in field ? { ...field, to: byKeys(field.to, desired) } : field));
  return sha256(
    canonicalJson({ key: desired.definition.key, id: id ?? null, action, fields: asked, sensitive }),
  );
}

/** The values to send, by field path. */
export function sendsOf(differences: ReadonlyMap<string, Difference>): Record<string, unknown> {
  return Object.fromEntries([...differences].map(([path, { send }]) => [path, send]));
}

/** Adds the entries that carry marks. */
export function withMarks(
  kind: Kind,
  sends: Readonly<Record<string, unknown>>,
  marks: Marks | undefined,
): Record<string, unknown> {
  if (kind.marks === undefined || marks === undefined) return { ...sends };
  const entries = (sends[kind.marks.field] ?? {}) as Record<string, string>;
  return { ...sends, [kind.marks.field]: { ...entries, ...kind.marks.toEntries(marks) } };
}

/** Shows the marks that will be written as changes of the field that carries them. */
export function markChanges(kind: Kind, live: LiveObject, marks: Marks | undefined): FieldChange[] {
  if (kind.marks === undefined || marks === undefined) return [];
  const { field } = kind.marks;
  const found = (live.values[field] ?? {}) as Record<string, string>;
  return Object.entries(kind.marks.toEntries(marks))
    .filter(([entry, value]) => found[entry] !== value)
    .map(([entry, to]) => fieldChange(`${field}.${entry}`, found[entry], to));
}

/** Splits values over the calls that carry them, in order. */
export function writesOf(kind: Kind, sends: Readonly<Record<string, unknown>>, creating: boolean): Write[] {
  const inCreate = (path: string): boolean =>
    creating && kind.fields.some((field) => field.path === path && field.onCreate);
  const pick = (accepts: (path: string) => boolean): Record<string, unknown> =>
    Object.fromEntries(Object.entries(sends).filter(([path]) => accepts(path)));
  const create: Write[] = creating ? [{ name: 'create', values: pick(inCreate), mask: '' }] : [];
  const others = kind.writes.flatMap((name): Write[] => {
    const values = pick(
      (path) => !inCreate(path) && kind.fields.some((field) => field.path === path && field.write === name),
    );
    const paths = Object.keys(values);
    if (paths.length === 0) return [];
    return [{ name, values, mask: name === 'update' ? maskOf(kind, paths) : '' }];
  });
  return [...create, ...others];
}
