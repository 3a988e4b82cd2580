import { Ajv } from 'ajv';
import { load } from 'js-yaml';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { definitionsJsonSchema } from '../../src/definitions/json-schema.js';
import { testKinds } from '../support/kinds.js';
import { door, house } from './folder.js';

const schema = definitionsJsonSchema(testKinds);
const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(schema);

test.each<[boolean, string, string]>([
  [true, 'a plain document', house('h', 'rooms: 2', 'rule: x')],
  [
    true,
    'a parent by id and a secret',
    door('d', '{ id: x }', 'config: { k: { valueFrom: { env: K } }, on: true }'),
  ],
  [true, 'a foreign annotation', house('h').replace('name: h', 'name: h, annotations: { example.com/x: y }')],
  [false, 'an unknown field', house('h', 'romms: 2')],
  [false, 'a field of another kind', house('h', 'house: x')],
  [false, 'an unknown kind', house('h').replace('House', 'Hose')],
  [false, 'a wrong type', house('h', 'rooms: many')],
  [
    false,
    'a wrong annotation value',
    house('h').replace('name: h', 'name: h, annotations: { c1sync/prune: maybe }'),
  ],
  [false, 'a bad name', house('h').replace('name: h', 'name: My House')],
  [false, 'no spec', 'apiVersion: c1sync/v1\nkind: House\nmetadata: { name: h }'],
])('%s for %s', (valid, _what, text) => {
  expect(validate(load(text))).toBe(valid);
});

test('every field brings its description to the editor', () => {
  expect(schema).toHaveProperty(
    'definitions.House.properties.spec.properties.rooms.description',
    'The rooms.',
  );
  expect(schema).toHaveProperty(
    'definitions.House.properties.spec.properties.rule.description',
    'A rule by name.',
  );
  expect(schema).toHaveProperty('definitions.House.properties.kind.const', 'House');
});

test('a field of any shape is checked in each kind that has one', () => {
  const open = testKinds.map((kind) => ({
    ...kind,
    fields: kind.fields.map((field) =>
      field.path === 'displayName' ? { ...field, schema: z.record(z.string(), z.json()) } : field,
    ),
  }));
  const accepts = new Ajv({ strict: true, allowUnionTypes: true }).compile(definitionsJsonSchema(open));
  const named = (name: unknown) => [
    { ...Object(load(house('h'))), spec: { displayName: name } },
    { ...Object(load(door('d', 'h'))), spec: { displayName: name } },
  ];
  expect(named({ steps: [{ wait: { days: 3 } }, null] }).map((document) => accepts(document))).toEqual([
    true,
    true,
  ]);
  expect(named('text').map((document) => accepts(document))).toEqual([false, false]);
});
