import { mapAtOnce } from '../model/at-once.js';
import { delay } from '../model/clock.js';
import { messageOf, TerminalError } from '../model/errors.js';
import type { Kind, KindReader, LiveObject } from '../model/kind.js';
import { areOurs, marksOf } from '../model/marks.js';
import { orphanRecords } from '../observe/orphans.js';
import type { ObjectListParts } from './object-list.js';
import { type Position, positionIn, positionText } from './unmanaged-position.js';
import type { UnmanagedObject, UnmanagedPage, UnmanagedQuery } from './views.js';

/** The sources of a list of unmanaged objects. */
export interface UnmanagedParts extends Omit<ObjectListParts, 'store'> {
  /** Kinds with their readers, parents first. */
  readonly readers: readonly Access[];
  readonly store: { readonly records: () => Parameters<typeof orphanRecords>[0]['records'] };
  readonly workspace: string;
}

interface Access {
  readonly kind: Kind;
  readonly reader: KindReader;
}

/** An object without a parent, and the rows of it and of everything below it. */
interface Root extends Access {
  readonly live: LiveObject;
}

const ROWS = 50;
/** Objects without a parent whose children are listed for one page. */
const MOST_ROOTS = 50;
/** How long a list is used again, milliseconds: people turn pages, and one list serves everybody who asks. */
const FRESH_MS = 60_000;
/** Clients do not wait longer, milliseconds. */
const LONGEST_READ_MS = 25_000;
/** Names that every shell takes as they are between double quotes. */
const PLAIN_NAME = /^[A-Za-z0-9][\w .,&()+:@/-]*$/;

/** Finds the objects of the tenant that no definition covers. It reads lists, and only when it is asked. */
export class Unmanaged {
  readonly #parts: UnmanagedParts;
  readonly #lists = new Map<
    string,
    { readonly at: number; readonly objects: Promise<readonly LiveObject[]> }
  >();

  constructor(parts: UnmanagedParts) {
    this.#parts = parts;
  }

  /**
   * One page: objects without a parent, each with the unmanaged objects below it if a definition covers it or the query
   * is about all. `signal` ends the reads of everybody.
   * @throws TerminalError before the first sweep, for a position that is none, and where the tenant does not answer
   */
  async page(query: UnmanagedQuery, signal: AbortSignal): Promise<UnmanagedPage> {
    const { statusStore, reconciler, clock } = this.#parts;
    const { loaded } = reconciler;
    if (loaded === undefined || (loaded.definitions.length > 0 && statusStore.entries().length === 0))
      throw new TerminalError('the first sweep has not finished yet; ask again after it');
    const done = new AbortController();
    const tooLate = delay(clock, LONGEST_READ_MS, AbortSignal.any([signal, done.signal])).then(() => {
      throw new TerminalError('the tenant has not answered in time; ask again in a minute');
    });
    tooLate.catch(() => undefined);
    try {
      return await Promise.race([this.#read(query, signal), tooLate]);
    } finally {
      done.abort();
    }
  }

  async #read(
    { all = false, after, size = ROWS }: UnmanagedQuery,
    signal: AbortSignal,
  ): Promise<UnmanagedPage> {
    const start = after === undefined ? undefined : positionIn(after);
    const covered = this.#covered();
    const roots = await this.#roots(signal);
    const from = start === undefined ? 0 : roots.findIndex((root) => isNotBefore(root.live, start));
    const rest = from === -1 ? [] : roots.slice(from);
    const batch = rest.slice(0, MOST_ROOTS);
    const commands = new ExportCommands(roots);
    const groups = await mapAtOnce(batch, async (root) => {
      const below =
        all || covered.has(root.live.id) ? await this.#below(root.kind, root.live, all, covered, signal) : [];
      const own = covered.has(root.live.id) ? [] : [{ ...root, parent: undefined }];
      return { root, found: [...own, ...below] };
    });
    const objects: UnmanagedObject[] = [];
    for (const { root, found } of groups) {
      const skip = start?.id === root.live.id ? start.skip : 0;
      const room = size - objects.length;
      const shown = found.slice(skip, skip + room);
      objects.push(...shown.map((one) => this.#row(one, root, commands)));
      if (found.length > skip + room) return { objects, next: positionOf(root.live, skip + room) };
    }
    const next = rest[batch.length];
    return { objects, next: next === undefined ? null : positionOf(next.live, 0) };
  }

  /** Ids of objects with a definition, be it valid, invalid or lost. */
  #covered(): ReadonlySet<string> {
    const { reconciler, store, statusStore } = this.#parts;
    const { loaded } = reconciler;
    const records = store.records();
    const orphans = new Set(
      loaded && orphanRecords({ load: loaded, records, scope: 'all' }).map(({ key }) => key),
    );
    const known = [
      ...[...records.objects.values()].filter(({ key }) => !orphans.has(key)),
      ...statusStore.entries().filter(({ status }) => status !== 'Orphaned'),
      ...(loaded?.definitions ?? []),
    ];
    return new Set(known.flatMap(({ id }) => id ?? []));
  }

  async #roots(signal: AbortSignal): Promise<readonly Root[]> {
    const accesses = this.#parts.readers.filter(({ kind }) => kind.parent === undefined);
    const lists = await Promise.all(
      accesses.map(async (access) =>
        (await this.#list(access, undefined, signal)).map((live) => ({ ...access, live })),
      ),
    );
    return lists.flat().sort((a, b) => inOrder(a.live, b.live));
  }

  /** Unmanaged objects below one that is listed, with those further down. */
  async #below(
    kind: Kind,
    parent: LiveObject,
    all: boolean,
    covered: ReadonlySet<string>,
    signal: AbortSignal,
  ): Promise<readonly Found[]> {
    const accesses = this.#parts.readers.filter((access) => access.kind.parent?.kind === kind.name);
    const found: Found[] = [];
    for (const access of accesses) {
      const children = await this.#list(access, parent.id, signal);
      for (const live of children.toSorted(inOrder)) {
        const isCovered = covered.has(live.id);
        if (!isCovered) found.push({ kind: access.kind, live, parent: { kind: kind.name, live: parent } });
        if (all || isCovered) found.push(...(await this.#below(access.kind, live, all, covered, signal)));
      }
    }
    return found;
  }

  /** The list of one parent, at most {@link FRESH_MS} old. */
  #list(
    { kind, reader }: Access,
    parentId: string | undefined,
    signal: AbortSignal,
  ): Promise<readonly LiveObject[]> {
    const now = this.#parts.clock.now();
    for (const [key, { at }] of this.#lists) if (now - at >= FRESH_MS) this.#lists.delete(key);
    const key = `${kind.name}/${parentId ?? ''}`;
    const known = this.#lists.get(key);
    if (known !== undefined) return known.objects;
    const objects = reader.list(parentId, signal).catch((error: unknown) => {
      this.#lists.delete(key);
      throw new TerminalError(`the tenant cannot be read: ${messageOf(error)}`, { cause: error });
    });
    this.#lists.set(key, { at: now, objects });
    return objects;
  }

  #row({ kind, live, parent }: Found, root: Root, commands: ExportCommands): UnmanagedObject {
    const { redactor, workspace } = this.#parts;
    const marks = marksOf(root.kind, root.live);
    const managedBy = marks === undefined || areOurs(marks, workspace) ? null : marks.managedBy;
    const name = (one: LiveObject): string => redactor.text(one.displayName);
    return {
      kind: kind.name,
      id: live.id,
      displayName: name(live),
      parent:
        parent === undefined
          ? null
          : { kind: parent.kind, id: parent.live.id, displayName: name(parent.live) },
      note: kind.deletion?.guards(live) === true ? kind.deletion.scope : null,
      managedBy: managedBy === null ? null : redactor.text(managedBy),
      export: managedBy === null ? commands.of(root, name(root.live)) : null,
    };
  }
}

interface Found {
  readonly kind: Kind;
  readonly live: LiveObject;
  readonly parent: { readonly kind: string; readonly live: LiveObject } | undefined;
}

/** The commands that export an object without a parent: by name where it names exactly this object. */
class ExportCommands {
  readonly #names = new Map<string, number>();

  constructor(roots: readonly Root[]) {
    for (const { live } of roots)
      for (const name of new Set([live.displayName, live.id]))
        this.#names.set(name, (this.#names.get(name) ?? 0) + 1);
  }

  /** `shown`: its name without secrets. */
  of({ kind, live: { id, displayName } }: Root, shown: string): string {
    const isClear = shown === displayName && PLAIN_NAME.test(shown) && this.#names.get(displayName) === 1;
    const name = isClear ? displayName : id;
    return `c1sync export --${kind.name.toLowerCase()} ${/[^\w.-]/.test(name) ? `"${name}"` : name}`;
  }
}

function inOrder(a: Pick<Position, 'displayName' | 'id'>, b: Pick<Position, 'displayName' | 'id'>): number {
  if (a.displayName !== b.displayName) return a.displayName < b.displayName ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

function isNotBefore(live: LiveObject, start: Position): boolean {
  return live.id === start.id || inOrder(live, start) > 0;
}

function positionOf({ displayName, id }: LiveObject, skip: number): string {
  return positionText({ displayName, id, skip });
}
