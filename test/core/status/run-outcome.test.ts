import { describe, expect, it } from 'vitest';
import { LONGEST_RUN_MS, runOutcome } from '../../../src/core/status/run-outcome.js';

const awaited = { before: 'run-1', since: 1_000 };
const soon = 61_000;
const late = awaited.since + LONGEST_RUN_MS;

const live = (health: string | undefined, id: string, isOver: boolean) => ({
  facts: health === undefined ? {} : { health },
  run: { id, isOver },
});

describe('the outcome of a run that a write has started', () => {
  it.each([
    ['a later run that succeeded', live('Healthy', 'run-2', true), soon, 'Healthy'],
    ['a later run that failed', live('Failing', 'run-2', true), soon, 'Failing'],
    ['a later run without a health', live(undefined, 'run-2', true), soon, 'Unknown'],
    ['a later run that is under way', live('Syncing', 'run-2', false), soon, undefined],
    ['a run under way with the error of an earlier one', live('Failing', 'run-2', false), soon, undefined],
    ['the run that was there before', live('Healthy', 'run-1', true), soon, undefined],
    ['a pause', live('Paused', 'run-1', false), soon, 'Paused'],
    ['an object that the list lacks', undefined, soon, undefined],
    ['an object that does not run', { facts: {} }, soon, undefined],
    ['no run in an hour', live('Healthy', 'run-1', true), late, 'Unknown'],
    ['a list that lacks it for an hour', undefined, late, 'Unknown'],
    ['a run that ended in the last minute', live('Healthy', 'run-2', true), late, 'Healthy'],
    ['not quite an hour', live('Syncing', 'run-2', false), late - 1, undefined],
  ] as const)('%s', (_name, found, now, expected) => {
    expect(runOutcome(awaited, found, now)).toBe(expected);
  });

  it('is the first run of an object that had none', () => {
    expect(runOutcome({ before: '', since: 0 }, live('Healthy', 'run-1', true), soon)).toBe('Healthy');
    expect(runOutcome({ before: '', since: 0 }, live('Unknown', '', false), soon)).toBeUndefined();
  });
});
