import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PatternIndex } from '../../../src/core/redact/pattern-index.js';

const START = 2;
const pattern = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: START, maxLength: 6 });
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 30 });

/** The longest pattern at each place of a text, without those inside an earlier one. */
function placesIn(text: string, patterns: readonly string[]): (readonly [number, number])[] {
  const found: (readonly [number, number])[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const here = patterns.filter((one) => text.startsWith(one, at)).map((one) => one.length);
    const end = at + Math.max(0, ...here);
    if (here.length > 0 && end > (found.at(-1)?.[1] ?? 0)) found.push([at, end]);
  }
  return found;
}

it('finds the patterns that were added more often than removed, the longest at each place', () => {
  fc.assert(
    fc.property(
      fc.array(pattern),
      fc.array(fc.nat()),
      fc.array(text, { minLength: 1 }),
      (added, removed, texts) => {
        const index = new PatternIndex(START);
        const left = [...added];
        for (const one of added) index.add(one);
        for (const number of removed) {
          // Searches between two changes see what the changes left.
          for (const one of texts) expect(index.find(one)).toEqual(placesIn(one, left));
          const [gone = 'never added'] = left.splice(number % (left.length + 1), 1);
          index.remove(gone);
        }
        for (const one of texts) expect(index.find(one)).toEqual(placesIn(one, left));
      },
    ),
  );
});
