import { parseCron } from '../../text/cron.js';
import { skipsBetween } from '../../text/timezone.js';

/** A window in which no change is applied: it opens when the cron expression fires, and stays open for `durationMs`. */
export interface FreezeWindow {
  /** Five fields: minute, hour, day of the month, month, day of the week. */
  readonly cron: string;
  readonly durationMs: number;
  /** IANA name; the cron expression is read in it. In an hour that daylight saving skips it fires at the end of it. */
  readonly timezone: string;
}

/** No change of a clock is larger than this, milliseconds. */
const CLOCK_CHANGE_MS = 3 * 60 * 60_000;

/** Openings that are checked: enough to decide whether a window is open, however often it opens. */
const MOST_OPENINGS = 500;

/** When the window that is open at `now` closes, milliseconds since the epoch; undefined when none is open. */
export function frozenUntil(windows: readonly FreezeWindow[], now: number): number | undefined {
  const ends = windows.flatMap((window) => {
    const opened = lastOpening(window, now);
    return opened === undefined ? [] : [opened + window.durationMs];
  });
  return ends.length === 0 ? undefined : Math.max(...ends);
}

/** The last opening that is still in force. */
function lastOpening(window: FreezeWindow, now: number): number | undefined {
  const openings = [...regularOpenings(window, now), ...openingsAfterSkips(window, now)];
  const inForce = openings.filter((opening) => opening <= now && opening + window.durationMs > now);
  return inForce.length === 0 ? undefined : Math.max(...inForce);
}

/**
 * Openings at local times that exist. They are walked forwards from well before: there the parser takes once what falls
 * into the hour that a clock repeats, where going backwards, or starting within such an hour, gives other answers.
 */
function regularOpenings({ cron, durationMs, timezone }: FreezeWindow, now: number): readonly number[] {
  const currentDate = new Date(now - durationMs - CLOCK_CHANGE_MS);
  const expression = parseCron(cron, { currentDate, tz: timezone });
  const openings: number[] = [];
  for (let count = 0; count < MOST_OPENINGS && expression.hasNext(); count += 1) {
    const opening = expression.next().toDate();
    if (opening.getTime() > now) break;
    // The parser moves what falls into a skipped hour; that opens at the end of the hour instead.
    if (expression.includesDate(opening)) openings.push(opening.getTime());
  }
  return openings;
}

/** Openings that fall into local times which the clock skips: they open at the moment of the skip. */
function openingsAfterSkips({ cron, durationMs, timezone }: FreezeWindow, now: number): readonly number[] {
  return skipsBetween(timezone, now - durationMs, now)
    .filter(({ from, to }) => {
      const expression = parseCron(cron, { currentDate: new Date(from - 1), tz: 'UTC' });
      return expression.hasNext() && expression.next().getTime() < to;
    })
    .map(({ at }) => at);
}

/** True for a cron expression that {@link frozenUntil} understands: five fields, nothing left to chance. */
export function isCron(text: string): boolean {
  const fields = text.trim().split(/\s+/);
  // The parser takes an `H` for any value that it likes, another one each time.
  if (fields.length !== 5 || fields.some((field) => /(^|,)H/.test(field))) return false;
  try {
    return parseCron(text, { tz: 'UTC' }).hasNext();
  } catch {
    return false;
  }
}
