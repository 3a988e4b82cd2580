import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, sha256 } from '../../../src/core/model/hash.js';
import { Secret, UnsetSecret } from '../../../src/core/model/secret.js';

describe('canonicalJson', () => {
  it.each([
    ['sorted keys, at every depth', { b: { d: 1, c: [2] }, a: null }, '{"a":null,"b":{"c":[2],"d":1}}'],
    ['members that are undefined', { a: undefined, b: [undefined] }, '{"b":[null]}'],
    ['nothing at all', undefined, 'null'],
    ['a date', { at: new Date(0) }, '{"at":"1970-01-01T00:00:00.000Z"}'],
    ['a key that names the prototype', JSON.parse('{"__proto__":{"a":1}}'), '{"__proto__":{"a":1}}'],
  ])('writes %s', (_, value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  it('gives one text however the members were ordered, and keeps the value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it.each([new Secret('hunter22', 'env A'), new UnsetSecret('env A', 'it is not set')])(
    'takes a secret only in the form it is given',
    (secret) => {
      expect(() => canonicalJson({ config: [secret] })).toThrow(TypeError);
      expect(canonicalJson({ config: [secret] }, () => ({ z: 1, a: 2 }))).toBe('{"config":[{"a":2,"z":1}]}');
    },
  );

  it.each([new Map(), new Set()])('refuses what JSON would silently empty', (value) => {
    expect(() => canonicalJson([value])).toThrow(TypeError);
  });
});

describe('sha256', () => {
  it('names its algorithm', () => {
    expect(sha256('abc')).toBe('sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  );
}
