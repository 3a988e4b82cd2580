import { describe, expect, it } from 'vitest';
import type { HistoryEntry, HistoryQuery, ReconciledEntry } from '../../../src/core/status/history.js';
import { actionOf, matchesQuery } from '../../../src/core/status/history-words.js';

const stamp = { id: 1, at: '2026-01-02T00:00:00Z' };
const reconciled = (facts: Partial<ReconciledEntry> = {}): HistoryEntry => ({
  ...stamp,
  event: 'reconciled',
  key: 'App/wiki',
  action: 'update',
  outcome: 'done',
  status: 'Synced',
  trigger: 'interval',
  fields: [],
  revision: 'r1',
  reconcileId: 'c1',
  ...facts,
});
const attributed: HistoryEntry = {
  ...stamp,
  event: 'attributed',
  key: 'App/wiki',
  actor: 'Bob@acme.example',
  reconcileId: 'c1',
};
const healthy: HistoryEntry = { ...stamp, event: 'health', key: 'Connector/wiki', health: 'Healthy' };
const failing: HistoryEntry = { ...healthy, health: 'Failing' };
const commanded: HistoryEntry = {
  ...stamp,
  event: 'commanded',
  command: 'suspend',
  by: 'Carol',
  targets: ['App/wiki'],
  keys: ['Connector/wiki'],
};

describe('the action of an entry', () => {
  it.each<[string, HistoryEntry, string | undefined]>([
    ['an update', reconciled(), 'update'],
    ['the revert of drift', reconciled({ drift: true }), 'revert'],
    ['a deletion with drift', reconciled({ action: 'delete', drift: true }), 'delete'],
    ['a hold', reconciled({ outcome: 'held' }), 'held'],
    ['a failure', reconciled({ outcome: 'failed' }), 'failed'],
    ['a new status', reconciled({ action: 'none' }), undefined],
    ['a late author', attributed, 'revert'],
    ['a command', commanded, 'suspend'],
    ['a run that failed', failing, 'failed'],
    ['a run that succeeded', healthy, undefined],
  ])('%s', (_, entry, action) => {
    expect(actionOf(entry)).toBe(action);
  });
});

describe('a query', () => {
  it.each<[string, Omit<HistoryQuery, 'limit'>, HistoryEntry, boolean]>([
    ['for nothing in particular', {}, healthy, true],
    ['for an object', { key: 'App/wiki' }, reconciled(), true],
    ['for another object', { key: 'App/other' }, attributed, false],
    ['for an object that a command names', { key: 'App/wiki' }, commanded, true],
    ['for an object that a command reached', { key: 'Connector/wiki' }, commanded, true],
    ['for an object that a command left alone', { key: 'App/other' }, commanded, false],
    ['for who made the reverted change', { person: 'BOB' }, reconciled({ actor: 'bob' }), true],
    ['for who ran the command', { person: 'bob' }, reconciled({ by: 'Bob' }), true],
    ['for who approved', { person: 'bob' }, reconciled({ approved: { by: 'bob', at: stamp.at } }), true],
    [
      'for a person where none is known',
      { person: 'bob' },
      reconciled({ approved: { at: stamp.at } }),
      false,
    ],
    ['for a late author', { person: 'bob@acme.example' }, attributed, true],
    ['for who commanded', { person: 'carol' }, commanded, true],
    ['for a person where only the tenant acted', { person: 'bob' }, failing, false],
    ['for an action', { action: 'failed' }, failing, true],
    ['for another action', { action: 'update' }, failing, false],
    ['for a sweep', { sweep: 's1' }, reconciled({ sweepId: 's1' }), true],
    ['for another sweep', { sweep: 's1' }, reconciled({ sweepId: 's2' }), false],
    ['for a sweep that nothing but reconciliations belong to', { sweep: 's1' }, commanded, false],
    ['from its very moment', { since: '2026-01-02T01:00:00+01:00' }, commanded, true],
    ['after its moment', { since: '2026-01-02T00:00:01Z' }, commanded, false],
  ])('%s', (_, query, entry, isMatch) => {
    expect(matchesQuery(entry, { limit: 10, ...query })).toBe(isMatch);
  });
});
