import { describe, expect, it } from 'vitest';
import { editYaml, type YamlEdit } from '../../src/yaml/edit.js';

const edited = (text: string, ...edits: YamlEdit[]): string => editYaml(text, () => true, edits);

/** A text, the value at `spec.v` that it shall have, and the text that comes of it. */
const VALUES: readonly (readonly [what: string, before: string, value: unknown, after: string])[] = [
  ['a plain text', 'spec:\n  v: old # why\n  w: 1\n', 'new', 'spec:\n  v: new # why\n  w: 1\n'],
  ['no final newline', 'spec:\n  v: old', 'new', 'spec:\n  v: new'],
  ['single quotes', "spec: { v: 'old' }\n", "it's", "spec: { v: 'it''s' }\n"],
  ['double quotes', 'spec:\n  v: "old"\n', 'a\tb', 'spec:\n  v: "a\\tb"\n'],
  ['a quoted key', 'spec:\n  "v" : old\n', 'new', 'spec:\n  "v" : new\n'],
  ['CRLF', 'spec:\r\n  v: old\r\n  w: 1\r\n', 'new', 'spec:\r\n  v: new\r\n  w: 1\r\n'],
  ['a text that is a number elsewhere', 'spec:\n  v: old\n', '12', 'spec:\n  v: "12"\n'],
  ['a text that is a switch elsewhere', 'spec:\n  v: old\n', 'yes', 'spec:\n  v: "yes"\n'],
  ['a text with a comma in a flow mapping', 'spec: { v: old }\n', 'a, b', 'spec: { v: "a, b" }\n'],
  ['an invisible character', 'spec:\n  v: old\n', 'a\u202eb', 'spec:\n  v: "a\\u202eb"\n'],
  ['an empty text', 'spec:\n  v: old\n', '', 'spec:\n  v: ""\n'],
  ['a number', 'spec:\n  v: 21 # dollars\n', 30, 'spec:\n  v: 30 # dollars\n'],
  ['a switch', 'spec:\n  v: false\n', true, 'spec:\n  v: true\n'],
  [
    'a literal block',
    'spec:\n  v: |\n    a\n    b\n\n  w: 1\n',
    'c\nd\n',
    'spec:\n  v: |\n    c\n    d\n\n  w: 1\n',
  ],
  [
    'a literal block without its last line end',
    'spec:\n  v: | # why\n      a\n',
    'c\n\nd',
    'spec:\n  v: |- # why\n      c\n\n      d\n',
  ],
  [
    'a block in CRLF',
    'spec:\r\n  v: |\r\n    a\r\n  w: 1\r\n',
    'c\nd\n',
    'spec:\r\n  v: |\r\n    c\r\n    d\r\n  w: 1\r\n',
  ],
  [
    'a block that keeps its lines',
    'spec:\n  v: |+\n    a\n\n  w: 1\n',
    'b\n\n\n',
    'spec:\n  v: |+\n    b\n\n\n  w: 1\n',
  ],
  ['a block that begins with a blank', 'spec:\n  v: |\n    a\n', ' b\n', 'spec:\n  v: " b\\n"\n'],
  [
    'a folded block',
    'spec:\n  v: >-\n      one\n      two\n',
    `${'word '.repeat(20)}end`,
    `spec:\n  v: >-\n      ${'word '.repeat(14)}word\n      ${'word '.repeat(5)}end\n`,
  ],
  [
    'a folded plain text',
    'spec:\n  v: one\n     two\n  w: 1\n',
    `${'word '.repeat(20)}end`,
    `spec:\n  v: ${'word '.repeat(14)}word\n     ${'word '.repeat(5)}end\n  w: 1\n`,
  ],
  ['a list in a line', 'spec:\n  v: [a, b, c] # who\n', ['a', 'c', 'd'], 'spec:\n  v: [a, c, d] # who\n'],
  ['the last item of a list in a line', 'spec:\n  v: [a, b, c]\n', ['a'], 'spec:\n  v: [a]\n'],
  ['the first item of a list in a line', 'spec:\n  v: [a, b]\n', ['c', 'b'], 'spec:\n  v: [c, b]\n'],
  ['every item of a list in a line', 'spec:\n  v: [a, b]\n', ['c', 'd'], 'spec:\n  v: [c, d]\n'],
  ['a list in a line that becomes empty', 'spec:\n  v: [a, b]\n', [], 'spec:\n  v: []\n'],
  ['an empty list', 'spec:\n  v: []\n', ['a', 'b'], 'spec:\n  v: [a, b]\n'],
  [
    'a list in brackets over lines',
    'spec:\n  v: [\n    a, # first\n    b, # second\n    c # third\n    ]\n',
    ['a', 'c', 'd'],
    'spec:\n  v: [\n    a, # first\n     # second\n    c, d # third\n    ]\n',
  ],
  [
    'a list with a line an item',
    'spec:\n  v:\n    # team\n    - a # first\n    - b\n    # last\n    - c\n  w: 1\n',
    ['a', 'c', 'd'],
    'spec:\n  v:\n    # team\n    - a # first\n    # last\n    - c\n    - d\n  w: 1\n',
  ],
  [
    'a list at the indentation of its key',
    'spec:\n  v:\n  - a\n  - b\n',
    ['b', 'c'],
    'spec:\n  v:\n  - b\n  - c\n',
  ],
  [
    'a list at the end without a newline',
    'spec:\n  v:\n    - a',
    ['a', 'b', 'c'],
    'spec:\n  v:\n    - a\n    - b\n    - c',
  ],
  [
    'a list that becomes empty',
    'spec:\n  v: # who\n    # team\n    - a\n    - b\n  w: 1\n',
    [],
    'spec:\n  v: [] # who\n    # team\n  w: 1\n',
  ],
  [
    'mappings in a list',
    'spec:\n  v:\n    - a: 1 # one\n      b: 2\n    - a: 3\n      b: 4\n',
    [{ a: 1, b: 5 }],
    'spec:\n  v:\n    - a: 1 # one\n      b: 5\n',
  ],
  [
    'a mapping',
    'spec:\n  v:\n    a: 1\n    # two\n    b: 2\n',
    { b: 3, c: [1] },
    'spec:\n  v:\n    # two\n    b: 3\n    c: [1]\n',
  ],
  ['a mapping in a line', 'spec:\n  v: { a: 1, b: 2 }\n', { b: 3, c: 4 }, 'spec:\n  v: { b: 3, c: 4 }\n'],
  ['a mapping that becomes empty', 'spec:\n  v: { a: 1 }\n  w: {}\n', {}, 'spec:\n  v: {  }\n  w: {}\n'],
  ['an empty mapping', 'spec:\n  v: {}\n', { a: 1 }, 'spec:\n  v: { a: 1 }\n'],
  ['a list in the place of a text', 'spec:\n  v: a,b # c\n', ['a', 'b'], 'spec:\n  v: [a, b] # c\n'],
  [
    'a text in the place of a mapping',
    'spec:\n  v:\n    unset: true\n  w: 1\n',
    'x',
    'spec:\n  v: x\n  w: 1\n',
  ],
  ['an alias', 'a: &x old\nspec:\n  v: *x # why\n', 'new', 'a: &x old\nspec:\n  v: new # why\n'],
  ['an alias for a list', 'a: &x [a]\nspec:\n  v: *x\n', ['a', 'b'], 'a: &x [a]\nspec:\n  v: [a, b]\n'],
  [
    'a value that others use',
    'spec:\n  v: &x old\n  w: *x\n  y: *x\n',
    'new',
    'spec:\n  v: new\n  w: &x old\n  y: *x\n',
  ],
  [
    'a list that others use',
    'spec:\n  v: &x\n    - a\n    - b\n  w: *x\n',
    ['a'],
    'spec:\n  v:\n    - a\n  w: &x [a, b]\n',
  ],
  [
    'a merge key',
    'a: &x { v: old }\nspec:\n  <<: *x\n  w: 1\n',
    'new',
    'a: &x { v: old }\nspec:\n  <<: *x\n  w: 1\n  v: new\n',
  ],
  [
    'a merge key in a line',
    'a: &x { v: old }\nspec: { <<: *x }\n',
    'new',
    'a: &x { v: old }\nspec: { <<: *x, v: new }\n',
  ],
  [
    'an alias for everything',
    'a: &x { v: old, w: 1 }\nspec: *x\n',
    'new',
    'a: &x { v: old, w: 1 }\nspec: { <<: *x, v: new }\n',
  ],
  [
    'a merged mapping',
    'a: &x { v: { p: 1, q: 2 } }\nspec:\n  <<: *x\n',
    { p: 2, q: 2 },
    'a: &x { v: { p: 1, q: 2 } }\nspec:\n  <<: *x\n  v: { p: 2, q: 2 }\n',
  ],
];

describe('editing YAML', () => {
  it.each(VALUES)('%s', (_, before, value, after) => {
    expect(edited(before, { path: ['spec', 'v'], value })).toBe(after);
    expect(edited(after, { path: ['spec', 'v'], value })).toBe(after);
  });
});

describe('editing one of several documents', () => {
  const text =
    '# first\nname: a\nspec: { v: old }\n---\n# second\nname: b\nspec:\n  v: old\n...\n---\nname: c\nspec: { v: old }\n';
  const edit: YamlEdit = { path: ['spec', 'v'], value: 'new' };
  const named = (name: string) => (document: unknown) => (document as { name?: unknown }).name === name;

  it.each(['a', 'b', 'c'])('leaves the others as they are: %s', (name) => {
    const after = editYaml(text, named(name), [edit]);
    const at = text.indexOf('old', text.indexOf(`name: ${name}`));
    expect(after).toBe(`${text.slice(0, at)}new${text.slice(at + 3)}`);
  });

  it('says that the document is not there', () => {
    expect(() => editYaml(text, named('d'), [edit])).toThrow('the document is not there');
  });
});

describe('editing a key', () => {
  it('renames it in its place', () => {
    const edit: YamlEdit = { path: ['spec', 'owners'], value: ['u-1'], key: 'ownerIds' };
    expect(edited('spec:\n  owners: [a] # who\n  w: 1\n', edit)).toBe(
      'spec:\n  ownerIds: [u-1] # who\n  w: 1\n',
    );
  });

  it('makes several changes', () => {
    const text = 'spec:\n  v: &x old\n  w: *x\n';
    const edits: YamlEdit[] = [
      { path: ['spec', 'v'], value: 'new' },
      { path: ['spec', 'w'], value: 'newer' },
    ];
    expect(edited(text, ...edits)).toBe('spec:\n  v: new\n  w: &x newer\n');
  });
});

describe('an edit that would change more', () => {
  it.each([
    [
      'comments inside a value',
      'a: &x { p: 1 }\nspec:\n  v:\n    # why\n    <<: *x\n',
      { q: 1 },
      'comments are inside',
    ],
    ['an entry that shares its line', 'spec:\n  v:\n    - a: 1\n      b: 2\n', [{ b: 2 }], 'shares its line'],
    ['a path through a list', 'spec: [v]\n', 'new', 'spec is no mapping'],
  ])('is refused: %s', (_, text, value, reason) => {
    expect(() => edited(text, { path: ['spec', 'v'], value })).toThrow(reason);
  });
});
