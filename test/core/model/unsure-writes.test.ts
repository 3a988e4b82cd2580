import { describe, expect, it } from 'vitest';
import type { UnsureWrite } from '../../../src/core/model/record.js';
import { afterWrite, settledWrites, type WrittenValues } from '../../../src/core/model/unsure-writes.js';

const WINDOW = 60;
const [S0, S1, S2] = ['2026-11-01T10:00:00Z', '2026-11-01T11:00:00Z', '2026-11-01T12:00:00Z'];

/** A write of the value `hash` that was begun after the timestamp `stamp`, and given up at `at`. */
function begun(hash: string, stamp: string, at: number): UnsureWrite {
  return { at, stamp, hash, key: 'k', lostAt: at };
}

function values(written: string | undefined, stamp: string, ...writes: UnsureWrite[]): WrittenValues {
  return {
    secrets: written === undefined ? {} : { c: { hash: written, stamp, key: 'k' } },
    ...(writes.length === 0 ? {} : { unsure: { c: writes } }),
  };
}

/** Settles at a time, by a timestamp of the tenant and by its log. */
function settle(before: WrittenValues, at: number, stamp: string | undefined, isOnlyOurs: boolean) {
  return settledWrites(before, {
    stamps: stamp === undefined ? {} : { c: stamp },
    isOnlyOurs,
    at,
    windowMs: WINDOW,
  });
}

const a = begun('a', S0, 10);
const b = begun('b', S0, 20);

describe('writes whose outcome is not known', () => {
  it.each<[string, WrittenValues, number, string | undefined, boolean, WrittenValues]>([
    ['stay while they may arrive', values('old', S0, a), 69, S0, false, values('old', S0, a)],
    ['end with their window', values('old', S0, a), 70, S0, false, values('old', S0)],
    [
      'end without a timestamp, too',
      values(undefined, '', begun('a', '', 10)),
      70,
      undefined,
      false,
      values(undefined, ''),
    ],
    ['stay where the author is unknown', values('old', S0, a), 999, S1, false, values('old', S0, a)],
    ['are done where there is one, and it was ours', values('old', S0, a), 30, S1, true, values('a', S1)],
    [
      'are done with their value where they agree',
      values('old', S0, a, { ...a, at: 20, lostAt: 20 }),
      75,
      S1,
      true,
      values('a', S1, { ...a, stamp: S1, at: 20, lostAt: 20 }),
    ],
    [
      'may each be the last one, and each may still arrive',
      values('old', S0, a, b),
      30,
      S1,
      true,
      values('', S1, { ...a, stamp: S1 }, { ...b, stamp: S1 }),
    ],
    ['may each be the last one after their window', values('old', S0, a, b), 99, S1, true, values('', S1)],
    [
      'stay as they are beside one that is done',
      values('old', S0, a, begun('b', S1, 20)),
      30,
      S1,
      true,
      values('a', S1, begun('b', S1, 20)),
    ],
    [
      'end where a later one replaced what they did',
      values('old', S0, a, begun('b', S1, 70)),
      71,
      S2,
      false,
      values('old', S0, begun('b', S1, 70)),
    ],
    [
      'stay where a later one did nothing so far',
      values('old', S0, a, begun('b', S1, 70)),
      71,
      S1,
      false,
      values('old', S0, a, begun('b', S1, 70)),
    ],
    [
      'stay where a later one overlaps them',
      values('old', S0, a, begun('b', S1, 69)),
      71,
      S2,
      false,
      values('old', S0, a, begun('b', S1, 69)),
    ],
  ])('%s', (_, before, at, stamp, isOnlyOurs, after) => {
    expect(settle(before, at, stamp, isOnlyOurs)).toEqual(after);
  });

  it('are given up at the first observation where nobody has heard their end', () => {
    const { lostAt: _, ...open } = a;
    expect(settle(values('old', S0, open), 999, S0, false)).toEqual(values('old', S0, { ...a, lostAt: 999 }));
  });

  it('are counted from the timestamp of a later write, as far as its answer has one', () => {
    expect(afterWrite([a, b], S1)).toEqual([
      { ...a, stamp: S1 },
      { ...b, stamp: S1 },
    ]);
    expect(afterWrite([a, b], '')).toEqual([a, b]);
  });
});
