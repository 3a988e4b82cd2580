/** Local times that a clock skips. */
export interface Skip {
  /** The time of the skip, milliseconds since the epoch. */
  readonly at: number;
  /** The first skipped local time, read as UTC, milliseconds since the epoch. */
  readonly from: number;
  /** The first local time after the skip, read as UTC. */
  readonly to: number;
}

/** The least time between two changes of the clock in a zone, milliseconds. */
const STEP_MS = 12 * 60 * 60_000;

/** Skips of a time zone after `start`, up to and including `end`, milliseconds since the epoch. */
export function skipsBetween(timezone: string, start: number, end: number): readonly Skip[] {
  const offsetAt = offsetsOf(timezone);
  const skips: Skip[] = [];
  for (let before = start; before < end; before += STEP_MS) {
    const after = Math.min(before + STEP_MS, end);
    const [first, second] = [offsetAt(before), offsetAt(after)];
    if (second <= first) continue;
    const at = firstWhere((moment) => offsetAt(moment) !== first, before, after);
    skips.push({ at, from: at + first, to: at + second });
  }
  return skips;
}

/** The first moment in (`low`, `high`] where `holds` is true. It stays true from there to `high`. */
function firstWhere(holds: (moment: number) => boolean, low: number, high: number): number {
  let [below, above] = [low, high];
  while (above - below > 1) {
    const middle = Math.floor((below + above) / 2);
    if (holds(middle)) above = middle;
    else below = middle;
  }
  return above;
}

/** The offset of a time zone from UTC at a moment, milliseconds. */
function offsetsOf(timezone: string): (moment: number) => number {
  const format = new Intl.DateTimeFormat('en', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (moment) => {
    const second = Math.floor(moment / 1000) * 1000;
    const parts = new Map(format.formatToParts(second).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
    const local = Date.UTC(
      part('year'),
      part('month') - 1,
      part('day'),
      part('hour'),
      part('minute'),
      part('second'),
    );
    return local - second;
  };
}

/** True for an IANA time zone. */
export function isTimezone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
