import type { Clock } from '../model/clock.js';
import { CallError } from '../model/errors.js';
import type { LiveObject, Principal } from '../model/kind.js';
import type { ObjectRecord, Records } from '../model/record.js';
import {
  isChange,
  LogClosedError,
  type LogSource,
  MOST_LOG_PAGES,
  PlaceLostError,
} from '../model/system-log.js';
import { followedBy } from '../model/unsure-writes.js';
import type { Match } from './matching.js';

/** The tenant's clock is known to the second, milliseconds. */
const TOLERANCE_MS = 5_000;

/** The parts of a query of the log. */
export interface OnlyOursParts {
  readonly source: LogSource;
  readonly clock: Clock;
  readonly self: Principal | undefined;
}

/**
 * Keys of the objects with a write-only value that changed since an unfinished write of ours began,
 * where the tenant's log names only us for every change since then. Reads the log only for such values.
 */
export async function onlyOurs(
  matches: ReadonlyMap<string, Match>,
  { objects }: Records,
  parts: OnlyOursParts,
  signal?: AbortSignal,
): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  for (const [key, match] of matches) {
    const record = objects.get(key);
    if (match.type !== 'found' || record === undefined || record.id !== match.live.id) continue;
    if (await isOnlyOurs(match.live, record, parts, signal)) keys.add(key);
  }
  return keys;
}

async function isOnlyOurs(
  live: LiveObject,
  record: ObjectRecord,
  { source, clock, self }: OnlyOursParts,
  signal?: AbortSignal,
): Promise<boolean> {
  const begun = Object.entries(record.unsure ?? {}).flatMap(([path, writes]) =>
    followedBy(writes, live.stamps[path]).map(({ at }) => at),
  );
  if (begun.length === 0 || self === undefined) return false;
  const since = Math.min(clock.now(), ...begun) + source.skewMs() - TOLERANCE_MS;
  let isNamed = false;
  let page: string | undefined;
  try {
    for (let count = 0; count < MOST_LOG_PAGES; count += 1) {
      const { events, next } = await source.read({ since }, page, signal);
      const concerned = events.filter((event) => isChange(event) && event.ids.includes(live.id));
      if (concerned.some(({ actorId }) => actorId !== self.userId)) return false;
      isNamed ||= concerned.length > 0;
      if (next === undefined) return isNamed;
      page = next;
    }
    return false;
  } catch (error) {
    if (error instanceof CallError || error instanceof LogClosedError || error instanceof PlaceLostError)
      return false;
    throw error;
  }
}
