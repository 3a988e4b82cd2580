import type { Clock } from '../model/clock.js';
import type { RecordStore } from '../model/record.js';
import { isChange, type LogEvent, type LogSource, MOST_LOG_PAGES } from '../model/system-log.js';
import type { Planned } from '../plan/input.js';
import { type Correction, withDrift } from './attributions.js';

/** The oldest change to search for, milliseconds. */
const LONGEST_MS = 24 * 60 * 60_000;
/** The tenant's clock is known to the second, milliseconds. */
const TOLERANCE_MS = 2_000;

/** The parts of a recall. */
export interface RecallParts {
  readonly source: LogSource;
  readonly store: Pick<RecordStore, 'records'>;
  readonly clock: Clock;
}

/** An object whose drift has no author yet. */
interface Wanted extends Pick<Correction, 'key'> {
  /** The time of our last write, milliseconds since the epoch. */
  readonly since: number;
}

/**
 * Adds to a plan the authors of the drift that it reverts, as far as the system log of the last day has them. Sends no
 * request without drift. Throws the errors of the log.
 */
export async function recallActors<P extends Planned>(
  planned: P,
  { source, store, clock }: RecallParts,
  signal?: AbortSignal,
): Promise<P> {
  const records = store.records();
  const wanted = new Map<string, Wanted>();
  const names = new Map<string, string>();
  for (const { key, drift } of planned.plan.changes) {
    const record = records.objects.get(key);
    if (drift?.actor !== undefined) names.set(key, drift.actor);
    if (drift === undefined || drift.actor !== undefined || record === undefined) continue;
    wanted.set(record.id, { key, since: Math.max(record.lastSuccess ?? 0, clock.now() - LONGEST_MS) });
  }
  if (wanted.size === 0) return planned;
  const self = planned.observation.self?.userId;
  const since =
    Math.min(...[...wanted.values()].map((entry) => entry.since)) + source.skewMs() - TOLERANCE_MS;
  let page: string | undefined;
  for (let count = 0; count < MOST_LOG_PAGES && wanted.size > 0; count += 1) {
    const { events, next } = await source.read({ since, newestFirst: true }, page, signal);
    for (const event of events) {
      for (const id of event.ids) {
        const entry = wanted.get(id);
        if (entry === undefined || event.actor === undefined) continue;
        if (!isTheirs(event, entry.since + source.skewMs(), self)) continue;
        names.set(entry.key, event.actor);
        wanted.delete(id);
      }
    }
    if (next === undefined) break;
    page = next;
  }
  const { plan, observation } = planned;
  return { ...planned, plan: withDrift(plan, observation, records, (key) => names.get(key)) };
}

/** `written`: the time of our last write, on the tenant's clock; its own event is skipped. */
function isTheirs(event: LogEvent, written: number, self: string | undefined): boolean {
  if (!isChange(event)) return false;
  const at = event.at ?? written;
  return event.actorId === self ? at > written + TOLERANCE_MS : at >= written - TOLERANCE_MS;
}
