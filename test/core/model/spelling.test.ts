import { describe, expect, it } from 'vitest';
import { foldedText } from '../../../src/core/model/spelling.js';

const same = (a: string, b: string): boolean =>
  foldedText({ displayName: a, other: 1 }) === foldedText({ displayName: b, other: 1 });

describe('two spellings of a name', () => {
  it.each([
    ['GitHub', 'github'],
    ['  GitHub ', 'GitHub'],
    ['Git  Hub', 'Git Hub'],
    ['Git\u00a0Hub', 'Git Hub'],
    ['Café', 'Cafe\u0301'],
    ['Straße', 'STRASSE'],
    ['ＧｉｔＨｕｂ', 'GitHub'],
    ['ΟΔΟΣ', 'οδος'],
  ])('%j and %j count as equal', (a, b) => expect(same(a, b)).toBe(true));

  it.each([
    ['GitHub', 'GitHub 2'],
    ['Git Hub', 'GitHub'],
    ['Cafe', 'Café'],
    ['', ' x'],
  ])('%j and %j are two names', (a, b) => expect(same(a, b)).toBe(false));

  it('keep values apart that are no text, and know nothing of a key that is not known', () => {
    expect(foldedText({ a: 1 })).not.toBe(foldedText({ a: '1' }));
    expect(foldedText(undefined)).toBe('');
  });
});
