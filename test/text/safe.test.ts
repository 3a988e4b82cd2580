import { describe, expect, it } from 'vitest';
import { safeJson, safeLines, safeOutput } from '../../src/text/safe.js';

/** Control characters that JSON does not escape: CSI in one character, bidi, a tag beyond 16 bits. */
const NAME = 'a\u009b31m\u202e\u{e0041}\u2028b';

describe('safeJson', () => {
  it('is equivalent and has no control characters', () => {
    const value = { name: NAME, [NAME]: [NAME], emoji: '👍', umlaut: 'ü' };
    const shown = safeJson(JSON.stringify(value, null, 2));
    expect(JSON.parse(shown)).toEqual(value);
    expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(shown).toContain('"umlaut": "ü"');
  });
});

describe('safeLines', () => {
  it('keeps lines, and escapes everything else', () => {
    expect(safeLines('two mistakes:\n  \u001b[2J one\r')).toBe('two mistakes:\n  \\u001b[2J one\\r');
  });
});

describe('safeOutput', () => {
  it.each([
    ['keeps lines, tabs and colours', 'a\tb\n\u001b[31mred\u001b[39m', true, 'a\tb\n\u001b[31mred\u001b[39m'],
    ['spells colours out where there are none', '\u001b[31mred', false, '\\u001b[31mred'],
    [
      'spells out what moves or clears',
      '\u001b[2J\u001b[1;1H\u001b]0;t\u0007\r',
      true,
      '\\u001b[2J\\u001b[1;1H\\u001b]0;t\\u0007\\r',
    ],
    [
      'spells out C1, direction, line ends and halves',
      '\u009b\u202e\u2066\u200f\u061c\u2028\ud800',
      true,
      '\\u009b\\u202e\\u2066\\u200f\\u061c\\u2028\\ud800',
    ],
  ])('%s', (_, text, colour, shown) => {
    expect(safeOutput(text, colour)).toBe(shown);
  });
});
