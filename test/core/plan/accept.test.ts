import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Definition } from '../../../src/core/model/definition.js';
import type { Difference, Field, Kind } from '../../../src/core/model/kind.js';
import type { ObjectRecord } from '../../../src/core/model/record.js';
import { acceptanceOf, type Comparison, type Names, withAccepted } from '../../../src/core/plan/accept.js';

const field = (path: string, more: Partial<Field> = {}): Field => ({
  path,
  wire: path,
  schema: z.unknown(),
  doc: '',
  shape: 'value',
  empty: '',
  write: 'update',
  onCreate: true,
  ...more,
});
const sugar = (path: string) => ({ path, schema: z.unknown(), lookup: 'name', doc: '' });

const kind: Kind = {
  name: 'House',
  fields: [
    field('description'),
    field('rule', { toSpec: (value) => (value === 'opaque' ? undefined : `the ${value}`) }),
    field('ruleId', { sugar: sugar('ruleName') }),
    field('planId', { sugar: sugar('planName'), toSpec: (value) => ({ id: value }) }),
    field('ownerIds', { sugar: sugar('owners'), shape: 'set', empty: [] }),
    field('doors', { shape: 'set', empty: [] }),
    field('tags', { shape: 'entries', empty: {} }),
    field('config', {
      empty: {},
      memberToSpec: (name, declared, live) =>
        name === 'hidden' ? undefined : [declared, Reflect.get(Object(live), name)],
    }),
  ],
  title: 'description',
  writes: ['update'],
  naturalKey: ['description'],
  sample: 'villa',
};

const names: Names = new Map([
  [
    'name',
    new Map([
      ['1', 'alice'],
      ['2', 'bob'],
      ['3', 'carol'],
    ]),
  ],
]);

/** An object whose fields at these paths differ from a definition. */
function comparison(
  spec: Definition['spec'],
  values: Readonly<Record<string, unknown>>,
  paths: readonly string[],
  more: Partial<Comparison> = {},
): Comparison {
  const differences = new Map<string, Difference>();
  for (const path of paths) {
    const { path: at } =
      kind.fields.find((one) => path === one.path || path.startsWith(`${one.path}.`)) ?? {};
    const known = differences.get(at ?? '')?.changes ?? [];
    differences.set(at ?? '', { changes: [...known, { path, from: 'old', to: 'new' }], send: 'new' });
  }
  const definition: Definition = {
    key: 'House/villa',
    kind: 'House',
    name: 'villa',
    title: 'Villa',
    id: undefined,
    labels: {},
    steering: { ignore: [] },
    spec,
    hash: '',
    position: { file: 'a.yaml', line: 1, column: 1 },
    source: { root: '/', path: 'a.yaml' },
  };
  const owners = new Map([
    ['alice', '1'],
    ['bob', '2'],
  ]);
  return {
    desired: {
      definition,
      kind,
      values: {},
      ids: new Map([['owners', owners]]),
      references: [],
      unresolved: [],
      unset: [],
    },
    live: { id: 'h1', displayName: 'Villa', values, stamps: {}, facts: {} },
    record: undefined,
    differences,
    lookups: new Map(),
    keyId: 'k',
    isOnlyOurs: false,
    ...more,
  };
}

describe('a definition accepts', () => {
  it.each<[string, Definition['spec'], Record<string, unknown>, string, unknown]>([
    ['a value', { description: 'a' }, { description: 'b' }, 'description', { value: 'b' }],
    ['an empty value', { rule: 'a' }, { rule: '' }, 'rule', { value: '' }],
    ['a value in the form of the kind', { rule: 'a' }, { rule: 'b' }, 'rule', { value: 'the b' }],
    [
      'an id as its name',
      { ruleName: 'bob' },
      { ruleId: '1' },
      'ruleId',
      { value: 'alice', path: ['ruleName'] },
    ],
    [
      'no id as an empty name',
      { ruleName: 'bob' },
      { ruleId: '' },
      'ruleId',
      { value: '', path: ['ruleName'] },
    ],
    [
      'an id without a name as the id',
      { ruleName: 'bob' },
      { ruleId: '9' },
      'ruleId',
      { value: '9', path: ['ruleName'], key: 'ruleId' },
    ],
    [
      'an id without a name in the form of the kind',
      { planName: 'bob' },
      { planId: '9' },
      'planId',
      { value: { id: '9' }, path: ['planName'], key: 'planId' },
    ],
    [
      'names in the order of their declaration, new ones behind',
      { owners: ['bob', 'alice'] },
      { ownerIds: ['3', '1', '2'] },
      'ownerIds',
      { value: ['bob', 'alice', 'carol'], path: ['owners'] },
    ],
    [
      'names where one of them was declared',
      { owners: 'bob' },
      { ownerIds: ['3', '2'] },
      'ownerIds',
      { value: ['carol', 'bob'], path: ['owners'] },
    ],
    [
      'a set without what has gone',
      { doors: ['b', 'x'] },
      { doors: ['c', 'b'] },
      'doors',
      { value: ['b', 'c'] },
    ],
    [
      'an entry alone',
      { tags: { team: 'a', other: 'a' } },
      { tags: { team: 'b', other: 'b' } },
      'tags.team',
      { value: 'b', path: ['tags', 'team'] },
    ],
    ['a deleted entry', { tags: { team: 'a' } }, {}, 'tags.team', { value: '', path: ['tags', 'team'] }],
    [
      'a member in the manner of its declaration',
      { config: { site: 'a' } },
      { config: { site: 'b' } },
      'config.site',
      { value: ['a', 'b'], path: ['config', 'site'] },
    ],
    [
      'a member that only the tenant has',
      {},
      { config: { hidden: 'b' } },
      'config.hidden',
      { value: 'b', path: ['config', 'hidden'] },
    ],
  ])('%s', (_, spec, values, path, edit) => {
    const accepted = acceptanceOf(comparison(spec, values, [path]), names);
    expect(accepted.edits).toEqual([{ path: [path], ...Object(edit) }]);
    expect(accepted.fields.map((change) => change.path)).toEqual([path]);
    expect(accepted.refused).toEqual([]);
  });

  it('no value that a definition cannot have, and says so', () => {
    const { edits, refused } = acceptanceOf(comparison({ rule: 'a' }, { rule: 'opaque' }, ['rule']), names);
    expect(edits).toEqual([]);
    expect(refused).toEqual([expect.stringMatching(/^rule: .*correct it in the tenant$/)]);
  });
});

const record: ObjectRecord = {
  key: 'House/villa',
  id: 'h1',
  displayName: 'Villa',
  origin: 'created',
  marked: true,
  sent: {},
  secrets: { config: { hash: 'ours', stamp: '2026-01-01T00:00:00Z', key: 'k' } },
  corrections: {},
};
const begun = { at: 0, stamp: '2026-01-01T00:00:00Z', hash: 'begun', key: 'k' };
const later = '2026-01-01T01:00:00Z';

describe('a write of secrets by another writer', () => {
  /** The acceptance of a difference in a secret. */
  function accepted(declared: string | undefined, stamp: string | undefined, known?: ObjectRecord) {
    const changes = [{ path: 'config.token', sensitive: true as const }];
    const live = {
      id: 'h1',
      displayName: 'Villa',
      values: {},
      stamps: stamp === undefined ? {} : { config: stamp },
      facts: {},
    };
    const differences = new Map([['config', { changes, send: 'new', sentHash: declared }]]);
    return acceptanceOf(comparison({}, {}, [], { live, differences, record: known }), names);
  }

  it.each<[string, string | undefined, string | undefined, ObjectRecord | undefined, boolean]>([
    ['after ours', 'ours', later, record, true],
    [
      'after one of ours whose end is not known',
      'begun',
      later,
      { ...record, unsure: { config: [begun] } },
      true,
    ],
    ['and another value in the definition', 'other', later, record, false],
    ['that did not happen', 'ours', record.secrets.config?.stamp, record, false],
    ['of which the tenant shows nothing', 'ours', undefined, record, false],
    ['of a value that cannot be compared', undefined, later, record, false],
    ['without a record', 'ours', later, undefined, false],
  ])('%s is accepted by its timestamp, or refused', (_, declared, stamp, known, isAccepted) => {
    const { secrets, refused, edits } = accepted(declared, stamp, known);
    expect(secrets).toEqual(isAccepted ? [{ path: 'config', stamp: later, hash: declared }] : []);
    expect(refused).toEqual(isAccepted ? [] : [expect.stringContaining('config.token')]);
    expect(edits).toEqual([]);
  });

  const write = (hash: string) => [{ path: 'config', stamp: later, hash }];
  it.each<[string, string, ObjectRecord, Partial<ObjectRecord> | undefined]>([
    [
      'has the new timestamp',
      'ours',
      record,
      { secrets: { config: { hash: 'ours', stamp: later, key: 'k' } } },
    ],
    [
      'keeps a hash of the present key without naming it',
      'ours',
      { ...record, secrets: { config: { hash: 'ours', stamp: '' } } },
      { secrets: { config: { hash: 'ours', stamp: later } } },
    ],
    [
      'keeps the writes that may still arrive, counted from the new timestamp',
      'begun',
      { ...record, unsure: { config: [begun], other: [begun] } },
      {
        secrets: { config: { hash: 'begun', stamp: later, key: 'k' } },
        unsure: { config: [{ ...begun, stamp: later }], other: [begun] },
      },
    ],
    ['stays as it is without such a hash', 'other', record, undefined],
  ])('leaves a record that %s', (_, hash, before, after) => {
    const result = withAccepted(before, write(hash));
    if (after === undefined) expect(result).toBeUndefined();
    else expect(result).toEqual({ ...before, unsure: undefined, ...after });
  });
});
