import { expect, it } from 'vitest';
import { nearest, suggestion } from '../../src/text/nearest.js';

const many = Array.from({ length: 10_001 }, (_, index) => `${index} is not meant`);

it.each([
  ['a slip of the pen', 'App/wikki', ['App/other', 'App/wiki'], ' Did you mean "App/wiki"?'],
  ['a long name', 'n'.repeat(253), ['n'.repeat(252)], ` Did you mean "${'n'.repeat(252)}"?`],
  [
    'a longer one, which is no typing error',
    'n'.repeat(254),
    ['n'.repeat(253)],
    ` Known: ${'n'.repeat(253)}.`,
  ],
  ['one far from all, few of which are known', 'wiki', ['slack', 'github'], ' Known: github, slack.'],
  ['one far from all, of which many are known', 'wiki', many.slice(0, 41), ''],
  ['one far from all, whose names are long', 'wiki', ['x'.repeat(500), 'y'.repeat(500)], ''],
])('suggests for %s', (_what, name, known, text) => {
  expect(suggestion(name, known)).toBe(text);
});

it('compares a name with the first ten thousand that are known', () => {
  const known = many.with(9_999, 'wiki');
  expect(nearest('wikki', known)).toBe('wiki');
  expect(nearest('wikki', ['first', ...known])).toBeUndefined();
});
