import { expect, it } from 'vitest';
import type { CommandedEntry, HistoryEntry, ReconciledEntry } from '../../../src/core/status/history.js';
import { type HistoryLine, linesOf } from '../../../src/core/status/history-sweeps.js';

const AT = '2026-11-27T14:20:00.000Z';

function entry(id: number, sweepId: string | undefined, more: Partial<ReconciledEntry> = {}): HistoryEntry {
  return {
    id,
    at: AT,
    event: 'reconciled',
    key: `App/app-${id}`,
    action: 'create',
    outcome: 'done',
    status: 'Synced',
    trigger: 'start',
    fields: [],
    revision: 'r1',
    reconcileId: `r-${id}`,
    sweepId,
    ...more,
  };
}

const command: CommandedEntry = {
  event: 'commanded',
  command: 'approve',
  by: 'alice',
  targets: ['sha256:1'],
};
const short = (one: HistoryLine): string =>
  'entry' in one
    ? `${one.id}`
    : `${one.id}: ${[...one.sweep.counts].map((pair) => pair.join(' ')).join(', ')} (${one.sweep.people.join()})`;

it('makes one line of the neighbouring entries of a sweep, and counts them by their deed or status', () => {
  const entries = [
    entry(9, 'b', { action: 'update', drift: true, actor: 'bob', approved: { by: 'carol', at: AT } }),
    entry(8, 'b', { action: 'none', outcome: 'held', status: 'Held', actor: 'bob' }),
    { id: 7, at: AT, ...command },
    entry(6, 'a'),
    entry(5, 'a'),
    entry(4, undefined),
    entry(3, undefined),
    entry(2, 'a', { action: 'adopt' }),
  ];
  const all = linesOf({ entries, next: null }, 10);
  expect(all.lines.map(short)).toEqual([
    '9: reverted 1, Held 1 (bob,carol)',
    '7',
    '6: created 2 ()',
    '4',
    '3',
    '2',
  ]);
  expect(all.next).toBeNull();
  const first = linesOf({ entries, next: null }, 3);
  expect(first.lines.map(({ id }) => id)).toEqual([9, 7, 6]);
  expect(first.next).toBe(5);
  expect(linesOf({ entries, next: 2 }, 10).next).toBe(2);
});
