import { describe, expect, it } from 'vitest';
import type { Intent, ObjectRecord } from '../../../src/core/model/record.js';
import type { RecordsContent } from '../../../src/core/state/record-format.js';
import { baseIn, moveTimes, type TimeBase } from '../../../src/core/state/record-times.js';

const HOUR = 3_600_000;
const NOW = Date.parse('2026-11-22T12:00:00Z');
const PRESENT = { boot: 'this run', epoch: NOW - 5 * HOUR, now: NOW };

/** Records whose times all are `at`. */
function recordsOf(at: number): RecordsContent {
  const record: ObjectRecord = {
    key: 'App/a',
    id: 'a',
    displayName: 'A',
    origin: 'created',
    marked: true,
    sent: { owners: { hash: 'h', at } },
    secrets: {},
    unsure: { config: [{ at, stamp: 's', hash: 'h', key: 'k', lostAt: at }] },
    corrections: { description: { hash: 'h', count: 1, at } },
    lastAttempt: at,
    lastSuccess: at,
    putBack: [at],
    putBackBegun: at,
    yielded: { at, print: 'p' },
    absentSince: at,
  };
  const intent: Intent = { key: 'App/b', kind: 'App', natural: {}, at, knownIds: [], misses: 0 };
  const notes = new Map<string, unknown>([
    ['executed/updates/App/a', { within: [at], approved: [at] }],
    ['executed/deletes/App/a', { at }],
  ]);
  return { objects: new Map([['App/a', record]]), intents: new Map([['App/b', intent]]), notes };
}

const base = (more: Partial<TimeBase> = {}): TimeBase => ({
  boot: PRESENT.boot,
  epoch: PRESENT.epoch,
  ...more,
});

describe('the times in records that are opened', () => {
  it.each<[string, TimeBase | undefined, number, number, boolean]>([
    ['stay in one run of the machine', base(), -HOUR, -HOUR, false],
    ['stay where the clock drifted a little', base({ epoch: PRESENT.epoch + 900 }), -HOUR, -HOUR, false],
    ['follow a clock set forward', base({ epoch: PRESENT.epoch - HOUR }), -2 * HOUR, -HOUR, true],
    ['follow a clock set back', base({ epoch: PRESENT.epoch + HOUR }), 0.5 * HOUR, -0.5 * HOUR, true],
    ['are never later than now', base(), HOUR, 0, true],
    ['are believed of another run', base({ boot: 'another', epoch: 0 }), -HOUR, -HOUR, true],
    ['of another run are never later than now', base({ boot: 'another', epoch: 0 }), HOUR, 0, true],
    ['are believed where no run is known', { epoch: 0 }, -HOUR, -HOUR, true],
    ['of an earlier version are believed', undefined, -HOUR, -HOUR, true],
    ['of an earlier version are never later than now', undefined, HOUR, 0, true],
  ])('%s', (_, from, at, expected, isMoved) => {
    const content = recordsOf(NOW + at);
    expect(moveTimes(content, from, PRESENT)).toBe(isMoved);
    expect(content).toEqual(recordsOf(NOW + expected));
  });

  it('leave the end of a wait in the future, and times of people unchanged', () => {
    const suspension = { target: '*', reason: 'why', at: NOW, until: NOW + HOUR };
    const notes = new Map<string, unknown>([
      ['wait/App/a', { hash: 'h', failures: 1, until: NOW + 2 * HOUR, reason: 'why' }],
      ['suspension/*', suspension],
      ['executed/updates/App/b', 'damaged'],
    ]);
    const content = { ...recordsOf(NOW), notes };
    moveTimes(content, base({ epoch: PRESENT.epoch + HOUR }), PRESENT);
    expect([...content.notes.values()]).toEqual([
      { hash: 'h', failures: 1, until: NOW + HOUR, reason: 'why' },
      suspension,
      'damaged',
    ]);
  });

  it('have a base in the first line of the file, which an earlier version did not write', () => {
    expect(baseIn({ clock: { boot: 'b', epoch: 1 } })).toEqual({ boot: 'b', epoch: 1 });
    expect(baseIn({})).toBeUndefined();
    expect(baseIn({ clock: 'noon' })).toBeUndefined();
  });
});
