import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Problem } from '../../src/core/model/definition.js';
import { Secret, UnsetSecret } from '../../src/core/model/secret.js';
import { door, Folder, house } from './folder.js';

interface Reported {
  readonly at: string;
  readonly path: string | undefined;
  readonly message: string;
}

function reported({ position, path, message }: Problem): Reported {
  return { at: `${position.line}:${position.column}`, path, message };
}

async function problemsOf(text: string): Promise<Reported[]> {
  const folder = new Folder();
  folder.write('x.yaml', text);
  return (await folder.source().load()).problems.map(reported);
}

const HEAD = 'apiVersion: c1sync/v1\nkind: House\nmetadata: { name: h }\n';

describe('the definition of a document', () => {
  test('every part of it, with its place', async () => {
    const folder = new Folder();
    folder.write(
      'a/b/x.yml',
      `# first
apiVersion: c1sync/v1
kind: House
metadata:
  name: villa
  id: h-1
  labels: { team: platform }
  annotations:
    c1sync/prune: "false"
    c1sync/ignore: description, rule
    c1sync/suspend: painting
    c1sync/renamed-from: hut
    c1sync/take-from: terraform
    example.com/note: mine
spec:
  description: ""
  rooms: 0
  tags: {}
`,
    );
    const load = await folder.source().load();
    expect(load.problems).toEqual([]);
    expect(load.complete).toBe(true);
    expect(load.definitions).toEqual([
      {
        key: 'House/villa',
        kind: 'House',
        name: 'villa',
        id: 'h-1',
        labels: { team: 'platform' },
        steering: {
          prune: 'false',
          ignore: ['description', 'ruleId'],
          suspend: 'painting',
          renamedFrom: 'hut',
          takeFrom: 'terraform',
        },
        spec: { description: '', rooms: 0, tags: {} },
        position: { file: folder.shown('a/b/x.yml'), line: 2, column: 1 },
        hash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        source: { root: expect.any(String), path: 'a/b/x.yml' },
      },
    ]);
  });

  test('anchors and merge keys work within a document', async () => {
    const folder = new Folder();
    const spec = '  address: &a { street: Elm, city: Ulm }\n  tags: { <<: *a, city: Bonn }\n';
    folder.write('x.yaml', house('h').replace(/$/, spec));
    const [definition] = (await folder.source().load()).definitions;
    expect(definition?.spec.tags).toEqual({ street: 'Elm', city: 'Bonn' });
  });

  test('a number that would lose digits stays text', async () => {
    const folder = new Folder();
    folder.write(
      'x.yaml',
      `${house('h')}---\n${door('d', 'h', 'config: { a: 007, b: 1.10, c: 12345678901234567890, d: 1e3 }')}`,
    );
    const load = await folder.source().load();
    expect(load.problems).toEqual([]);
    expect(load.definitions[0]?.spec.config).toEqual({
      a: '007',
      b: '1.10',
      c: '12345678901234567890',
      d: '1e3',
    });
  });

  test('the hash is of the declared values: not of comments, labels, order or secret values', async () => {
    const folder = new Folder();
    const hashOf = async (text: string, env: NodeJS.ProcessEnv = {}): Promise<string | undefined> => {
      folder.write('x.yaml', text);
      const load = await folder.source({ env }).load();
      expect(load.definitions).toHaveLength(1);
      return load.definitions[0]?.hash;
    };
    const secret = door('d', '{ id: h-1 }', 'config: { key: { valueFrom: { env: KEY } } }');
    expect(await hashOf(secret, { KEY: 'one' })).toBe(await hashOf(secret, { KEY: 'two' }));
    expect(await hashOf(secret)).not.toBe(await hashOf(secret.replace('KEY', 'OTHER')));
    const plain = `${HEAD}spec: { displayName: h, rooms: 2 }\n`;
    const base = await hashOf(plain);
    expect(await hashOf(`# c\n${plain.replace('{ name: h }', '{ labels: { a: b }, name: h }')}`)).toBe(base);
    expect(await hashOf(plain.replace('displayName: h, rooms: 2', 'rooms: 2, displayName: h'))).toBe(base);
    expect(await hashOf(plain.replace('rooms: 2', 'rooms: 3'))).not.toBe(base);
    expect(await hashOf(plain.replace('{ name: h }', '{ name: h, id: x }'))).not.toBe(base);
  });

  test('secrets come from variables and files, at any place of a document', async () => {
    const folder = new Folder();
    folder.write('secrets/full', 'from file\n');
    folder.write('secrets/empty', '\n');
    const config = Object.entries({
      env: '{ env: FULL }',
      blank: '{ env: BLANK }',
      missing: '{ env: MISSING }',
      file: '{ file: ../secrets/full }',
      void: '{ file: ../secrets/empty }',
      gone: '{ file: ../secrets/gone }',
      folder: '{ file: ../secrets }',
    }).map(([name, source]) => `${name}: { valueFrom: ${source} }`);
    folder.write('doors/x.yaml', door('d', '{ id: h }', `config: { plain: x, ${config.join(', ')} }`));
    const load = await folder.source({ env: { FULL: 'from env', BLANK: '' } }).load();
    const values = load.definitions[0]?.spec.config as Record<string, unknown>;
    const shown = Object.entries(values).map(([name, value]) => [
      name,
      value instanceof Secret ? value.reveal() : value instanceof UnsetSecret ? value.reason : value,
    ]);
    expect(Object.fromEntries(shown)).toEqual({
      plain: 'x',
      env: 'from env',
      blank: 'the variable is empty',
      missing: 'the variable is not set',
      file: 'from file',
      void: 'the file is empty',
      gone: 'there is no such file',
      folder: 'it is not a regular file',
    });
    expect(load.secretFiles).toEqual(
      ['', '/empty', '/full', '/gone'].map((name) => folder.at(`secrets${name}`)),
    );
    expect(load.complete).toBe(true);
    expect(JSON.stringify(load.definitions)).not.toContain('from ');
  });
});

describe('an error names its place and the remedy', () => {
  test.each<[string, string, Partial<Reported>]>([
    [
      'an unknown field',
      `${HEAD}spec: { displayName: h, romms: 2 }`,
      { at: '4:25', path: 'spec.romms', message: 'Unknown name "romms". Did you mean "rooms"?' },
    ],
    [
      'an unknown friendly name',
      `${HEAD}spec: { displayName: h, rul: 2 }`,
      { message: 'Unknown name "rul". Did you mean "rule"?' },
    ],
    [
      'a name known elsewhere',
      `${HEAD}spec: { displayName: h, size: 2 }`,
      { message: 'Unknown name "size". It is called "rooms" here.' },
    ],
    [
      'an unknown field inside a field',
      `${HEAD}spec:\n  displayName: h\n  address:\n    street: x\n    citty: y\n    city: z`,
      { at: '8:5', path: 'spec.address.citty', message: 'Unknown name "citty". Did you mean "city"?' },
    ],
    [
      'an unknown metadata field',
      'apiVersion: c1sync/v1\nkind: House\nmetadata: { name: h, lables: {} }\nspec: { displayName: h }',
      { at: '3:22', path: 'metadata.lables', message: 'Unknown name "lables". Did you mean "labels"?' },
    ],
    [
      'an unknown part',
      `${HEAD}spce: {}\nspec: { displayName: h }`,
      { at: '4:1', message: 'Unknown name "spce". Did you mean "spec"?' },
    ],
    [
      'an unknown kind',
      HEAD.replace('House', 'Hosue'),
      { at: '2:7', path: 'kind', message: 'Unknown kind "Hosue". Did you mean "House"?' },
    ],
    [
      'an unknown version',
      `${HEAD.replace('/v1', '/v2')}spec: { displayName: h }`,
      { at: '1:13', path: 'apiVersion', message: 'Unknown apiVersion "c1sync/v2": write "c1sync/v1".' },
    ],
    [
      'a missing kind',
      'apiVersion: c1sync/v1\nmetadata: { name: h }\n',
      { path: 'kind', message: 'Is missing: write one of House, Door.' },
    ],
    ['a missing spec', HEAD, { path: 'spec', message: 'Is missing.' }],
    [
      'a wrong type',
      `${HEAD}spec: { displayName: h, rooms: many }`,
      {
        at: '4:32',
        path: 'spec.rooms',
        message: 'Must be a number, not text: write it in plain digits, without quotes.',
      },
    ],
    [
      'a number for text',
      `${HEAD}spec: { displayName: 12 }`,
      { at: '4:22', path: 'spec.displayName', message: 'Must be text, not a number: put it in quotes.' },
    ],
    [
      'a fraction',
      `${HEAD}spec: { displayName: h, rooms: 2.5 }`,
      { path: 'spec.rooms', message: 'Must be a whole number, not a fraction.' },
    ],
    [
      'a switch in quotes',
      `${HEAD}spec: { displayName: h, garden: "true" }`,
      { path: 'spec.garden', message: 'Must be true or false, not text: write it without quotes.' },
    ],
    [
      'no value where several forms may stand',
      door('d', '{ id: x }', 'config: { k: }'),
      { path: 'spec.config.k', message: 'Has no value: give one, or remove the line.' },
    ],
    [
      'a value that is not there',
      `${HEAD}spec:\n  displayName: h\n  description:\n`,
      { at: '6:3', path: 'spec.description', message: 'Has no value: give one, or remove the line.' },
    ],
    [
      'a word that is none of the words',
      `${HEAD}spec: { displayName: h, style: straw }`,
      { path: 'spec.style', message: 'Must be "brick" or "wood".' },
    ],
    [
      'an empty text',
      `${HEAD}spec: { displayName: "" }`,
      { path: 'spec.displayName', message: 'Must not be empty.' },
    ],
    [
      'a bad name',
      HEAD.replace('name: h', 'name: My House'),
      { at: '3:19', path: 'metadata.name', message: expect.stringContaining('lower-case') },
    ],
    [
      'a name that is too long',
      `${HEAD.replace('name: h', `name: ${'h'.repeat(254)}`)}spec: { displayName: h }`,
      { path: 'metadata.name', message: 'Must have at most 253 characters.' },
    ],
    [
      'both forms of a field',
      `${HEAD}spec: { displayName: h, rule: x, ruleId: y }`,
      {
        at: '4:34',
        path: 'spec.ruleId',
        message: 'Conflicts with "rule", which sets the same value: remove one.',
      },
    ],
    [
      'neither id nor natural key',
      `${HEAD}spec: { rooms: 2 }`,
      { at: '4:1', path: 'spec.displayName', message: expect.stringContaining('metadata.id') },
    ],
    [
      'a mark',
      `${HEAD}spec: { displayName: h, tags: { managed_by: me } }`,
      { at: '4:33', path: 'spec.tags.managed_by', message: 'Belongs to c1sync, which writes it: remove it.' },
    ],
    [
      "the kind's own check",
      `${HEAD}spec: { displayName: h, rooms: 13 }`,
      { at: '4:32', path: 'spec.rooms', message: 'Thirteen rooms bring bad luck: choose another number.' },
    ],
    [
      'no parent',
      'apiVersion: c1sync/v1\nkind: Door\nmetadata: { name: d, id: x }\nspec: { model: oak }',
      { path: 'spec.house', message: expect.stringContaining('House') },
    ],
    [
      'a parent of a wrong form',
      door('d', '5'),
      { at: '5:10', path: 'spec.house', message: 'Must be text or a mapping.' },
    ],
    [
      'a parent by a wrong name',
      door('d', '{ name: x }'),
      { at: '5:12', path: 'spec.house.name', message: expect.stringContaining('Unknown name "name".') },
    ],
    [
      'a mistyped secret source',
      door('d', '{ id: x }', 'config: { k: { valueFrom: { evn: K } } }'),
      { at: '8:31', path: 'spec.config.k.valueFrom.evn', message: 'Unknown name "evn". Did you mean "env"?' },
    ],
    [
      'an empty secret source',
      door('d', '{ id: x }', 'config: { k: { valueFrom: {} } }'),
      { path: 'spec.config.k.valueFrom', message: 'Must have one of: env, file.' },
    ],
    [
      'a secret source where no secret may be',
      `${HEAD}spec: { displayName: { valueFrom: { env: K } } }`,
      { path: 'spec.displayName', message: 'Must be text, not a mapping.' },
    ],
    [
      'a document that is no mapping',
      '- 1\n- 2\n',
      { at: '1:1', message: expect.stringContaining('must be a mapping') },
    ],
  ])('%s', async (_what, text, expected) => {
    const problems = await problemsOf(text);
    expect(problems).toContainEqual(expect.objectContaining(expected));
    expect(new Set(problems.map(({ path }) => path)).size).toBe(problems.length);
  });

  test.each<[string, string, string]>([
    ['c1sync/prun: "true"', '6:5', 'Unknown annotation "c1sync/prun". Did you mean "c1sync/prune"?'],
    ['c1sync/prune: true', '6:19', 'Must be "true" or "false".'],
    [
      'c1sync/replace: "true"',
      '6:5',
      'Is not supported: remove it and give the definition another metadata.name. That creates a new object; the old one is then orphaned, or pruned under the guards that deleting has.',
    ],
    ['c1sync/ignore: descripton', '6:20', 'House has no field "descripton". Did you mean "description"?'],
    ['c1sync/renamed-from: h', '6:26', 'Is the current name: give the previous one.'],
    ['c1sync/suspend: ""', '6:21', 'Must not be empty.'],
    ['example.com/x: 5', '6:20', 'Must be text, not a number: put it in quotes.'],
  ])('annotation %s', async (line, at, message) => {
    const text = `apiVersion: c1sync/v1\nkind: House\nmetadata:\n  name: h\n  annotations:\n    ${line}\nspec: { displayName: h }\n`;
    expect(await problemsOf(text)).toEqual([
      { at, path: `metadata.annotations.${line.split(':')[0]}`, message },
    ]);
  });

  test('a mistyped name is one error, and not also a missing field', async () => {
    expect(await problemsOf(`${HEAD}spec: { displayNam: h }`)).toHaveLength(1);
    expect(await problemsOf(`${HEAD}spec: { name: h }`)).toHaveLength(1);
    expect(
      await problemsOf(door('d', 'x').replace('house:', 'huose:').replace('model:', 'modle:')),
    ).toHaveLength(2);
  });

  test('the place of a value behind aliases and merge keys is its text', async () => {
    const text = `${HEAD}spec:\n  displayName: h\n  address: &a { street: 1, city: Ulm }\n  tags: { <<: *a }\n`;
    expect((await problemsOf(text)).map(({ at, path }) => [at, path])).toEqual([
      ['6:25', 'spec.address.street'],
      ['6:25', 'spec.tags.street'],
    ]);
  });

  test('all errors of all documents and files, sorted by place', async () => {
    const folder = new Folder();
    folder.write(
      'b.yaml',
      `${house('one', 'rooms: x', 'colour: red')}---\n${house('two')}---\n${house('three', 'style: 5')}`,
    );
    folder.write('a/c.yaml', 'x: [');
    const load = await folder.source().load();
    expect(load.problems.map(({ position, key, path }) => [position.file, position.line, key, path])).toEqual(
      [
        [folder.shown('a/c.yaml'), 1, undefined, undefined],
        [folder.shown('b.yaml'), 6, 'House/one', 'spec.rooms'],
        [folder.shown('b.yaml'), 7, 'House/one', 'spec.colour'],
        [folder.shown('b.yaml'), 20, 'House/three', 'spec.style'],
      ],
    );
    expect(load.complete).toBe(false);
    expect(load.definitions.map(({ key }) => key)).toEqual(['House/two']);
    expect([...load.invalid.keys()].sort()).toEqual(['House/one', 'House/three']);
    expect(load.invalid.get('House/three')).toBe('spec.style: Must be "brick" or "wood".');
  });
});

describe('YAML that is broken or hostile', () => {
  const bomb = (levels: number): string =>
    Array.from({ length: levels }, (_, level) => {
      const items =
        level === 0
          ? '[x, x]'
          : `[${Array(10)
              .fill(`*a${level - 1}`)
              .join(', ')}]`;
      return `a${level}: &a${level} ${items}`;
    }).join('\n');

  test.each<[string, string, string, string | RegExp]>([
    ['a key twice', `${HEAD}kind: House\n`, '4:1', 'The mapping has this key twice: remove one of them.'],
    ['a tab', 'spec:\n\tdisplayName: h\n', '2:1', 'A tab is used to indent: YAML allows only spaces.'],
    ['an unknown tag', 'kind: !Ref x\n', '1:7', /unknown scalar tag/],
    ['a tag that would run code', 'kind: !!js/function "x"\n', '1:7', /unknown scalar tag/],
    ['__proto__', 'spec:\n  __proto__: { a: 1 }\n', '2:3', /"__proto__" is not allowed/],
    ['constructor', 'spec: { constructor: x }\n', '1:9', /"constructor" is not allowed/],
    ['a number as a key', 'spec:\n  tags: { 5: x }\n', '2:11', /put it in quotes/],
    ['nothing as a key', '? \n: x\n', '1:1', /put it in quotes/],
    ['a list as a key', '? [a]\n: x\n', '1:1', /must be text/],
    ['an unknown alias', 'kind: *nope\n', '1:8', /unidentified alias/],
    ['an alias inside itself', 'spec: &a { x: *a }\n', '1:15', /is inside its own value/],
    ['an alias bomb', bomb(9), '4:25', /grows more than 10 times once its aliases are written out/],
    ['depth without end', `a: ${'['.repeat(5000)}`, '1:103', /nesting/],
  ])('%s', async (_what, text, at, message) => {
    const problems = await problemsOf(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ at, message: expect.stringMatching(message) });
  });

  test('spoils only the document that it is in, not its neighbours', async () => {
    const folder = new Folder();
    folder.write('x.yaml', `${house('one')}---\n${HEAD}kind: House\n---\n${house('two')}`);
    const load = await folder.source().load();
    expect(load.definitions.map(({ key }) => key)).toEqual(['House/one', 'House/two']);
    expect(load.problems).toHaveLength(1);
  });

  test('a file over the size limit and one that is not UTF-8 are not read', async () => {
    const folder = new Folder();
    folder.write('big.yaml', `# ${'x'.repeat(2000)}\n`);
    writeFileSync(folder.at('latin.yaml'), Buffer.from('kind: M\xfcller\n', 'latin1'));
    const load = await folder.source({ maxFileBytes: 1000 }).load();
    expect(load.problems.map(({ position, message }) => [position.file, message])).toEqual([
      [folder.shown('big.yaml'), 'The file has 2003 bytes, more than the 1000 allowed: split it.'],
      [folder.shown('latin.yaml'), 'The file is not UTF-8 text: save it as UTF-8.'],
    ]);
  });

  test('CRLF and a byte order mark do not matter', async () => {
    const folder = new Folder();
    folder.write('x.yaml', `\uFEFF${house('h', 'rooms: x').replaceAll('\n', '\r\n')}`);
    expect((await folder.source().load()).problems.map(reported)).toEqual([
      { at: '6:10', path: 'spec.rooms', message: expect.stringContaining('a number') },
    ]);
  });
});
