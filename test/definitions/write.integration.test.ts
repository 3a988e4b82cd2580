import fc from 'fast-check';
import { load } from 'js-yaml';
import { expect, test } from 'vitest';
import { renderDefinition } from '../../src/definitions/write.js';
import { parseYaml } from '../../src/yaml/parse.js';
import { Folder } from './folder.js';

test('reads as a person would write it', () => {
  const text = renderDefinition({
    kind: 'Door',
    name: 'front',
    id: 'd-1',
    comment: 'Exported.\n\nFill in the secrets.',
    spec: {
      house: 'villa',
      displayName: `A very long name ${'that goes on and on '.repeat(8)}`.trim(),
      description: undefined,
      config: { version: '007', on: 'yes', key: { valueFrom: { env: 'DOOR_KEY' } }, list: [] },
    },
  });
  expect(text).toBe(`# Exported.
#
# Fill in the secrets.
apiVersion: c1sync/v1
kind: Door
metadata:
  name: front
  id: d-1
spec:
  house: villa
  displayName: A very long name ${'that goes on and on '.repeat(8).trim()}
  config:
    version: "007"
    "on": "yes"
    key:
      valueFrom:
        env: DOOR_KEY
    list: []
`);
});

test('what a terminal acts on is spelt out in texts and names, and loads to the same', () => {
  const nasty = '\u202e\u2066\u200f\u061c\u2028\u00ad\u{e0001}';
  for (const text of [
    '\u202e',
    '# \u2066\u200f',
    'one\u061c\ntwo\n',
    nasty,
    `one${nasty}`,
    `one ${nasty}\nand\ttwo\n`,
    `# ${nasty}`,
    `x: "${nasty}'\\`,
  ]) {
    const spec = { displayName: text, annotations: { [`key ${nasty}`]: text }, list: [text] };
    const yaml = renderDefinition({ kind: 'Door', name: 'front', spec, comment: `of ${text}` });
    expect(yaml.replaceAll(/[\n\t]/g, '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(load(yaml)).toMatchObject({ spec });
  }
});

test('what is written loads without problems', async () => {
  const folder = new Folder();
  const house = renderDefinition({
    kind: 'House',
    name: 'villa',
    spec: { displayName: 'no', rooms: 0, tags: { a: '1' } },
  });
  const door = renderDefinition({
    kind: 'Door',
    name: 'd',
    spec: { house: 'villa', model: '1.10', displayName: 'x: y # z' },
  });
  folder.write('x.yaml', `${house}---\n${door}`);
  const load = await folder.source().load();
  expect(load.problems).toEqual([]);
  expect(load.definitions.map(({ spec }) => spec)).toEqual([
    { house: 'villa', model: '1.10', displayName: 'x: y # z' },
    { displayName: 'no', rooms: 0, tags: { a: '1' } },
  ]);
});

test('any text, in any place, comes back as it was', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...' \t\n\r#:-?*&!|>%@`\'"{}[],~0.1eyn\u0085\u2028\u{1f600}') }),
    fc.constantFrom(
      'null',
      '~',
      'true',
      'No',
      '1_000',
      '0o17',
      '0x1F',
      '1:30',
      '.inf',
      '2026-01-01',
      '<<',
      '=',
      '---',
    ),
  );
  const key = text.filter((name) => !['__proto__', 'constructor', 'prototype'].includes(name));
  const value = fc.oneof(text, fc.boolean(), fc.integer(), fc.array(text), fc.dictionary(key, text));
  fc.assert(
    fc.property(fc.dictionary(key, value), text, (spec, comment) => {
      const plain = JSON.parse(JSON.stringify(spec)) as Record<string, unknown>;
      const yaml = parseYaml(renderDefinition({ kind: 'X', name: 'x', spec: plain, comment }), 100_000);
      const documents = [...yaml.documents];
      expect(yaml.fault ?? documents[0]?.fault).toBeUndefined();
      expect(documents).toHaveLength(1);
      expect(documents[0]?.value).toHaveProperty('spec', plain);
    }),
    { numRuns: 500 },
  );
});
