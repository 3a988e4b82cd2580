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
import { riskOf } from './risk.js';
import { correctionHash } from './settle.js';
import type { Subject } from './subject.js';

/** The differences of one change. */
export interface ChangeParts {
  readonly differences: ReadonlyMap<string, Difference>;
  /** Differences that belong to no declared field: marks, a new name. */
  readonly extra: readonly FieldChange[];
  /** The marks that it writes. */
  readonly marks?: Marks | undefined;
  /** The status of the object afterwards, where it is not in sync then. */
  readonly afterwards?: Held | undefined;
}

/** The part that all changes share, without a hold. `live`: the object, once it exists. */
export function changeBase(
  { desired, input: { keyedHash } }: Pick<Subject, 'desired' | 'input'>,
  action: Change['action'],
  live: LiveObject | undefined,
  { differences, extra, marks, afterwards }: ChangeParts,
): Omit<Change, 'action' | 'live' | 'id'> {
  const { kind, definition } = desired;
  const { key, name, position } = definition;
  const own = [...differences.values()].flatMap(({ changes }) => changes);
  const fields = live === undefined ? [...own, ...extra] : [...extra, ...own];
  const writes = writesOf(kind, withMarks(kind, sendsOf(differences), marks), action === 'create');
  const sentHashes = [...differences].flatMap(([path, { sentHash }]) =>
    sentHash === undefined ? [] : [[path, sentHash] as const],
  );
  const asked = fields.map((field) => ('to' in field ? { ...field, to: byKeys(field.to, desired) } : field));
  const hashOf = (sensitive: readonly unknown[]): string =>
    sha256(canonicalJson({ key, id: live?.id ?? null, action, fields: asked, sensitive }));
  const risk = riskOf(kind, action, differences);
  const corrected = [...differences].filter(
    ([, { changes, sentHash }]) => action === 'update' && (changes.length > 0 || sentHash !== undefined),
  );
  return {
    key,
    kind: kind.name,
    name,
    position,
    fields,
    writes,
    awaits: awaited(desired, writes),
    updateMask: writes.find((write) => write.name === 'update')?.mask ?? '',
    hash: hashOf(sentHashes),
    keylessHash: sentHashes.length === 0 ? undefined : hashOf(sentHashes.map(([path]) => path)),
    held: null,
    risk,
    reach: risk && live && kind.reach?.(live.facts),
    afterwards,
    sentHashes: Object.fromEntries(sentHashes),
    correctionHashes: Object.fromEntries(
      corrected.map(([path, difference]) => [path, correctionHash(path, difference, keyedHash)]),
    ),
  };
}

/** The part that all changes of an object that exists share. */
export function changeOf(
  subject: Pick<Subject, 'desired' | 'input'>,
  live: LiveObject,
  action: 'update' | 'adopt',
  parts: ChangeParts,
) {
  const { id, parentId } = live;
  return { ...changeBase(subject, action, live, parts), id, parentId, live };
}

function awaited({ references }: Desired, writes: readonly Write[]): Change['awaits'] {
  const sent = new Set(writes.flatMap(({ values }) => Object.values(values).flat()));
  const awaits = references.filter(({ key }) => sent.has(key)).map(({ key }) => key);
  return awaits.length === 0 ? undefined : awaits;
}

/** The values to send, by field path. */
function sendsOf(differences: ReadonlyMap<string, Difference>): Record<string, unknown> {
  return Object.fromEntries([...differences].map(([path, { send }]) => [path, send]));
}

/** Adds the entries that carry marks. */
function withMarks(
  kind: Kind,
  sends: Readonly<Record<string, unknown>>,
  marks: Marks | undefined,
): Record<string, unknown> {
  if (kind.marks === undefined || marks === undefined) return { ...sends };
  const entries = (sends[kind.marks.field] ?? {}) as Record<string, string>;
  return { ...sends, [kind.marks.field]: { ...entries, ...kind.marks.toEntries(marks) } };
}

/** Shows the marks that will be written as changes of the field that carries them. */
export function markChanges(
  kind: Kind,
  live: LiveObject | undefined,
  marks: Marks | undefined,
): FieldChange[] {
  if (kind.marks === undefined || marks === undefined) return [];
  const { field } = kind.marks;
  const found = (live?.values[field] ?? {}) as Record<string, string>;
  return Object.entries(kind.marks.toEntries(marks))
    .filter(([entry, value]) => found[entry] !== value)
    .map(([entry, to]) => fieldChange(`${field}.${entry}`, found[entry], to));
}

/** Splits values over the calls that carry them, in order. */
function writesOf(kind: Kind, sends: Readonly<Record<string, unknown>>, creating: boolean): Write[] {
  const inCreate = (path: string): boolean =>
    creating && kind.fields.some((field) => field.path === path && field.onCreate);
  const pick = (accepts: (path: string) => boolean): Record<string, unknown> =>
    Object.fromEntries(Object.entries(sends).filter(([path]) => accepts(path)));
  const create: Write[] = creating ? [{ name: 'create', values: pick(inCreate), mask: '' }] : [];
  const others = kind.writes.flatMap((name): Write[] => {
    const values = pick((path) => kind.fields.some((field) => field.path === path && field.write === name));
    const isWhole = kind.wholeWrites?.includes(name) === true;
    const remaining = Object.keys(values).filter((path) => !inCreate(path));
    if (remaining.length === 0) return [];
    const paths = isWhole ? Object.keys(values) : remaining;
    return [
      {
        name,
        values: pick((path) => paths.includes(path)),
        mask: name === 'update' ? maskOf(kind, paths) : '',
      },
    ];
  });
  return [...create, ...others];
}
