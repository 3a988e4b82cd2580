import { describe, expect, it } from 'vitest';
import type { Definition } from '../../../src/core/model/definition.js';
import type { LiveObject } from '../../../src/core/model/kind.js';
import type { ObjectRecord } from '../../../src/core/model/record.js';
import { KeysByObject } from '../../../src/core/observe/keys-by-object.js';
import { failed, held, type Match, renamedSince } from '../../../src/core/observe/matching.js';
import { type Desired, resolveDefinition } from '../../../src/core/observe/resolve.js';
import { testKinds } from '../../support/kinds.js';

const [kind] = testKinds;
if (kind === undefined) throw new Error('there is no kind');

const live: LiveObject = {
  id: 'villa',
  displayName: 'Villa',
  values: { displayName: 'Villa' },
  facts: {},
  stamps: {},
};

function desired(more: { id?: string; renamedFrom?: string } = {}): Desired {
  const definition: Definition = {
    key: 'House/new',
    kind: 'House',
    name: 'new',
    id: more.id,
    labels: {},
    steering: { ignore: [], renamedFrom: more.renamedFrom },
    title: 'Villa',
    spec: { displayName: 'Villa' },
    position: { file: 'houses.yaml', line: 1, column: 1 },
    source: { root: '/houses', path: 'houses.yaml' },
    hash: 'new',
  };
  if (kind === undefined) throw new Error('there is no kind');
  return resolveDefinition(
    kind,
    definition,
    new Map(),
    () => undefined,
    () => undefined,
  );
}

function record(name: string, id: string): [string, ObjectRecord] {
  const key = `House/${name}`;
  return [
    key,
    { key, id, displayName: name, origin: 'created', marked: true, sent: {}, secrets: {}, corrections: {} },
  ];
}

const unread: Match = { type: 'unread', reason: 'timed out' };

describe('the keys of an object', () => {
  it.each<[string, Match, Desired, readonly string[]]>([
    ['a definition that has it', { type: 'found', live, by: 'name' }, desired(), ['House/new', 'House/old']],
    ['one that is held about it', held('why', [live]), desired(), ['House/old', 'House/new']],
    ['one that fails about it', failed({ reason: 'why' }, [live]), desired(), ['House/old', 'House/new']],
    ['one that may be renamed since', renamedSince([live]), desired(), ['House/old', 'House/new']],
    ['one that has it elsewhere', { type: 'moved', live }, desired(), ['House/old', 'House/new']],
    ['one that pins it unread', unread, desired({ id: 'villa' }), ['House/old', 'House/new']],
    ['one of its former name', unread, desired({ renamedFrom: 'old' }), ['House/old', 'House/new']],
    ['no other definition', unread, desired(), ['House/old']],
  ])('name %s, beside its record', (_, match, one, keys) => {
    const input = {
      desired: new Map([['House/new', one]]),
      matches: new Map([['House/new', match]]),
      records: { objects: new Map([record('old', 'villa'), record('other', 'castle')]) },
    };
    expect(new KeysByObject(input).all('villa')).toEqual(keys);
  });
});
