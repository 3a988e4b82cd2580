import { expect, it } from 'vitest';
import { differenceOf } from '../../../src/core/model/diff.js';
import type { DiffInput, Field, FieldChange } from '../../../src/core/model/kind.js';
import { testKinds } from '../../support/kinds.js';

type Shape = Field['shape'];
const change = (from: unknown, to: unknown, path = 'field'): FieldChange => ({
  path,
  ...(from === undefined ? {} : { from }),
  ...(to === undefined ? {} : { to }),
});
const tag = (name: string, from: unknown, to: unknown): FieldChange => change(from, to, `field.${name}`);

it.each<[string, Shape, declared: unknown, live: unknown, send: unknown, changes: readonly FieldChange[]]>([
  ['an equal value', 'value', { a: [1] }, { a: [1] }, undefined, []],
  ['another value', 'value', 'a', 'b', 'a', [change('b', 'a')]],
  ['a value where there is no object yet', 'value', '', undefined, '', [change(undefined, '')]],
  ['another order of a value', 'value', [1, 2], [2, 1], [1, 2], [change([2, 1], [1, 2])]],
  ['another order and repeats of a set', 'set', ['b', 'a', 'b'], ['a', 'b'], undefined, []],
  ['another set', 'set', ['b', 'a'], ['c'], ['a', 'b'], [change(['c'], ['a', 'b'])]],
  ['an empty set where there is no object yet', 'set', [], undefined, [], [change(undefined, [])]],
  ['an empty set where the tenant shows none', 'set', [], null, undefined, []],
  ['equal entries beside others', 'entries', { a: '1' }, { a: '1', b: '2' }, undefined, []],
  [
    'entries that differ, in order, alone',
    'entries',
    { c: '3', b: '2', a: '1' },
    { c: 'x', b: '2' },
    { c: '3', a: '1' },
    [tag('a', undefined, '1'), tag('c', 'x', '3')],
  ],
  ['an entry to delete', 'entries', { a: '' }, { a: '1' }, { a: '' }, [tag('a', '1', undefined)]],
  ['an entry to delete that is not there', 'entries', { a: '' }, null, undefined, []],
  ['no entries', 'entries', {}, { a: '1' }, undefined, []],
])('%s', (_, shape, declared, live, send, changes) => {
  const field: Field = { ...(testKinds[0]?.fields[0] as Field), path: 'field', shape };
  const input: DiffInput = {
    declared,
    live,
    desired: {},
    context: undefined,
    object: undefined,
    record: undefined,
    self: undefined,
    reassert: false,
    keyId: '',
    isOnlyOurs: false,
    keyedHash: String,
  };
  expect(differenceOf(field, input)).toEqual({ changes, send });
});
