import type { Definition } from '../model/definition.js';
import type { DefinitionsByKey } from '../model/definition-index.js';
import { messageOf } from '../model/errors.js';
import type { Field, Kind, Known, LiveObject, Lookup, Referred, Sugar } from '../model/kind.js';
import { derived, PersistentMap } from '../model/persistent-map.js';
import { UnsetSecret } from '../model/secret.js';
import { PartlyFound } from './lookup-cache.js';
import { keysIn, parentKey } from './references.js';

/** The largest number of candidates in a message. */
const MOST_SHOWN = 5;

/** The answer of one lookup, by key. */
interface LookupAnswer {
  readonly noun: string;
  /** See {@link Lookup.nearest}. */
  readonly nearest?: Lookup['nearest'] | undefined;
  /** See {@link Lookup.wrongPart}. */
  readonly wrongPart?: Lookup['wrongPart'] | undefined;
  readonly values: ReadonlyMap<string, readonly unknown[]>;
  /** Why the lookup of keys without an entry in `values` failed. */
  readonly error?: string;
}

/** The answers of all lookups, by lookup name. */
export type LookupTable = ReadonlyMap<string, LookupAnswer>;

/** Names of ids for people, by lookup name and id. */
export type Titles = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Keys to look up, by lookup name. */
export type Wanted = Map<string, Set<string>>;

/** A definition of the same load that another one refers to by the name of its object. */
interface Reference {
  readonly key: string;
  /** Id of the object; missing while there is none. */
  readonly id?: string;
}

/** A definition with its names resolved to ids: the desired state of one object. */
export interface Desired {
  readonly definition: Definition;
  readonly kind: Kind;
  /**
   * Declared values by field path, normalised. A field that is not declared, or whose name did not resolve, is missing.
   * An id that does not exist yet is replaced by the key of the definition that will create its object.
   */
  readonly values: Readonly<Record<string, unknown>>;
  /** The id of each name in `spec`, by the path of the names. */
  readonly ids: ReadonlyMap<string, ReadonlyMap<unknown, unknown>>;
  /** Definitions of the same load that its fields refer to. */
  readonly references: readonly Reference[];
  /** Names that resolve to nothing or to several things, as sentences. */
  readonly unresolved: readonly string[];
  /** Sources of secrets that hold nothing, as sentences. */
  readonly unset: readonly string[];
}

/** The names that these definitions use, and others. */
export function wantedNames(
  kinds: ReadonlyMap<string, Kind>,
  known: Known,
  definitions: Iterable<Definition>,
  others: Iterable<readonly [lookup: string, key: string]>,
): Wanted {
  const wanted: Wanted = new Map();
  for (const [lookup, key] of others) want(wanted, lookup, key);
  const sugars = sugarsOf(kinds, () => true);
  for (const { kind, spec } of definitions) {
    for (const sugar of sugars.get(kind) ?? [])
      for (const { key } of keysIn(sugar, spec[sugar.path], known)) want(wanted, sugar.lookup, key);
  }
  return wanted;
}

/** Gives the names in the natural keys of definitions, which show the objects that they mean: each lookup with a key. */
export function naturalNamesOf(
  kinds: ReadonlyMap<string, Kind>,
): (definitions: DefinitionsByKey) => readonly (readonly [lookup: string, key: string])[] {
  const sugars = sugarsOf(kinds, ({ path }, { naturalKey }) => naturalKey.includes(path));
  const namesIn = ({ kind, spec }: Definition): readonly string[] =>
    (sugars.get(kind) ?? []).flatMap((sugar) =>
      keysIn(sugar, spec[sugar.path], () => undefined).map(({ key }) => `${sugar.lookup} ${key}`),
    );
  const counts = derived(
    (definitions: DefinitionsByKey) => {
      const all = new Map<string, number>();
      for (const definition of definitions.values())
        for (const name of namesIn(definition)) all.set(name, (all.get(name) ?? 0) + 1);
      return PersistentMap.of(all);
    },
    (former, changes) => {
      let all = former;
      const count = (name: string, more: number): void => {
        const sum = (all.get(name) ?? 0) + more;
        all = all.with([[name, sum === 0 ? null : sum]]);
      };
      for (const { from, to } of changes) {
        for (const name of from === undefined ? [] : namesIn(from)) count(name, -1);
        for (const name of to === undefined ? [] : namesIn(to)) count(name, 1);
      }
      return all;
    },
  );
  return (definitions) =>
    [...counts(definitions).keys()].map((name) => {
      const space = name.indexOf(' ');
      return [name.slice(0, space), name.slice(space + 1)];
    });
}

function sugarsOf(
  kinds: ReadonlyMap<string, Kind>,
  isWanted: (field: Field, kind: Kind) => boolean,
): ReadonlyMap<string, readonly Sugar[]> {
  const sugars = [...kinds].map(([name, kind]): [string, Sugar[]] => [
    name,
    kind.fields.filter((field) => isWanted(field, kind)).flatMap(({ sugar }) => sugar ?? []),
  ]);
  return new Map(sugars);
}

/** The keys of context lookups that the comparison of these definitions with their live objects needs. */
export function wantedContexts(
  pairs: Iterable<{ readonly desired: Desired; readonly live: LiveObject | undefined }>,
): Wanted {
  const wanted: Wanted = new Map();
  for (const { desired, live } of pairs) {
    const valueAt = withLive(desired, live);
    for (const field of desired.kind.fields) {
      if (field.context === undefined || !(field.path in desired.values)) continue;
      const key = valueAt(field.context.keyFrom);
      if (typeof key === 'string' && key !== '') want(wanted, field.context.lookup, key);
    }
  }
  return wanted;
}

/** Gives the value at a field path. */
export type ValueAt = (path: string) => unknown;

/** Live values where there are any, else the declared ones: contexts are looked up by them. */
export function withLive(desired: Desired, live: LiveObject | undefined): ValueAt {
  return (path) => (live !== undefined && path in live.values ? live.values[path] : desired.values[path]);
}

/** Adds a key to the requested keys of a lookup. */
export function want(wanted: Wanted, lookup: string, key: string): void {
  const keys = wanted.get(lookup) ?? new Set();
  wanted.set(lookup, keys.add(key));
}

/** Asks each lookup for its keys. A lookup that fails answers with the reason; it never throws. */
export async function lookUp(
  lookups: ReadonlyMap<string, Lookup>,
  wanted: Wanted,
  signal?: AbortSignal,
): Promise<LookupTable> {
  const entries = await Promise.all(
    [...wanted].map(async ([name, keys]): Promise<[string, LookupAnswer]> => {
      const lookup = lookups.get(name);
      if (lookup === undefined) {
        return [name, { noun: name, values: new Map(), error: `there is no lookup named ${name}` }];
      }
      try {
        const { noun, nearest, wrongPart } = lookup;
        return [name, { noun, nearest, wrongPart, values: await lookup.find(keys, signal) }];
      } catch (error) {
        signal?.throwIfAborted();
        const values = error instanceof PartlyFound ? error.values : new Map();
        return [name, { noun: lookup.noun, values, error: messageOf(error) }];
      }
    }),
  );
  return new Map(entries);
}

/** Asks each lookup for the names of ids. An id whose lookup fails has none; throws only when it is cancelled. */
export async function lookUpTitles(
  lookups: ReadonlyMap<string, Lookup>,
  wanted: Wanted,
  signal?: AbortSignal,
): Promise<Titles> {
  const entries = await Promise.all(
    [...wanted].map(async ([name, ids]) => {
      try {
        return [name, (await lookups.get(name)?.titles(ids, signal)) ?? new Map()] as const;
      } catch {
        signal?.throwIfAborted();
        return [name, new Map()] as const;
      }
    }),
  );
  return new Map(entries);
}

/** Finds the definition that a name means. `isAbsent`: the tenant was seen to have no object of it. */
export type Refer = (
  referred: Referred,
  name: string,
) => (Reference & { readonly isAbsent?: boolean }) | undefined;

/** Turns the names of one definition into ids. */
export function resolveDefinition(
  kind: Kind,
  definition: Definition,
  table: LookupTable,
  refer: Refer,
  known: Known,
): Desired {
  const values: Record<string, unknown> = {};
  const naming: Naming = {
    table,
    refer,
    known,
    unresolved: [],
    references: new Map(),
    ids: new Map(),
  };
  for (const field of kind.fields) {
    const { spec } = definition;
    if (field.path in spec) values[field.path] = normalise(field, spec[field.path]);
    else if (field.sugar !== undefined && field.sugar.path in spec) {
      const ids = resolveNames(field.sugar, spec[field.sugar.path], naming);
      if (ids !== undefined) values[field.path] = normalise(field, ids);
    }
  }
  const references = [...naming.references.values()];
  return {
    definition,
    kind,
    values,
    ids: naming.ids,
    references,
    unresolved: naming.unresolved,
    unset: unsetIn(definition.spec),
  };
}

/** The definitions of the same load that one refers to: its parent, and what its fields name. */
export function referredKeys({ kind, definition, references }: Desired): readonly string[] {
  const parent = parentKey(kind, definition);
  return [...(parent === undefined ? [] : [parent]), ...references.map(({ key }) => key)];
}

/** A value with the keys of its references in place of their ids, so that it does not depend on which of them exist. */
export function byKeys(value: unknown, { references }: Pick<Desired, 'references'>): unknown {
  const keyFor = (item: unknown): unknown =>
    references.find(({ id }) => id !== undefined && id === item)?.key ?? item;
  if (references.length === 0) return value;
  return Array.isArray(value) ? value.map(keyFor) : keyFor(value);
}

/** The input and output of resolving names. */
interface Naming {
  readonly table: LookupTable;
  readonly refer: Refer;
  readonly known: Known;
  readonly unresolved: string[];
  readonly references: Map<string, Reference>;
  readonly ids: Map<string, ReadonlyMap<unknown, unknown>>;
}

function normalise(field: Field, value: unknown): unknown {
  return field.normalise === undefined ? value : field.normalise(value);
}

function resolveNames(sugar: Sugar, value: unknown, naming: Naming): unknown {
  const before = naming.unresolved.length;
  const names = keysIn(sugar, value, naming.known);
  const ids = names.map(({ key }) => resolveName(sugar, key, naming));
  if (naming.unresolved.length > before) return undefined;
  naming.ids.set(sugar.path, new Map(names.map(({ item }, index) => [item, ids[index]])));
  if (Array.isArray(value)) return ids;
  return ids[0] ?? '';
}

/** Prefers the tenant's object of a name. A definition of the name decides between several, and replaces a future object. */
function resolveName(
  { path, lookup, form, refersTo }: Sugar,
  key: string,
  { table, refer, unresolved, references }: Naming,
): unknown {
  const name = form === undefined ? key : form.toText(key);
  const answer = table.get(lookup);
  const defined = refersTo === undefined ? undefined : refer(refersTo, name);
  // A lookup may have a gone object in its cache.
  const found = defined?.isAbsent === true ? [] : answer?.values.get(key);
  if (answer === undefined || (found === undefined && answer.error !== undefined)) {
    const why = answer?.error ?? 'no lookup was made';
    unresolved.push(
      `spec.${path}: '${name}' could not be looked up: ${why}; no change until a lookup succeeds`,
    );
    return undefined;
  }
  const [only, ...more] = found ?? [];
  const isUnique = only !== undefined && more.length === 0;
  if (defined !== undefined && (only === undefined || isUnique || found?.includes(defined.id))) {
    const id = isUnique ? String(only) : defined.id;
    references.set(defined.key, id === undefined ? { key: defined.key } : { key: defined.key, id });
    return id ?? defined.key;
  }
  if (isUnique) return only;
  const meant = answer.nearest?.(key);
  const wrong = answer.wrongPart?.(key) ?? `${answer.noun} is named '${name}'`;
  const hint = meant === undefined ? '' : `; did you mean '${meant}'?`;
  unresolved.push(
    only === undefined
      ? `spec.${path}: no ${wrong}; correct the name or create it in the tenant${hint}`
      : `spec.${path}: ${more.length + 1} of the tenant's objects match the ${answer.noun} '${name}' (${firstOf(found)}); give the id instead`,
  );
  return undefined;
}

function firstOf(ids: readonly unknown[] = []): string {
  return ids.length <= MOST_SHOWN ? ids.join(', ') : `${ids.slice(0, MOST_SHOWN).join(', ')}, ...`;
}

function unsetIn(value: unknown): string[] {
  if (value instanceof UnsetSecret) return [`${value.origin}: ${value.reason}`];
  if (Array.isArray(value)) return value.flatMap(unsetIn);
  if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.values(value).flatMap(unsetIn);
  }
  return [];
}

/** The context of a field for one object: the answer of its lookup, or undefined. */
export function contextOf(field: Field, valueAt: ValueAt, table: LookupTable): unknown {
  if (field.context === undefined) return undefined;
  const key = valueAt(field.context.keyFrom);
  return typeof key === 'string' ? table.get(field.context.lookup)?.values.get(key)?.[0] : undefined;
}

/** Why contexts that the comparison with a live object needs are missing; empty when none is. */
export function missingContexts(
  desired: Desired,
  live: LiveObject | undefined,
  table: LookupTable,
): string[] {
  const valueAt = withLive(desired, live);
  return desired.kind.fields.flatMap((field) => {
    if (field.context === undefined || !(field.path in desired.values)) return [];
    const answer = table.get(field.context.lookup);
    const key = valueAt(field.context.keyFrom);
    if (answer?.error === undefined || typeof key !== 'string' || answer.values.has(key)) return [];
    return [
      `spec.${field.path}: the ${answer.noun} could not be read: ${answer.error}; no change until a read succeeds`,
    ];
  });
}
