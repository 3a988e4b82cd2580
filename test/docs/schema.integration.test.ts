import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Ajv } from 'ajv';
import { loadAll } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { definitionsJsonSchema } from '../../src/definitions/json-schema.js';
import { kinds } from '../../src/kinds/index.js';
import { root } from '../support/root.js';

const SCHEMA = path.join(root, 'schema/definitions.schema.json');
/** Types whose values need no example. */
const FEW_VALUES: ReadonlySet<string> = new Set(['boolean', 'enum', 'number']);

const schema = JSON.parse(await readFile(SCHEMA, 'utf8')) as Record<string, unknown>;
const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(schema);

async function definitionFiles(): Promise<string[]> {
  const folders = ['config/definitions', 'config/examples'].map(async (name) => {
    const folder = path.join(root, name);
    const entries = await readdir(folder, { recursive: true });
    return entries.filter((entry) => /\.ya?ml$/.test(entry)).map((entry) => path.join(folder, entry));
  });
  return (await Promise.all(folders)).flat();
}

describe('schema/definitions.schema.json', () => {
  it('is the schema of the program (npm run docs writes it)', () => {
    expect(schema).toEqual(JSON.parse(JSON.stringify(definitionsJsonSchema(kinds))));
  });

  it('accepts every definition of the quick start and of the examples', async () => {
    const files = await definitionFiles();
    expect(files).not.toEqual([]);
    for (const file of files) {
      for (const document of loadAll(await readFile(file, 'utf8'))) {
        expect(validate(document), `${file}: ${JSON.stringify(validate.errors)}`).toBe(true);
      }
    }
  });

  it('is found by an editor from every document of the quick start and of the examples', async () => {
    for (const file of await definitionFiles()) {
      for (const document of (await readFile(file, 'utf8')).split(/^---$/m)) {
        const named = /^# yaml-language-server: \$schema=(.*)$/m.exec(document)?.[1] ?? '';
        expect(path.resolve(path.dirname(file), named), file).toBe(SCHEMA);
      }
    }
  });

  it('shows examples that the program accepts, for every field whose values are not few', () => {
    for (const kind of kinds) {
      for (const field of kind.fields) {
        for (const { path, schema, examples } of [
          field,
          ...(field.sugar === undefined ? [] : [field.sugar]),
        ]) {
          for (const example of examples ?? []) {
            expect(schema.safeParse(example), `${kind.name} ${path}`).toMatchObject({ success: true });
          }
        }
        const hasExample = (field.sugar?.examples ?? field.sugar?.known ?? field.examples) !== undefined;
        expect(hasExample || FEW_VALUES.has(field.schema.type), `${kind.name} ${field.path}`).toBe(true);
      }
    }
  });

  it.each([
    ['an unknown field', { spec: { displayName: 'X', monthlyCost: 1 } }],
    ['a number as text', { spec: { displayName: 'X', monthlyCostUsd: '1' } }],
    ['an empty name', { spec: { displayName: ' ' } }],
    ['a field of another kind', { spec: { displayName: 'X', schedule: {} } }],
    ['an unknown value', { spec: { displayName: 'X', identityMatching: 'STRICT' } }],
    ['an owner without an address', { spec: { displayName: 'X', owners: ['alice'] } }],
    ['another version', { apiVersion: 'c1sync/v2' }],
    ['another kind', { kind: 'Nothing' }],
    ['a name with upper case', { metadata: { name: 'GitHub' } }],
    ['an unknown key of metadata', { metadata: { name: 'x', namespace: 'default' } }],
    ['a wrong steering annotation', { metadata: { name: 'x', annotations: { 'c1sync/prune': 'yes' } } }],
  ])('refuses %s', (_what, part) => {
    const document = {
      apiVersion: 'c1sync/v1',
      kind: 'App',
      metadata: { name: 'x' },
      spec: { displayName: 'X' },
    };
    expect(validate(document)).toBe(true);
    expect(validate({ ...document, ...part })).toBe(false);
  });
});
