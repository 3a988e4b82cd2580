import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Definition } from '../../../src/core/model/definition.js';
import {
  definitionsByKey,
  keysByTitle,
  steeredKeys,
  withReplaced,
} from '../../../src/core/model/definition-index.js';
import { PersistentMap } from '../../../src/core/model/persistent-map.js';
import type { ObjectRecord } from '../../../src/core/model/record.js';
import { absentRecords, recordsById, recordsOf, unpairedKeys } from '../../../src/core/model/record-index.js';

const names = ['a', 'b', 'c', 'd', 'e', 'f'];

const definition = (name: string, title: string | undefined, steering: string): Definition => ({
  key: `House/${name}`,
  kind: 'House',
  name,
  title,
  id: steering === 'pin' ? `id-${name}` : undefined,
  labels: {},
  steering: { ignore: [], renamedFrom: steering === 'former' ? 'old' : undefined },
  spec: {},
  position: { file: 'x.yaml', line: 1, column: 1 },
  source: { root: '/x', path: 'x.yaml' },
  hash: name,
});

const version = fc.tuple(
  fc.constantFrom(...names),
  fc.constantFrom('Villa', 'Castle', undefined),
  fc.constantFrom('none', 'pin', 'former'),
);

it('of definitions after replacements are those of the whole list', () => {
  fc.assert(
    fc.property(fc.array(fc.uniqueArray(version, { selector: ([name]) => name, maxLength: 3 })), (rounds) => {
      let list: readonly Definition[] = names.map((name) => definition(name, 'Villa', 'none'));
      expect(keysByTitle(definitionsByKey(list)).get('House/Villa')).toHaveLength(names.length);
      expect(steeredKeys(definitionsByKey(list)).size).toBe(0);
      for (const round of rounds) {
        list = withReplaced(
          list,
          round.map((each) => definition(...each)),
        );
        const whole = definitionsByKey([...list]);
        const found = definitionsByKey(list);
        expect([...found]).toEqual([...whole]);
        expect(new Map(keysByTitle(found))).toEqual(new Map(keysByTitle(whole)));
        expect(steeredKeys(found)).toEqual(steeredKeys(whole));
      }
    }),
  );
});

const record = (name: string, id: string, isAbsent: boolean): ObjectRecord => ({
  key: `House/${name}`,
  id,
  displayName: name,
  origin: 'created',
  marked: true,
  sent: {},
  secrets: {},
  corrections: {},
  ...(isAbsent ? { absentSince: 1 } : {}),
});

const change = fc.tuple(
  fc.constantFrom(...names),
  fc.option(fc.tuple(fc.constantFrom('1', '2', '3'), fc.boolean())),
);

it('of records after changes are those of all of them, also where two share an id', () => {
  const definitions = definitionsByKey(['a', 'b', 'x'].map((name) => definition(name, undefined, 'none')));
  fc.assert(
    fc.property(fc.array(fc.array(change, { maxLength: 3 })), (rounds) => {
      let objects = PersistentMap.of<ObjectRecord>([]);
      for (const round of rounds) {
        objects = objects.with(
          round.map(([name, state]) => [`House/${name}`, state === null ? null : record(name, ...state)]),
        );
        const whole = new Map(objects);
        expect(new Map(recordsById(objects)).size).toBe(recordsById(whole).size);
        for (const id of ['1', '2', '3'])
          expect(new Set(recordsOf(objects, id))).toEqual(
            new Set([...whole.values()].filter((one) => one.id === id)),
          );
        expect(absentRecords(objects)).toEqual(absentRecords(whole));
        expect(unpairedKeys(definitions, objects)).toEqual(unpairedKeys(definitions, whole));
      }
    }),
  );
});
