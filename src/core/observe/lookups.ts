import type { Definition } from '../model/definition.js';
import type { DefinitionsByKey } from '../model/definition-index.js';
import { messageOf } from '../model/errors.js';
import type { Field, Kind, Known, Lookup, Sugar } from '../model/kind.js';
import { derived, PersistentMap } from '../model/persistent-map.js';
import { PartlyFound } from './lookup-cache.js';
import { keysIn } from './references.js';

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
