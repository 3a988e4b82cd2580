import { describe, expect, it } from 'vitest';
import { Activity } from '../../../src/core/status/activity.js';
import type { HistoryEntry, ReconciledEntry } from '../../../src/core/status/history.js';
import { ACTIVITIES, type ActivityBucket } from '../../../src/core/status/views.js';

const HOUR = 3_600_000;
const NOW = Date.parse('2026-11-27T14:20:00Z');
let id = 0;

function entry(at: number, more: Partial<ReconciledEntry>): HistoryEntry {
  return {
    id: ++id,
    at: new Date(at).toISOString(),
    event: 'reconciled',
    key: 'App/one',
    action: 'update',
    outcome: 'done',
    status: 'Synced',
    trigger: 'interval',
    fields: [],
    revision: 'r1',
    reconcileId: `r-${id}`,
    ...more,
  };
}

/** The times and counts of the buckets in which something happened. */
function busy(buckets: readonly ActivityBucket[]): readonly string[] {
  return buckets.flatMap(({ at, counts }) => {
    const parts = ACTIVITIES.filter((sort) => counts[sort] > 0).map((sort) => `${counts[sort]} ${sort}`);
    return parts.length === 0 ? [] : [`${at.slice(0, 13)} ${parts.join(', ')}`];
  });
}

describe('the activity', () => {
  it('counts changes, reverts, holds and failures by hour and by day', () => {
    const activity = new Activity();
    activity.count(entry(NOW, { action: 'create' }));
    activity.count(entry(NOW - 1000, { action: 'adopt' }));
    activity.count(entry(NOW, { drift: true }));
    activity.count(entry(NOW - 2 * HOUR, { action: 'none', outcome: 'held', status: 'Held' }));
    activity.count(entry(NOW - 23 * HOUR, { outcome: 'failed', status: 'Failed' }));
    activity.count(entry(NOW - 6 * 24 * HOUR, { action: 'delete' }));
    activity.count(entry(NOW - 8 * 24 * HOUR, { action: 'delete' }));
    activity.count(entry(NOW, { action: 'none', outcome: 'unchanged' }));
    activity.count({
      id: ++id,
      at: new Date(NOW).toISOString(),
      event: 'attributed',
      key: 'App/one',
      actor: 'bob@acme.example',
      reconcileId: 'r-1',
    });
    const { hours, days } = activity.view(NOW);
    expect([hours.length, days.length]).toEqual([24, 7]);
    expect(busy(hours)).toEqual([
      '2026-11-26T15 1 failures',
      '2026-11-27T12 1 holds',
      '2026-11-27T14 2 changes, 1 reverts',
    ]);
    expect(busy(days)).toEqual([
      '2026-11-21T00 1 changes',
      '2026-11-26T00 1 failures',
      '2026-11-27T00 2 changes, 1 reverts, 1 holds',
    ]);
  });

  it('moves on with time, and keeps no more than it shows', () => {
    const activity = new Activity();
    for (let hour = 0; hour < 1000; hour += 1) activity.count(entry(NOW + hour * HOUR, {}));
    const later = activity.view(NOW + 999 * HOUR);
    expect(later.hours.every(({ counts }) => counts.changes === 1)).toBe(true);
    expect(later.days.slice(0, -1).every(({ counts }) => counts.changes === 24)).toBe(true);
    expect(busy(activity.view(NOW).days)).toEqual([]);
  });
});
