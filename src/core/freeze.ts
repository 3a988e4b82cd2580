import { CronExpressionParser } from 'cron-parser';

/** A window in which nothing is changed: it opens when the cron expression fires, and stays open for `durationMs`. */
export interface FreezeWindow {
  /** Five fields: minute, hour, day of the month, month, day of the week. */
  readonly cron: string;
  readonly durationMs: number;
  /** IANA name; the cron expression is read in it, summer time included. */
  readonly timezone: string;
}

/** No change of a clock is larger than this, milliseconds. */
const CLOCK_CHANGE_MS = 3 * 60 * 60_000;

/** Openings that are looked at: enough to tell whether a window is open, however often it opens. */
const MOST_OPENINGS = 500;

/** When the window that is open at `now` closes, milliseconds since the epoch; undefined when none is open. */
export function frozenUntil(windows: readonly FreezeWindow[], now: number): number | undefined {
  const ends = windows.flatMap((window) => {
    const opened = lastOpening(window, now);
    return opened === undefined ? [] : [opened + window.durationMs];
  });
  return ends.length === 0 ? undefined : Math.max(...ends);
}

/**
 * The last opening that is still in force. Openings are walked forwards from well before: there the parser moves what
 * falls into the hour that a clock leaves out, and takes once what falls into the hour that it repeats, where going
 * backwards, or starting within such an hour, gives other answers.
 */
function lastOpening({ cron, durationMs, timezone }: FreezeWindow, now: number): number | undefined {
  const currentDate = new Date(now - durationMs - CLOCK_CHANGE_MS);
  const expression = CronExpressionParser.parse(cron, { currentDate, tz: timezone });
  let last: number | undefined;
  for (let count = 0; count < MOST_OPENINGS && expression.hasNext(); count += 1) {
    const opening = expression.next().getTime();
    if (opening > now) break;
    if (opening + durationMs > now) last = opening;
  }
  return last;
}

/** True for a cron expression that {@link frozenUntil} understands: five fields, nothing left to chance. */
export function isCron(text: string): boolean {
  const fields = text.trim().split(/\s+/);
  // The parser takes an `H` for any value that it likes, another one each time.
  if (fields.length !== 5 || fields.some((field) => /(^|,)H/.test(field))) return false;
  try {
    return CronExpressionParser.parse(text, { tz: 'UTC' }).hasNext();
  } catch {
    return false;
  }
}

/** True for an IANA time zone. */
export function isTimezone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
