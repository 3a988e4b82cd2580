import type { Kind, LiveObject } from '../model/kind.js';
import { areOurs, marksOf } from '../model/marks.js';
import { foldedText } from '../model/spelling.js';

/** The live objects of one kind, of one parent where it has one. */
export interface Scope {
  readonly objects: readonly LiveObject[];
  /** Objects that could not be read by their ids, with the reason. */
  readonly unread: ReadonlyMap<string, string>;
  /** Why there is no list. */
  readonly error?: string | undefined;
}

/** The natural key values of a kind; undefined while one is not known. */
export function naturalOf(
  kind: Kind,
  values: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> | undefined {
  const entries = kind.naturalKey.map((path) => [path, values[path]] as const);
  return entries.some(([, value]) => value === undefined) ? undefined : Object.fromEntries(entries);
}

/** The live objects of one parent, by the ways in which they are recognised. */
export interface Index {
  readonly byId: ReadonlyMap<string, LiveObject>;
  readonly byNatural: ReadonlyMap<string, readonly LiveObject[]>;
  /** By the natural key in any spelling. */
  readonly byFolded: ReadonlyMap<string, readonly LiveObject[]>;
  readonly byAddress: ReadonlyMap<string, readonly LiveObject[]>;
  readonly unread: ReadonlyMap<string, string>;
  readonly error?: string | undefined;
}

/** Indexes the objects of a scope. A missing scope counts as unread. */
export function indexOf(kind: Kind, workspace: string, scope: Scope | undefined): Index {
  const byId = new Map<string, LiveObject>();
  const byNatural = new Map<string, LiveObject[]>();
  const byFolded = new Map<string, LiveObject[]>();
  const byAddress = new Map<string, LiveObject[]>();
  for (const live of scope?.objects ?? []) {
    if (byId.has(live.id)) continue;
    byId.set(live.id, live);
    const natural = naturalOf(kind, live.values);
    push(byNatural, naturalText(natural), live);
    push(byFolded, foldedText(natural), live);
    const marks = marksOf(kind, live);
    if (marks !== undefined && areOurs(marks, workspace)) push(byAddress, marks.address, live);
  }
  const { unread = new Map(), error } = scope ?? { error: 'it was not read' };
  return { byId, byNatural, byFolded, byAddress, unread, error };
}

/** The name of a list: of a kind, or of what lives under one parent. */
export function listName(kind: string, parentId: string | undefined): string {
  return parentId === undefined ? kind : `${kind}@${parentId}`;
}

/** Adds to the list of a key. */
export function push<T>(map: Map<string, T[]>, key: string, item: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [item]);
  else list.push(item);
}

/** A natural key in one text; empty while it is not known. */
export function naturalText(natural: Readonly<Record<string, unknown>> | undefined): string {
  return natural === undefined ? '' : JSON.stringify(Object.values(natural));
}
