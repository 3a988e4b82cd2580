import { expect, it } from 'vitest';
import type { Definition } from '../../../src/core/model/definition.js';
import { definitionsByKey } from '../../../src/core/model/definition-index.js';
import type { Kind, LiveObject } from '../../../src/core/model/kind.js';
import type { ObjectRecord } from '../../../src/core/model/record.js';
import { claimantsOf } from '../../../src/core/observe/claimants.js';
import { resolveDefinition } from '../../../src/core/observe/resolve.js';
import { testKinds } from '../../support/kinds.js';

const [kind] = testKinds;
if (kind === undefined) throw new Error('there is no kind');

function definition(
  name: string,
  more: { id?: string; renamedFrom?: string; title?: string } = {},
): Definition {
  return {
    key: `House/${name}`,
    kind: 'House',
    name,
    id: more.id,
    labels: {},
    steering: { ignore: [], renamedFrom: more.renamedFrom },
    title: more.title ?? name,
    spec: { displayName: more.title ?? name },
    position: { file: 'houses.yaml', line: 1, column: 1 },
    source: { root: '/houses', path: 'houses.yaml' },
    hash: name,
  };
}

function record(name: string, id = `id-${name}`): ObjectRecord {
  return {
    key: `House/${name}`,
    id,
    displayName: name,
    origin: 'created',
    marked: true,
    sent: {},
    secrets: {},
    corrections: {},
  };
}

const live: LiveObject = {
  id: 'id-villa',
  displayName: 'Villa Rosa',
  values: { displayName: 'Villa Rosa' },
  facts: {},
  stamps: {},
};

const definitions = [
  definition('villa', { title: 'Villa' }),
  definition('castle'),
  definition('namesake of the object', { title: 'Villa Rosa' }),
  definition('namesake of the definition', { title: 'Villa' }),
  definition('pinned', { id: 'id-villa' }),
  definition('renamed', { renamedFrom: 'villa' }),
  definition('unrecorded'),
  definition('doubled'),
  definition('gone'),
];

const recorded = [
  'villa',
  'castle',
  'namesake of the object',
  'namesake of the definition',
  'pinned',
  'renamed',
];
const objects = new Map(
  [...recorded.map((name) => record(name)), record('doubled', 'id-villa'), record('gone')].map((one) => [
    one.key,
    one,
  ]),
);

function claimants(of: Kind, lists: Map<string, ReadonlySet<string>>): readonly string[] | undefined {
  const needed = definitions.slice(0, 1).map((one) =>
    resolveDefinition(
      of,
      one,
      new Map(),
      () => undefined,
      () => undefined,
    ),
  );
  return claimantsOf(of, definitionsByKey(definitions), {
    needed,
    records: { objects },
    reads: { lists, goneIds: new Set(['id-gone']), elsewhere: new Map() },
    read: [live],
  });
}

it('of objects that were read by their ids are those that may claim one of them', () => {
  const others = definitions.map(({ key }) => key).filter((key) => key !== 'House/castle');
  expect(claimants(kind, new Map())).toEqual(others.sort());
});

it.each(['House', 'House@id-town'])('of a list %s are all', (list) => {
  expect(claimants(kind, new Map([[list, new Set(['id-villa'])]]))).toBeUndefined();
});

it('of a kind whose name is no part of the natural key are all', () => {
  expect(claimants({ ...kind, naturalKey: ['rooms'] }, new Map())).toBeUndefined();
});
