import { mapAtOnce } from '../model/at-once.js';
import { type Definition, keyOf } from '../model/definition.js';
import { messageOf } from '../model/errors.js';
import type { Kind, KindReader, LiveObject, ObjectRef } from '../model/kind.js';
import type { ObjectRecord, Records } from '../model/record.js';
import { recordsById } from '../model/record-index.js';
import { listName, type Scope } from './match-index.js';
import type { Desired } from './resolve.js';

/** So many objects a narrow scope reads one by one, even where a list would take fewer requests. */
const FEW = 10;

/** Objects that one page of a list holds at most. */
const PAGE = 100;

/** State that one observation leaves for the next. */
export interface ObserverMemory {
  /** How many objects each list showed last, by its name. */
  readonly listed: Map<string, number>;
  /** Keys of definitions whose last match was a conflict. */
  readonly conflicts: Set<string>;
}

/** The input of {@link ObjectReads}. */
export interface ReadsInput {
  readonly records: Records;
  readonly isFull: boolean;
  /** Kept up to date. */
  readonly memory: ObserverMemory;
}

/** Reads live objects, and notes the absence and the failures that it meets. */
export class ObjectReads {
  readonly readErrors = new Map<string, string>();
  /** Ids on every list that was read in full, by its name. */
  readonly lists = new Map<string, ReadonlySet<string>>();
  /** Ids that a read by id found missing. */
  readonly goneIds = new Set<string>();
  /** Objects that live under another parent than their definition names, by id. */
  readonly elsewhere = new Map<string, LiveObject>();
  readonly #input: ReadsInput;

  constructor(input: ReadsInput) {
    this.#input = input;
  }

  /** Lists, or reads by id where few objects are needed; then reads by id the objects that the list misses. */
  async scope(
    kind: Kind,
    reader: KindReader,
    parentId: string | undefined,
    under: readonly Desired[],
    signal?: AbortSignal,
  ): Promise<Scope> {
    const name = listName(kind.name, parentId);
    const pages = Math.ceil((this.#input.memory.listed.get(name) ?? 0) / PAGE);
    const known = under.map((desired) => this.knownRef(desired, parentId));
    const isCheap = known.length <= Math.max(FEW, pages);
    // Without records only a list shows the marks of a recovery.
    const isNarrow = !this.#input.isFull && !isEmpty(this.#input.records);
    // Only a list shows objects that contradict the records, and results of creates.
    const isClear =
      !under.some(({ definition }) => this.#input.memory.conflicts.has(definition.key)) &&
      ![...this.#input.records.intents.values()].some(
        (intent) => intent.kind === kind.name && intent.parentId === parentId,
      );
    const canReadSingly = isNarrow && isCheap && isClear && known.every((ref) => ref !== undefined);
    const objects = new Map<string, LiveObject>();
    const unread = new Map<string, string>();
    const readUnseen = async (): Promise<void> => {
      const unseen = known.filter((ref) => ref !== undefined).filter(({ id }) => !objects.has(id));
      await mapAtOnce(unseen, (ref) => this.byId(reader, ref, { objects, unread }, signal));
    };
    if (canReadSingly) await readUnseen();
    // Only a list shows what has taken the place of an object that is gone.
    if (!canReadSingly || known.some((ref) => ref !== undefined && this.goneIds.has(ref.id))) {
      try {
        for (const live of await reader.list(parentId, signal)) objects.set(live.id, live);
        this.lists.set(name, new Set(objects.keys()));
        this.#input.memory.listed.set(name, objects.size);
      } catch (cause) {
        signal?.throwIfAborted();
        if (parentId === undefined) throw cause;
        return { objects: [], unread, error: messageOf(cause) };
      }
      if (!canReadSingly) await readUnseen();
    }
    const isHere = ({ parentId: above }: LiveObject): boolean => above === parentId;
    for (const live of objects.values()) if (!isHere(live)) this.elsewhere.set(live.id, live);
    return { objects: [...objects.values()].filter(isHere), unread };
  }

  /** Reads one object by its id: the only proof that an object is gone, since a list is no snapshot. */
  async byId(
    reader: KindReader,
    ref: ObjectRef,
    found: { readonly objects: Map<string, LiveObject>; readonly unread: Map<string, string> },
    signal?: AbortSignal,
  ): Promise<void> {
    try {
      const live = await reader.get(ref, signal);
      if (live === undefined) this.goneIds.add(ref.id);
      else found.objects.set(ref.id, live);
    } catch (error) {
      signal?.throwIfAborted();
      found.unread.set(ref.id, messageOf(error));
    }
  }

  /** An object with its sub-objects; without them where they cannot be read. */
  async enriched(
    reader: KindReader,
    live: LiveObject,
    paths: readonly string[],
    signal?: AbortSignal,
  ): Promise<LiveObject> {
    try {
      return await reader.enrich(live, paths, signal);
    } catch (error) {
      signal?.throwIfAborted();
      this.readErrors.set(live.id, messageOf(error));
      return live;
    }
  }

  /** The pinned or recorded object of a definition, under its last parent. */
  knownRef({ definition }: Desired, parentId: string | undefined): ObjectRef | undefined {
    const record = this.#recordOf(definition);
    const id = definition.id ?? record?.id;
    if (id === undefined) return undefined;
    const parent = record?.parentId ?? parentId;
    return parent === undefined ? { id } : { id, parentId: parent };
  }

  #recordOf({ id, key, kind, steering: { renamedFrom } }: Definition): ObjectRecord | undefined {
    const { objects } = this.#input.records;
    if (id !== undefined) return recordsById(objects).get(id);
    return (
      objects.get(key) ?? (renamedFrom === undefined ? undefined : objects.get(keyOf(kind, renamedFrom)))
    );
  }
}

/** True for records of nothing: the state is new, or was lost. */
export function isEmpty({ objects, intents }: Records): boolean {
  return objects.size === 0 && intents.size === 0;
}
