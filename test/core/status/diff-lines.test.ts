import { describe, expect, it } from 'vitest';
import type { FieldChange } from '../../../src/core/model/kind.js';
import { diffLines, firstDiffLines } from '../../../src/core/status/diff-lines.js';

const layout = { width: 80, isNew: false, isDone: false };

const numbered = (word: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${word} ${index}`);

describe('a secret', () => {
  it.each([
    [{}, '(secret) will be written'],
    [{ unverified: true } as const, '(secret) will be written, never verified before'],
  ])('with %j has no value to show', (known, text) => {
    expect(diffLines({ path: 'config.token', sensitive: true, ...known }, layout)).toEqual([
      { mark: 'inline', text },
    ]);
  });
});

it.each([['x… (7 characters more)'], [['a', '… (9 more)']]])(
  'a difference beyond the shown part of %j is shown as one',
  (value) => {
    const [from, to] = [structuredClone(value), structuredClone(value)];
    expect(diffLines({ path: 'description', from, to }, layout)).toEqual([
      { mark: 'inline', text: '(the difference is beyond the shown part)' },
    ]);
  },
);

it.each<[string, Partial<FieldChange>, readonly string[]]>([
  ['a value where there was none', { to: 3 }, ['inline 3']],
  ['a value that goes', { from: 'a' }, ['inline "a" → (none)']],
  ['a long value that goes', { from: 'x'.repeat(80) }, [`removed "${'x'.repeat(80)}"`]],
  ['a long value that changes', { from: 'x'.repeat(80), to: 1 }, [`removed "${'x'.repeat(80)}"`, 'added 1']],
  ['the name of no object', { namePath: 'policy', fromName: 'a', toName: '' }, ['inline "a" → (none)']],
  ['a list where there was none', { to: ['a', 'b c'] }, ['inline a, "b c"']],
  [
    'a long list where there was none',
    { to: ['x'.repeat(60), 'b c'.repeat(10)] },
    [`added ${'x'.repeat(60)}`, `added "${'b c'.repeat(10)}"`],
  ],
  ['an empty list where there was none', { to: [] }, ['inline (none)']],
  ['a list that goes', { from: ['a', null] }, ['removed a', 'removed (none)']],
  [
    'a list in the place of a value',
    { from: 'a', to: ['b'] },
    ['removed a', 'added [', 'added   "b"', 'added ]'],
  ],
  ['an object where there was none', { to: { a: 1 } }, ['added {', 'added   "a": 1', 'added }']],
  [
    'an empty object in the place of one',
    { from: { a: 1 }, to: {} },
    ['removed {', 'removed   "a": 1', 'removed }'],
  ],
  ['lines where there was no value', { to: 'a\nb' }, ['added a', 'added b']],
  [
    'an end of line that goes',
    { from: 'a\nb\n', to: 'a\nb' },
    ['kept a', 'removed b', 'added b', 'place  No newline at end of file'],
  ],
])('shows %s', (_, change, lines) => {
  const shown = diffLines({ path: 'field', ...change }, layout);
  expect(shown.map(({ mark, text }) => `${mark} ${text}`)).toEqual(lines);
});

describe('a difference of many lines', () => {
  it('shows one text below the other if a comparison by line would take too long', () => {
    const [from, to] = ['old', 'new'].map((word) => numbered(word, 20_000).join('\n'));
    const lines = diffLines({ path: 'description', from, to }, layout);
    expect(lines).toHaveLength(40_000);
    expect([lines[0], lines[19_999], lines[20_000]]).toEqual([
      { mark: 'removed', text: 'old 0' },
      { mark: 'removed', text: 'old 19999' },
      { mark: 'added', text: 'new 0' },
    ]);
  });

  it('shows one list below the other', () => {
    const lines = diffLines(
      { path: 'owners', from: numbered('old', 20_000), to: numbered('new', 20_000) },
      layout,
    );
    expect(lines).toHaveLength(40_000);
    expect(lines[20_000]).toEqual({ mark: 'added', text: '"new 0"' });
  });

  it('shows its first lines, safe to print, and counts the others', () => {
    const [from, to] = ['old\u202e', 'new'].map((word) => numbered(word, 1000).join('\n'));
    const { lines, left } = firstDiffLines({ path: 'description', from, to }, layout, 200);
    expect([lines.length, left]).toEqual([200, 1800]);
    expect(lines[0]).toEqual(diffLines({ path: 'description', from, to }, layout)[0]);
    expect(lines[0]?.text).not.toContain('\u202e');
  });

  it('compares lines in another order, as long as enough of them are the same', () => {
    const from = numbered('line', 300);
    const to = [...from.slice(1), 'line 0'];
    const lines = diffLines({ path: 'description', from: from.join('\n'), to: to.join('\n') }, layout);
    expect(lines.filter(({ mark }) => mark !== 'kept' && mark !== 'place')).toEqual([
      { mark: 'removed', text: 'line 0' },
      { mark: 'added', text: 'line 0' },
    ]);
  });

  it('shows the one line of a long text that differs, with the lines around it', () => {
    const from = numbered('line', 20_000);
    const to = from.with(10_000, 'other');
    const lines = diffLines({ path: 'description', from: from.join('\n'), to: to.join('\n') }, layout);
    expect(lines.map(({ text }) => text)).toEqual([
      'line 9999',
      'line 9998',
      'line 9999',
      'line 10000',
      'other',
      'line 10001',
      'line 10002',
    ]);
  });
});
