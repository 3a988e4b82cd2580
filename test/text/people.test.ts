import { expect, it } from 'vitest';
import { fromNow, shortRevision } from '../../src/text/people.js';

it.each([
  [0, 'now'],
  [-400, 'now'],
  [-1_000, '1 second ago'],
  [-59_000, '59 seconds ago'],
  [-200_000, '3 minutes ago'],
  [7_300_000, 'in 2 hours'],
  [-90_000_000, '1 day ago'],
])('says a time in words: %d ms', (ms, words) => {
  expect(fromNow(1_000_000_000_000 + ms, 1_000_000_000_000)).toBe(words);
});

it.each([
  ['0123456789abcdef0123456789abcdef01234567', '0123456789ab'],
  ['sha256:824f7b299b4c1900', 'sha256:824f7b299b4c'],
  ['0123456789abcdef0123456789abcdef01234567-dirty-824f7b299b4c', '0123456789ab-dirty-824f7b299b4c'],
  ['main', 'main'],
  ['', ''],
])('shortens a revision: %j', (revision, short) => {
  expect(shortRevision(revision)).toBe(short);
});
