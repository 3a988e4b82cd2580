/** One difference between a map and the one before it: undefined where a key was or is missing. */
export interface Change<V> {
  readonly key: string;
  readonly from: V | undefined;
  readonly to: V | undefined;
}

/** The values of a map. */
type Value = object | string | number;

/** Changes on top of a base before they are merged into it, and maps whose history is kept. */
const MOST_CHANGES = 256;
const MOST_STEPS = 32;

/** An immutable map. {@link with} gives a changed one that shares its content, in a time that does not grow with it. */
export class PersistentMap<V extends Value> implements ReadonlyMap<string, V> {
  readonly size: number;
  /** The map that this one was made from, with the differences; undefined for the first one, and for older ones. */
  before: { readonly map: PersistentMap<V>; readonly changes: readonly Change<V>[] } | undefined;
  #base: ReadonlyMap<string, V>;
  #changes: ReadonlyMap<string, V | null>;

  private constructor(base: ReadonlyMap<string, V>, changes: ReadonlyMap<string, V | null>, size: number) {
    this.#base = base;
    this.#changes = changes;
    this.size = size;
  }

  /** The map of these entries, the last one of a key. */
  static of<V extends Value>(entries: Iterable<readonly [string, V]>): PersistentMap<V> {
    const base = new Map(entries);
    return new PersistentMap(base, new Map(), base.size);
  }

  /** The map with these values in place of its own; null removes a key. */
  with(values: Iterable<readonly [string, V | null]>): PersistentMap<V> {
    const overlay = new Map(this.#changes);
    const changes: Change<V>[] = [];
    let { size } = this;
    for (const [key, value] of values) {
      const pending = overlay.get(key);
      const from = pending === undefined ? this.#base.get(key) : (pending ?? undefined);
      const to = value ?? undefined;
      if (from === to) continue;
      overlay.set(key, value);
      changes.push({ key, from, to });
      if (from === undefined) size += 1;
      if (to === undefined) size -= 1;
    }
    if (changes.length === 0) return this;
    const next = new PersistentMap(this.#base, overlay, size);
    if (overlay.size > MOST_CHANGES) next.#merge();
    next.before = { map: this, changes };
    forget(next);
    return next;
  }

  get(key: string): V | undefined {
    if (this.#changes.size === 0) return this.#base.get(key);
    const changed = this.#changes.get(key);
    return changed === undefined ? this.#base.get(key) : (changed ?? undefined);
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  forEach(callback: (value: V, key: string, map: ReadonlyMap<string, V>) => void): void {
    for (const [key, value] of this.#merge()) callback(value, key, this);
  }

  entries(): MapIterator<[string, V]> {
    return this.#merge().entries();
  }

  keys(): MapIterator<string> {
    return this.#merge().keys();
  }

  values(): MapIterator<V> {
    return this.#merge().values();
  }

  [Symbol.iterator](): MapIterator<[string, V]> {
    return this.entries();
  }

  /** Merges the changes into a base of its own. */
  #merge(): ReadonlyMap<string, V> {
    if (this.#changes.size === 0) return this.#base;
    const merged = new Map(this.#base);
    for (const [key, value] of this.#changes) {
      if (value === null) merged.delete(key);
      else merged.set(key, value);
    }
    this.#base = merged;
    this.#changes = new Map();
    return merged;
  }
}

/** Ends the history of a map before its last steps, so that former maps can be collected. */
function forget<V extends Value>(map: PersistentMap<V>): void {
  let oldest: PersistentMap<V> = map;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    if (oldest.before === undefined) return;
    oldest = oldest.before.map;
  }
  oldest.before = undefined;
}

/** The differences of a map from a former one, oldest first; undefined where that is too far back, or is none. */
function changesSince<V extends Value>(
  map: ReadonlyMap<string, V>,
  former: ReadonlyMap<string, V>,
): readonly Change<V>[] | undefined {
  const steps: (readonly Change<V>[])[] = [];
  for (let at = map; at !== former; ) {
    if (!(at instanceof PersistentMap) || at.before === undefined) return undefined;
    steps.push(at.before.changes);
    at = at.before.map;
  }
  return steps.reverse().flat();
}

/** A map and the ones that it came from, the nearest first. */
function* history<V extends Value>(map: ReadonlyMap<string, V>): Generator<ReadonlyMap<string, V>> {
  yield map;
  if (map instanceof PersistentMap && map.before !== undefined) yield* history(map.before.map);
}

/**
 * A function that computes its result once for each map. For a {@link PersistentMap} whose former one has a result,
 * `update` makes it from that and from the differences, which may name a key more than once; undefined where it cannot.
 */
export function derived<V extends Value, D extends object>(
  compute: (map: ReadonlyMap<string, V>) => D,
  update: (former: D, changes: readonly Change<V>[], map: ReadonlyMap<string, V>) => D | undefined,
): (map: ReadonlyMap<string, V>) => D {
  const results = new WeakMap<ReadonlyMap<string, V>, D>();
  const updated = (map: ReadonlyMap<string, V>): D | undefined => {
    for (const former of history(map)) {
      const known = results.get(former);
      if (known === undefined) continue;
      const changes = changesSince(map, former);
      if (changes !== undefined) return changes.length === 0 ? known : update(known, changes, map);
    }
    return undefined;
  };
  return (map) => {
    const value = updated(map) ?? compute(map);
    results.set(map, value);
    return value;
  };
}

/** As {@link derived}, for a result of two maps. `keys` are those that differ in one of them. */
export function derivedOfPair<A extends Value, B extends Value, D extends object>(
  compute: (a: ReadonlyMap<string, A>, b: ReadonlyMap<string, B>) => D,
  update: (former: D, keys: ReadonlySet<string>, a: ReadonlyMap<string, A>, b: ReadonlyMap<string, B>) => D,
): (a: ReadonlyMap<string, A>, b: ReadonlyMap<string, B>) => D {
  const results = new WeakMap<
    ReadonlyMap<string, A>,
    { readonly b: ReadonlyMap<string, B>; readonly value: D }
  >();
  const updated = (a: ReadonlyMap<string, A>, b: ReadonlyMap<string, B>): D | undefined => {
    for (const former of history(a)) {
      const known = results.get(former);
      if (known === undefined) continue;
      const [ofA, ofB] = [changesSince(a, former), changesSince(b, known.b)];
      if (ofA === undefined || ofB === undefined) continue;
      const keys = new Set([...ofA, ...ofB].map(({ key }) => key));
      return keys.size === 0 ? known.value : update(known.value, keys, a, b);
    }
    return undefined;
  };
  return (a, b) => {
    const value = updated(a, b) ?? compute(a, b);
    results.set(a, { b, value });
    return value;
  };
}
