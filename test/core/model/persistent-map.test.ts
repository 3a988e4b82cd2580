import fc from 'fast-check';
import { expect, it } from 'vitest';
import { derived, derivedOfPair, PersistentMap } from '../../../src/core/model/persistent-map.js';

const keys = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const patches = fc.array(fc.array(fc.tuple(keys, fc.option(fc.nat(3))), { maxLength: 4 }), { maxLength: 50 });

/** A map after each patch, with a plain one of the same content. */
function* grown(steps: readonly (readonly (readonly [string, number | null])[])[]) {
  let map = PersistentMap.of<number>([['a', 1]]);
  const plain = new Map(map);
  yield { map, plain: new Map(plain) };
  for (const patch of steps) {
    map = map.with(patch);
    for (const [key, value] of patch) {
      if (value === null) plain.delete(key);
      else plain.set(key, value);
    }
    yield { map, plain: new Map(plain) };
  }
}

const byValue = (map: ReadonlyMap<string, number>): Map<number, string[]> => {
  const found = new Map<number, string[]>();
  for (const key of [...map.keys()].sort()) {
    const value = map.get(key) ?? -1;
    found.set(value, [...(found.get(value) ?? []), key]);
  }
  return found;
};

it('holds what a plain map holds, and former maps stay as they were', () => {
  fc.assert(
    fc.property(patches, (steps) => {
      const all = [...grown(steps)];
      for (const { map, plain } of all) {
        expect([map.size, map.has('a'), map.get('b')]).toEqual([plain.size, plain.has('a'), plain.get('b')]);
        expect(new Set(map)).toEqual(new Set(plain));
      }
    }),
  );
});

it('iterates in the order of a plain map, however often it was merged', () => {
  let map = PersistentMap.of<number>([]);
  const plain = new Map<string, number>();
  for (let at = 0; at < 2_000; at += 1) {
    const key = `key ${(at * 7) % 600}`;
    map = map.with([[key, at]]);
    plain.set(key, at);
    if (at % 500 === 0) expect([...map]).toEqual([...plain]);
  }
  const seen: [string, number][] = [];
  map.forEach((value, key) => void seen.push([key, value]));
  expect(seen).toEqual([...plain]);
  expect([...map.values()]).toEqual([...plain.values()]);
});

it('is the same map after values that change nothing', () => {
  const map = PersistentMap.of<number>([['a', 1]]);
  expect(
    map.with([
      ['a', 1],
      ['b', null],
    ]),
  ).toBe(map);
});

it('derives from the differences what the whole map gives, at any step', () => {
  const isAsked = fc.infiniteStream(fc.boolean());
  fc.assert(
    fc.property(patches, isAsked, (steps, asked) => {
      let updates = 0;
      const index = derived(byValue, (former, changes, map) => {
        updates += 1;
        const touched = new Set(changes.map(({ key }) => key));
        const next = new Map(
          [...former].map(([value, of]) => [value, of.filter((key) => !touched.has(key))]),
        );
        for (const key of touched) {
          const value = map.get(key);
          if (value !== undefined) next.set(value, [...(next.get(value) ?? []), key].sort());
        }
        return new Map([...next].filter(([, of]) => of.length > 0));
      });
      for (const { map, plain } of grown(steps)) {
        if (asked.next().value) expect(index(map)).toEqual(byValue(plain));
        expect(index(plain)).toEqual(byValue(plain));
      }
      return updates >= 0;
    }),
  );
});

it('derives from both of two maps', () => {
  const shared = derivedOfPair(
    (a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>) =>
      new Set([...a.keys()].filter((key) => b.has(key))),
    (former, touched, a, b) => {
      const next = new Set(former);
      for (const key of touched) {
        if (a.has(key) && b.has(key)) next.add(key);
        else next.delete(key);
      }
      return next;
    },
  );
  fc.assert(
    fc.property(patches, patches, fc.infiniteStream(fc.nat(2)), (ones, others, turns) => {
      const [left, right] = [[...grown(ones)], [...grown(others)]];
      let [i, j] = [0, 0];
      while (i < left.length && j < right.length) {
        const [a, b] = [left[i], right[j]];
        if (a === undefined || b === undefined) return;
        expect(shared(a.map, b.map)).toEqual(new Set([...a.plain.keys()].filter((key) => b.plain.has(key))));
        const turn = turns.next().value;
        if (turn !== 0) i += 1;
        if (turn !== 1) j += 1;
      }
    }),
  );
});

it('computes once for each map, and again where the former result is too far back', () => {
  let computed = 0;
  let updated = 0;
  const size = derived(
    (map: ReadonlyMap<string, number>) => {
      computed += 1;
      return { size: map.size };
    },
    (_, __, map) => {
      updated += 1;
      return { size: map.size };
    },
  );
  let map = PersistentMap.of<number>([]);
  expect([size(map), size(map)]).toEqual([{ size: 0 }, { size: 0 }]);
  map = map.with([['a', 1]]);
  expect(size(map)).toEqual({ size: 1 });
  expect([computed, updated]).toEqual([1, 1]);
  for (let at = 0; at < 100; at += 1) map = map.with([[`b${at}`, at]]);
  expect(size(map)).toEqual({ size: 101 });
  expect([computed, updated]).toEqual([2, 1]);
});
