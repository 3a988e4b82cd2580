import { describe, expect, it } from 'vitest';
import { releaseMarks } from '../../../src/core/apply/release.js';
import type { Kind, KindReader, KindWriter, LiveObject, Marks } from '../../../src/core/model/kind.js';
import { asObject, asText } from '../../../src/text/shape.js';
import { testKinds } from '../../support/kinds.js';

const [house, door] = testKinds as readonly [Kind, Kind];
const kind: Kind = {
  ...house,
  marks: {
    field: 'tags',
    toEntries: ({ managedBy, workspace, address }) => ({ by: managedBy, space: workspace, at: address }),
    fromEntries: (entries) => {
      const { by, space, at } = asObject(entries);
      return by === undefined
        ? undefined
        : { managedBy: asText(by), workspace: asText(space), address: asText(at) };
    },
    keys: ['by', 'space', 'at'],
  },
};
const OURS: Marks = { managedBy: 'c1sync', workspace: 'test', address: 'House/villa' };
const record = { key: 'House/villa', id: 'h1', movedFrom: 'House/former' };

/** The writes of releasing the marks of an object, which is gone where it has no `tags`. */
async function released(tags: unknown, of = kind, { mayWrite = true, fails = false } = {}) {
  const writes: unknown[] = [];
  const live: LiveObject = { id: 'h1', displayName: 'Villa', values: { tags }, stamps: {}, facts: {} };
  const reader: Pick<KindReader, 'get'> = { get: async () => (tags === undefined ? undefined : live) };
  const writer: Pick<KindWriter, 'write'> = {
    write: async (name, { id }, values) => {
      if (fails) throw new Error('the tenant is away');
      writes.push([name, id, values]);
      return undefined;
    },
  };
  await releaseMarks({ kind: of, reader, writer }, record, { workspace: 'test', mayWrite });
  return writes;
}

const marked = (marks: Partial<Marks> = {}) => ({
  ...kind.marks?.toEntries({ ...OURS, ...marks }),
  own: 'x',
});
const REMOVED = [['update', 'h1', { tags: { by: '', space: '', at: '' } }]];

describe('the marks of a released object', () => {
  it.each<[string, unknown, Kind, readonly unknown[]]>([
    ['are taken off', marked(), kind, REMOVED],
    ['are taken off where they have its former address', marked({ address: 'House/former' }), kind, REMOVED],
    ['stay where they have the address of another one', marked({ address: 'House/other' }), kind, []],
    ['stay where another workspace made them', marked({ workspace: 'other' }), kind, []],
    ['stay where another tool made them', marked({ managedBy: 'terraform' }), kind, []],
    ['may be missing', { own: 'x' }, kind, []],
    ['have gone with it', undefined, kind, []],
    ['are none for a kind without marks', marked(), door, []],
  ])('%s', async (_, tags, of, writes) => {
    expect(await released(tags, of)).toEqual(writes);
  });

  it.each<[string, { mayWrite?: boolean; fails?: boolean }, string]>([
    ['by who may not write', { mayWrite: false }, 'set sync.mode: enforce'],
    ['by a write that fails', { fails: true }, 'the tenant is away'],
  ])('cannot be taken off %s', async (_, how, reason) => {
    const failure = released(marked(), kind, how);
    await expect(failure).rejects.toThrow('the marks of House/villa could not be removed');
    await expect(failure).rejects.toThrow(reason);
  });
});
