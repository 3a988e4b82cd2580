import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ContentHash } from '../../src/definitions/content-hash.js';

const filesOf = (count: number): Map<string, { digest: string }> =>
  new Map(
    Array.from({ length: count }, (_, at): [string, { digest: string }] => [
      `${String(at).padStart(5, '0')}.yaml`,
      { digest: `digest ${at}` },
    ]),
  );

it('after changes is that of all files', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 700 }),
      fc.array(fc.nat(699), { maxLength: 5 }),
      (count, places) => {
        const files = filesOf(count);
        const before = ContentHash.of(files);
        const changed = places.map((place) => `${String(place % count).padStart(5, '0')}.yaml`);
        for (const path of changed) files.set(path, { digest: 'another' });
        expect(before.with(changed, files).text).toBe(ContentHash.of(files).text);
        if (changed.length > 0) expect(ContentHash.of(files).text).not.toBe(before.text);
      },
    ),
  );
});

it('differs by path, and is there for no file at all', () => {
  expect(ContentHash.of(new Map([['a', { digest: '1' }]])).text).not.toBe(
    ContentHash.of(new Map([['b', { digest: '1' }]])).text,
  );
  expect(ContentHash.of(new Map()).text).toMatch(/^[0-9a-f]{64}$/);
});
