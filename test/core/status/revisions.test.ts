import { describe, expect, it } from 'vitest';
import { Revisions } from '../../../src/core/status/revisions.js';

const [A, B, C] = ['a'.repeat(40), 'b'.repeat(40), 'c'.repeat(40)] as const;

const standing = (
  wanted: string,
  present: string | undefined,
  earlier: readonly string[] | undefined,
  passed: readonly string[],
) =>
  new Revisions({
    reconciler: { actedRevision: present, passedRevisions: new Set(passed) },
    definitions: { earlier: async () => earlier },
  }).standing(wanted);

describe('the standing of a revision', () => {
  it.each([
    ['the present one', B, B, [], [], 'in force'],
    ['the present one, by its first characters', 'bbbbbb', B, [], [], 'in force'],
    ['the present one with local changes', B, `${B}-dirty-abc`, [], [], 'in force'],
    ['a commit before it', A, B, [A], [], 'included'],
    ['a commit before it that sweeps took up', 'aaaa', B, [C, A], [A], 'included'],
    ['one that sweeps took up and that is not before it', A, B, [C], [A], 'replaced'],
    [
      'a content hash that sweeps took up and that may return',
      'sha256:12',
      'sha256:34',
      [],
      ['sha256:12'],
      'unknown',
    ],
    ['one that nobody knows', C, B, [A], [A], 'unknown'],
    [
      'one that sweeps took up while the commits before the present one are not known',
      A,
      B,
      undefined,
      [A],
      'unknown',
    ],
    ['any before the first sweep', A, undefined, [A], [], 'unknown'],
  ] as const)('%s', async (_what, wanted, present, earlier, passed, expected) => {
    expect(await standing(wanted, present, earlier, passed)).toEqual({
      revision: present ?? null,
      standing: expected,
    });
  });
});
