import fc from 'fast-check';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { editYaml } from '../../src/yaml/edit.js';
import { parseYaml } from '../../src/yaml/parse.js';

const text = fc.oneof(
  fc.string({
    unit: fc.constantFrom('a', 'b', ' ', '\n', ':', '#', "'", '"', ',', '-', '[', '{', '&', '*', '0', '|'),
  }),
  fc.constantFrom(
    '',
    'yes',
    '007',
    '1e3',
    'null',
    '~',
    '<<',
    'a long text '.repeat(12).trim(),
    '\u202e',
    '- a\n- b\n',
  ),
);
const key = fc.stringMatching(/^[a-z]{1,3}$/);
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.integer({ min: 0, max: 99 }),
    fc.boolean(),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(key, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));
const style = fc.record({
  collectionStyle: fc.constantFrom('block' as const, 'flow' as const, 'any' as const),
  defaultStringType: fc.constantFrom(
    'PLAIN' as const,
    'QUOTE_SINGLE' as const,
    'BLOCK_FOLDED' as const,
    'BLOCK_LITERAL' as const,
  ),
  indentSeq: fc.boolean(),
  indent: fc.constantFrom(2, 4),
});

/** The value that the loader reads. */
const loaded = (yaml: string): unknown =>
  [...parseYaml(yaml, 1_000_000).documents].map(({ value, fault }) => fault?.message ?? value);

it('gives the value that it is asked for, in any style, or refuses; and keeps the rest', () => {
  let refused = 0;
  let runs = 0;
  fc.assert(
    fc.property(tree, tree, tree, style, fc.boolean(), (before, after, other, options, isCrlf) => {
      const written = stringify(
        { spec: { v: before, w: other } },
        { ...options, lineWidth: 60, compat: 'yaml-1.1' },
      );
      const source = isCrlf ? written.replaceAll('\n', '\r\n') : written;
      const [old] = loaded(source) as [{ spec: { w: unknown } }];
      fc.pre(typeof old === 'object');
      runs += 1;
      try {
        const edited = editYaml(source, () => true, [{ path: ['spec', 'v'], value: after }]);
        expect(loaded(edited)).toEqual([{ spec: { v: after, w: old.spec.w } }]);
      } catch (error) {
        if (!String(error).includes('cannot be written automatically')) throw error;
        refused += 1;
      }
    }),
    { numRuns: 500 },
  );
  expect(refused / runs).toBeLessThan(0.05);
});
