import { type Health, healthIn } from '../model/health.js';
import type { LiveObject } from '../model/kind.js';

/** The longest wait for the run that a write has started, milliseconds. */
export const LONGEST_RUN_MS = 60 * 60_000;

/** A run that is awaited. */
export interface AwaitedRun {
  /** The last run as the write found it. */
  readonly before: string;
  /** When the write ended, milliseconds of a steady clock. */
  readonly since: number;
}

/**
 * The health that the awaited run left, by the object as a list shows it; undefined while the wait goes on. A run that was
 * under way during the write does not count, and a paused object runs no more.
 */
export function runOutcome(
  { before, since }: AwaitedRun,
  live: Pick<LiveObject, 'facts' | 'run'> | undefined,
  now: number,
): Health | undefined {
  const health = live && (healthIn(live.facts) ?? 'Unknown');
  if (health === 'Paused') return health;
  if (live?.run?.isOver === true && live.run.id !== before) return health;
  return now - since >= LONGEST_RUN_MS ? 'Unknown' : undefined;
}
