import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { inOrder, type Kind } from '../../../src/core/model/kind.js';
import { id } from '../../../src/kinds/fields.js';

function kind(name: string, refersTo: string | undefined, parent?: string): { readonly kind: Kind } {
  const sugar = { path: 'friend', schema: z.string(), lookup: 'x', doc: 'x' };
  return {
    kind: {
      title: 'displayName',
      writes: [],
      naturalKey: [],
      sample: 'x',
      name,
      fields:
        refersTo === undefined
          ? []
          : [id('friendId', 'x', { sugar: { ...sugar, refersTo: { kind: refersTo } } })],
      ...(parent === undefined ? {} : { parent: { kind: parent, path: 'x' } }),
    },
  };
}

describe('the order of kinds', () => {
  const names = (...kinds: readonly { readonly kind: Kind }[]) =>
    inOrder(kinds).map(({ kind: { name } }) => name);

  it('has what a kind refers to before it, and changes nothing else', () => {
    expect(names(kind('A', undefined), kind('B', undefined))).toEqual(['A', 'B']);
    expect(names(kind('A', 'B'), kind('C', undefined, 'A'), kind('B', undefined))).toEqual(['B', 'A', 'C']);
    expect(names(kind('C', undefined, 'A'), kind('A', 'B'), kind('B', undefined))).toEqual(['B', 'A', 'C']);
    expect(names(kind('A', 'Nowhere'))).toEqual(['A']);
  });

  it('is refused to kinds that refer to each other', () => {
    expect(() => names(kind('A', 'B'), kind('B', 'C'), kind('C', undefined, 'A'))).toThrow(
      /A -> B -> C -> A/,
    );
    expect(() => names(kind('A', 'A'))).toThrow(/circle: A -> A/);
  });
});
