import { expect, it } from 'vitest';
import { systemRandom, uuid } from '../../../src/core/model/random.js';

it('makes a UUID of the bytes it is given', () => {
  const fixed = { ...systemRandom, bytes: (count: number) => Buffer.alloc(count, 0xff) };
  expect(uuid(fixed)).toBe('ffffffff-ffff-4fff-bfff-ffffffffffff');
});

it('makes a UUID that no other call makes', () => {
  const ids = Array.from({ length: 100 }, () => uuid(systemRandom));
  expect(new Set(ids).size).toBe(100);
});
