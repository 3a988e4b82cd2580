import type { Load, Seen } from '../model/definition.js';
import { hasDefinition } from '../model/definition-index.js';
import { messageOf } from '../model/errors.js';
import type { Kind, KindReader, LiveObject } from '../model/kind.js';
import type { ObjectRecord, Records } from '../model/record.js';
import type { SweepScope } from '../model/scope.js';

/** A recorded object without a definition, as it is live. */
export interface Orphan {
  readonly record: ObjectRecord;
  readonly kind: Kind;
  /** Undefined when the tenant reports that it does not exist. */
  readonly live: LiveObject | undefined;
  /** Its live children, of every kind. */
  readonly children: readonly LiveObject[];
  /** Its live parent; undefined for kinds without a parent, and when the tenant reports that it does not exist. */
  readonly parent: LiveObject | undefined;
  /** Why it could not be read. */
  readonly error?: string;
}

/** The input of {@link observeOrphans}. */
export interface OrphanInput {
  readonly load: Load;
  readonly records: Records;
  /** Kinds with their readers, parents first. */
  readonly readers: readonly { readonly kind: Kind; readonly reader: KindReader }[];
  readonly scope: SweepScope;
  /** The setting `sync.prune`. */
  readonly prune: boolean;
}

/** True when the last definition, or the settings where it said nothing, ask for a deletion. */
export function asksToPrune(record: ObjectRecord, prune: boolean): boolean {
  return record.prune === undefined ? prune : record.prune !== 'false';
}

/** False for an object that was last defined in another source than the one of the load: it is not pruned. */
export function isFromSource({ source }: ObjectRecord, { root }: Pick<Seen, 'root'>): boolean {
  return source === undefined || source.root === root;
}

/** True for a load that can be trusted to name everything that is defined. */
export function isSound({ complete, problems }: Load): boolean {
  return complete && problems.length === 0;
}

/** Recorded objects of a scope without a definition in the load, be it valid, invalid or lost. */
export function orphanRecords({
  load,
  records: { objects },
  scope,
}: Pick<OrphanInput, 'load' | 'records' | 'scope'>): readonly ObjectRecord[] {
  return [...(scope === 'all' ? objects.keys() : scope)]
    .filter((key) => !hasDefinition(load, key))
    .flatMap((key) => objects.get(key) ?? []);
}

/** Reads the objects that may have to be deleted, each by its id; none where the load is not sound. A failed read is an `error` of its orphan; nothing throws. */
export async function observeOrphans(
  input: OrphanInput,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Orphan>> {
  if (!isSound(input.load)) return new Map();
  const wanted = orphanRecords(input).filter(
    (record) => isFromSource(record, input.load.seen) && asksToPrune(record, input.prune),
  );
  const orphans = await Promise.all(
    wanted.map(async (record): Promise<Orphan | undefined> => {
      const access = input.readers.find(({ kind }) => record.key.startsWith(`${kind.name}/`));
      if (access === undefined) return undefined;
      const { kind, reader } = access;
      try {
        const live = await reader.get(record, signal);
        const children = live === undefined ? [] : await childrenOf(input, kind, live.id, signal);
        const parent = await parentOf(input, kind, record, signal);
        return { record, kind, live, children, parent };
      } catch (error) {
        signal?.throwIfAborted();
        return { record, kind, live: undefined, children: [], parent: undefined, error: messageOf(error) };
      }
    }),
  );
  return new Map(orphans.flatMap((orphan) => (orphan === undefined ? [] : [[orphan.record.key, orphan]])));
}

async function parentOf(
  { readers }: OrphanInput,
  kind: Kind,
  { parentId }: ObjectRecord,
  signal?: AbortSignal,
): Promise<LiveObject | undefined> {
  const access = readers.find((entry) => entry.kind.name === kind.parent?.kind);
  return access === undefined || parentId === undefined
    ? undefined
    : access.reader.get({ id: parentId }, signal);
}

/** Everything that lives under an object. Throws when any of it cannot be read. */
export async function childrenOf(
  { readers }: Pick<OrphanInput, 'readers'>,
  kind: Kind,
  id: string,
  signal?: AbortSignal,
): Promise<readonly LiveObject[]> {
  const lists = await Promise.all(
    readers
      .filter((entry) => entry.kind.parent?.kind === kind.name)
      .map(({ reader }) => reader.list(id, signal)),
  );
  return lists.flat();
}
