import { isDeepStrictEqual } from 'node:util';
import { mapAtOnce } from '../model/at-once.js';
import { keyOf } from '../model/definition.js';
import type { Field, Kind, KindReader, LiveObject, Lookup, Sugar } from '../model/kind.js';
import { areOurs, marksOf } from '../model/marks.js';
import { type LookupTable, lookUp, type Wanted, want } from './lookups.js';
import { type Placeholder, placeholdersIn } from './placeholders.js';
import { itemOf, keysIn, namesIn } from './references.js';
import { contextOf } from './resolve.js';

/** The parts of an export. */
export interface ExportParts {
  /** Kinds with their readers, parents first. */
  readonly readers: readonly { readonly kind: Kind; readonly reader: KindReader }[];
  readonly lookups: ReadonlyMap<string, Lookup>;
  readonly workspace: string;
  /** Which objects of the top kinds are wanted. */
  readonly wants: (live: LiveObject) => boolean;
}

/** A live object as a definition. */
export interface Exported {
  readonly kind: string;
  /** `metadata.name`: unique per kind in this export. */
  readonly name: string;
  readonly id: string;
  /** Name of the parent's definition, for a kind with a parent. */
  readonly parent: string | undefined;
  readonly spec: Readonly<Record<string, unknown>>;
  /** The variables that it reads, to be filled in. */
  readonly variables: readonly Placeholder[];
}

/** The result of an export. */
export interface ExportResult {
  readonly objects: readonly Exported[];
  /** Omitted objects with the reason, for people. */
  readonly skipped: readonly string[];
}

interface Item {
  readonly kind: Kind;
  readonly live: LiveObject;
  readonly name: string;
  readonly parent: string | undefined;
}

/** Reads live objects and writes each as the definition that is in sync with it. Throws when anything cannot be read. */
export async function exportTenant(parts: ExportParts, signal?: AbortSignal): Promise<ExportResult> {
  const items: Item[] = [];
  const skipped: string[] = [];
  for (const { kind, reader } of parts.readers) {
    const found = await listKind(parts, kind, reader, items, signal);
    const names = new Set<string>();
    const named = found.flatMap(({ live, parent }): Item[] => {
      const owner = marksOf(kind, live);
      if (owner !== undefined && !areOurs(owner, parts.workspace)) {
        skipped.push(`${kind.name} '${live.displayName}' (${live.id}): ${owner.managedBy} manages it`);
        return [];
      }
      const name = unique(owner?.address.split('/')[1] ?? slug(live.displayName), names);
      return [{ kind, live, name, parent }];
    });
    const paths = subRead(kind);
    const enriched = await mapAtOnce(named, async (item) => ({
      ...item,
      live: await reader.enrich(item.live, paths, signal),
    }));
    for (const item of enriched) items.push(item);
  }
  const names = await namesOf(items, parts.lookups, signal);
  const contexts = await lookUp(parts.lookups, contextKeys(items), signal);
  return { objects: items.map((item) => exported(item, names, contexts)), skipped };
}

interface Listed {
  readonly live: LiveObject;
  /** Name of the parent's definition. */
  readonly parent?: string;
}

/** The wanted objects of a kind, below every exported parent where it has one, by display name. */
async function listKind(
  { wants }: ExportParts,
  kind: Kind,
  reader: KindReader,
  items: readonly Item[],
  signal?: AbortSignal,
): Promise<readonly Listed[]> {
  const byName = (found: readonly LiveObject[]): LiveObject[] =>
    found.toSorted((a, b) => (a.displayName < b.displayName ? -1 : 1));
  if (kind.parent === undefined) {
    return byName(await reader.list(undefined, signal))
      .filter(wants)
      .map((live) => ({ live }));
  }
  const parents = items.filter((item) => item.kind.name === kind.parent?.kind);
  const lists = await mapAtOnce(parents, async ({ live, name }) =>
    byName(await reader.list(live.id, signal)).map((child) => ({ live: child, parent: name })),
  );
  return lists.flat();
}

function subRead({ fields }: Kind): string[] {
  return fields.filter((field) => field.subRead === true).map(({ path }) => path);
}

/** A `metadata.name` made from a display name. */
function slug(displayName: string): string {
  const text = displayName
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '');
  return text === '' ? 'unnamed' : text.slice(0, 200);
}

function unique(name: string, taken: Set<string>): string {
  let candidate = name;
  for (let count = 2; taken.has(candidate); count += 1) candidate = `${name}-${count}`;
  taken.add(candidate);
  return candidate;
}

/** The names of every id that a sugar field holds, by lookup; without those that would mean another exported object. */
async function namesOf(
  items: readonly Item[],
  lookups: ReadonlyMap<string, Lookup>,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const wanted: Wanted = new Map();
  const sugars = new Map<string, Sugar>();
  for (const { kind, live } of items) {
    for (const { sugar, path } of kind.fields) {
      if (sugar === undefined) continue;
      sugars.set(sugar.lookup, sugar);
      for (const id of namesIn(live.values[path])) want(wanted, sugar.lookup, id);
    }
  }
  const defined = new Map(items.map(({ kind, name, live }) => [keyOf(kind.name, name), live.displayName]));
  const isClear = (lookup: string, name: string): boolean => {
    const sugar = sugars.get(lookup);
    if (sugar === undefined) return true;
    const again = keysIn(sugar, [itemOf(sugar, name)], (kind, one) => defined.get(keyOf(kind, one)));
    return again[0]?.key === name;
  };
  const entries = await Promise.all(
    [...wanted].map(async ([lookup, ids]) => {
      const names = (await lookups.get(lookup)?.names(ids, signal)) ?? new Map<string, string>();
      return [lookup, new Map([...names].filter(([, name]) => isClear(lookup, name)))] as const;
    }),
  );
  return new Map(entries);
}

function contextKeys(items: readonly Item[]): Wanted {
  const wanted: Wanted = new Map();
  for (const { kind, live } of items) {
    for (const { context } of kind.fields) {
      const key = context && live.values[context.keyFrom];
      if (context !== undefined && typeof key === 'string') want(wanted, context.lookup, key);
    }
  }
  return wanted;
}

function exported(
  { kind, live, name, parent }: Item,
  names: ReadonlyMap<string, ReadonlyMap<string, string>>,
  contexts: LookupTable,
): Exported {
  const spec: Record<string, unknown> = {};
  if (kind.parent !== undefined && parent !== undefined) spec[kind.parent.path] = parent;
  for (const field of kind.fields) {
    const value = live.values[field.path];
    if (value === undefined) continue;
    if (isDeepStrictEqual(value, field.empty) && !kind.naturalKey.includes(field.path)) continue;
    const context = contextOf(field, (path) => live.values[path], contexts);
    Object.assign(spec, specOf(field, value, names, context, name));
  }
  return { kind: kind.name, name, id: live.id, parent, spec, variables: placeholdersIn(spec) };
}

function specOf(
  field: Field,
  value: unknown,
  names: ReadonlyMap<string, ReadonlyMap<string, string>>,
  context: unknown,
  name: string,
): Record<string, unknown> {
  if (field.sugar !== undefined) {
    const { sugar } = field;
    const known = names.get(sugar.lookup);
    const ids = namesIn(value);
    const keys = ids.flatMap((id) => known?.get(id) ?? []).sort();
    if (ids.length > 0 && keys.length === ids.length) {
      const items = keys.map((key) => itemOf(sugar, key));
      return { [sugar.path]: Array.isArray(value) ? items : items[0] };
    }
  }
  const written = field.toSpec === undefined ? value : field.toSpec(value, context, name);
  return written === undefined ? {} : { [field.path]: written };
}
