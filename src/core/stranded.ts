import type { Load } from './definition.js';
import type { Kind, KindReader, LiveObject } from './kind.js';
import { areOurs, marksOf } from './marks.js';
import type { Match } from './match.js';
import { naturalOf, naturalText } from './match-index.js';
import type { Intent, Records } from './record.js';

/** A create that was begun and whose definition is gone. */
export interface Stranded {
  readonly intent: Intent;
  readonly kind: Kind;
  /** What it made; undefined where a complete list does not show it. */
  readonly live: LiveObject | undefined;
}

/** What looking for what such creates made takes. */
export interface StrandedInput {
  readonly load: Load;
  readonly records: Records;
  readonly readers: readonly { readonly kind: Kind; readonly reader: KindReader }[];
  readonly matches: ReadonlyMap<string, Match>;
  readonly workspace: string;
}

/**
 * Looks for what creates made whose definitions are gone. Nothing where the load cannot be trusted to name everything;
 * what cannot be read is left out; nothing throws.
 */
export async function lookForStranded(
  input: StrandedInput,
  signal?: AbortSignal,
): Promise<readonly Stranded[]> {
  const { load, records, matches } = input;
  if (!load.complete || load.problems.length > 0) return [];
  const defined = new Set(load.definitions.map(({ key }) => key));
  // A definition that was renamed takes the intent of its former name along.
  const taken = new Set([...matches.values()].map(takenIntent));
  const left = [...records.intents.values()].filter(({ key }) => !defined.has(key) && !taken.has(key));
  const looks = left.map(async (intent): Promise<Stranded[]> => {
    const access = input.readers.find(({ kind }) => kind.name === intent.kind);
    if (access === undefined) return [];
    try {
      const made = madeBy(input, access.kind, intent, await listed(input, access, intent, signal));
      // Among several nobody can tell which it made: none of them is ours then.
      return [{ intent, kind: access.kind, live: made.length === 1 ? made[0] : undefined }];
    } catch {
      signal?.throwIfAborted();
      return [];
    }
  });
  return (await Promise.all(looks)).flat();
}

function takenIntent(match: Match): string | undefined {
  if (match.type === 'underWay') return match.intent.key;
  return match.type === 'found' && match.by === 'intent' ? match.renamedFrom : undefined;
}

/** Everything where it would be; nothing where its parent is gone itself. */
async function listed(
  { readers }: StrandedInput,
  { kind, reader }: StrandedInput['readers'][number],
  { parentId }: Intent,
  signal?: AbortSignal,
): Promise<readonly LiveObject[]> {
  const parent = readers.find((entry) => entry.kind.name === kind.parent?.kind);
  if (parent === undefined || parentId === undefined) return reader.list(undefined, signal);
  const isThere = (await parent.reader.get({ id: parentId }, signal)) !== undefined;
  return isThere ? reader.list(parentId, signal) : [];
}

function madeBy(
  { records, matches, workspace }: StrandedInput,
  kind: Kind,
  intent: Intent,
  objects: readonly LiveObject[],
): readonly LiveObject[] {
  const known = new Set([...intent.knownIds, ...[...records.objects.values()].map(({ id }) => id)]);
  for (const match of matches.values()) {
    if (match.type === 'found' || match.type === 'moved') known.add(match.live.id);
  }
  const name = naturalText(intent.natural);
  return objects.filter((live) => {
    const marks = marksOf(kind, live);
    const isNamed = naturalText(naturalOf(kind, live.values)) === name && marks === undefined;
    const isMarked = areOurs(marks, workspace) && marks?.address === intent.key;
    return !known.has(live.id) && (isNamed || isMarked);
  });
}
