import { z } from 'zod';
import type { Field, Kind } from '../../src/core/model/kind.js';
import { valueFromSchema } from '../../src/core/model/value-from.js';

function field(path: string, schema: z.ZodType, more: Partial<Field> = {}): Field {
  return {
    path,
    wire: path,
    schema,
    doc: `The ${path}.`,
    shape: 'value',
    empty: '',
    write: 'update',
    onCreate: true,
    ...more,
  };
}

/** A small kind with every trait that reading definitions knows: friendly names, marks, a check of its own. */
const houseKind: Kind = {
  name: 'House',
  fields: [
    field('displayName', z.string().min(1)),
    field('description', z.string()),
    field('rooms', z.int().min(0), { empty: 0 }),
    field('garden', z.boolean(), { empty: false }),
    field('style', z.enum(['brick', 'wood']), { empty: 'brick' }),
    field('ruleId', z.string(), {
      sugar: { path: 'rule', schema: z.string(), lookup: 'rule', doc: 'A rule by name.' },
    }),
    field('tags', z.record(z.string(), z.string()), { shape: 'entries', empty: {} }),
    field('address', z.strictObject({ street: z.string(), city: z.string() }), { empty: null }),
  ],
  writes: ['update'],
  naturalKey: ['displayName'],
  title: 'displayName',
  sample: 'villa',
  marks: {
    field: 'tags',
    toEntries: (marks) => ({ managed_by: marks.managedBy }),
    fromEntries: () => undefined,
    keys: ['managed_by'],
  },
  check: (spec) =>
    spec.rooms === 13
      ? [{ path: 'rooms', message: 'thirteen rooms bring bad luck: choose another number' }]
      : [],
  aliases: { name: 'displayName', size: 'rooms' },
};

/** A kind below {@link houseKind} whose configuration may hold secrets. */
const doorKind: Kind = {
  name: 'Door',
  parent: { kind: 'House', path: 'house' },
  fields: [
    field('modelId', z.string(), {
      sugar: { path: 'model', schema: z.string(), lookup: 'model', doc: 'A model by name.' },
    }),
    field('displayName', z.string().min(1)),
    field('config', z.record(z.string(), z.union([z.string(), z.boolean(), valueFromSchema])), { empty: {} }),
  ],
  writes: ['update'],
  naturalKey: ['modelId', 'displayName'],
  title: 'displayName',
  sample: 'front',
};

/** Both, parents first. */
export const testKinds: readonly Kind[] = [houseKind, doorKind];
