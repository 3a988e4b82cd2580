import { expect, test } from 'vitest';
import { retryAfter } from '../../src/http/retry-after.js';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const MOST = 900_000;

test.each<[text: string, date: string | undefined, ms: number | undefined]>([
  ['7', undefined, 7_000],
  ['0.25', undefined, 250],
  ['900', undefined, 900_000],
  ['901', undefined, 900_000],
  ['1000000000000', undefined, 900_000],
  ['9'.repeat(400), undefined, 900_000],
  ['1e12', undefined, undefined],
  ['-5', undefined, undefined],
  ['NaN', undefined, undefined],
  ['Infinity', undefined, undefined],
  ['2026', undefined, 900_000],
  ['soon', undefined, undefined],
  ['', undefined, undefined],
  ['Thu, 01 Jan 2026 00:00:30 GMT', undefined, 30_000],
  ['Thu, 01 Jan 2026 00:00:30 GMT', 'Thu, 01 Jan 2026 00:00:20 GMT', 10_000],
  ['Thu, 01 Jan 2026 00:00:30 GMT', 'nonsense', 30_000],
  ['Wed, 31 Dec 2025 00:00:00 GMT', undefined, 0],
  ['Fri, 31 Dec 9999 23:59:59 GMT', undefined, 900_000],
  ['Fri, 31 Dec 9999 23:59:59 GMT', 'Thu, 01 Jan 1970 00:00:00 GMT', 900_000],
  ['Fri, 99 Foo 9999 23:59:59 GMT', undefined, undefined],
])('%s, dated %s', (text, date, ms) => {
  const headers = new Headers({ 'retry-after': text, ...(date === undefined ? {} : { date }) });
  expect(retryAfter(headers, NOW, MOST)).toBe(ms);
});
