import { describe, expect, it } from 'vitest';
import { type FreezeWindow, frozenUntil, isCron } from '../../../src/core/guard/freeze.js';
import { isTimezone } from '../../../src/text/timezone.js';

const HOUR = 60 * 60_000;

/** When the windows that are open at `now` close, in ISO; undefined when none is. */
function until(now: string, ...windows: readonly FreezeWindow[]): string | undefined {
  const end = frozenUntil(windows, Date.parse(now));
  return end === undefined ? undefined : new Date(end).toISOString();
}

function window(cron: string, hours: number, timezone = 'UTC'): FreezeWindow {
  return { cron, durationMs: hours * HOUR, timezone };
}

describe('a freeze window', () => {
  const weekend = window('0 18 * * 5', 60);

  it.each([
    ['2026-11-20T17:59:59.999Z', undefined],
    ['2026-11-20T18:00:00.000Z', '2026-11-23T06:00:00.000Z'],
    ['2026-11-22T12:34:56.789Z', '2026-11-23T06:00:00.000Z'],
    ['2026-11-23T05:59:59.999Z', '2026-11-23T06:00:00.000Z'],
    ['2026-11-23T06:00:00.000Z', undefined],
  ])('is open from its first to before its last moment: %s', (now, end) => {
    expect(until(now, weekend)).toBe(end);
  });

  it('lies over midnight and over the end of a year', () => {
    const night = window('30 22 * * *', 8);
    expect(until('2027-01-01T00:15:00Z', night)).toBe('2027-01-01T06:30:00.000Z');
    expect(until('2027-01-01T07:00:00Z', night)).toBeUndefined();
  });

  it('is read in its time zone, in summer and in winter', () => {
    const berlin = window('0 18 * * 5', 1, 'Europe/Berlin');
    expect(until('2026-07-03T15:59:00Z', berlin)).toBeUndefined();
    expect(until('2026-07-03T16:00:00Z', berlin)).toBe('2026-07-03T17:00:00.000Z');
    expect(until('2026-12-04T16:30:00Z', berlin)).toBeUndefined();
    expect(until('2026-12-04T17:00:00Z', berlin)).toBe('2026-12-04T18:00:00.000Z');
  });

  it('keeps its length when the clock changes inside it', () => {
    const berlin = window('0 22 * * 6', 8, 'Europe/Berlin');
    expect(until('2026-03-29T04:59:00Z', berlin)).toBe('2026-03-29T05:00:00.000Z');
    expect(until('2026-10-25T03:59:00Z', berlin)).toBe('2026-10-25T04:00:00.000Z');
    expect(until('2026-10-25T04:00:00Z', berlin)).toBeUndefined();
  });

  // On 29 March 2026 Berlin goes from 02:00 to 03:00; on 25 October the hour from 02:00 to 03:00 comes twice.
  // On 4 October 2026 Lord Howe goes from 02:00 to 02:30; on 8 March Havana goes from 00:00 to 01:00.
  it.each([
    ['30 2 * * *', 'Europe/Berlin', '2026-03-29T01:00:00Z'],
    ['0 2 * * *', 'Europe/Berlin', '2026-03-29T01:00:00Z'],
    ['0,30 2 29 3 *', 'Europe/Berlin', '2026-03-29T01:00:00Z'],
    ['30 2 * * 0', 'Europe/Berlin', '2026-03-29T01:00:00Z'],
    ['30 */2 * * *', 'Europe/Berlin', '2026-03-29T01:00:00Z'],
    ['0 0 * * *', 'America/Havana', '2026-03-08T05:00:00Z'],
    ['15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T15:30:00Z'],
  ])('opens at the end of an hour that the clock skips: %s in %s', (cron, timezone, opening) => {
    const night = window(cron, 0.25, timezone);
    const moment = (hours: number, ms = 0): string =>
      new Date(Date.parse(opening) + hours * HOUR + ms).toISOString();
    expect(until(moment(0, -1), night)).toBeUndefined();
    expect(until(moment(0), night)).toBe(moment(0.25));
    expect(until(moment(0.25, -1), night)).toBe(moment(0.25));
    expect(until(moment(0.25), night)).toBeUndefined();
    expect(until(moment(0.5), night)).toBeUndefined();
  });

  it('opens once though the clock goes through its hour twice', () => {
    const night = window('30 2 * * *', 0.5, 'Europe/Berlin');
    expect(until('2026-10-25T00:30:00Z', night)).toBe('2026-10-25T01:00:00.000Z');
    for (const now of ['01:00', '01:29', '01:30', '01:45', '02:10']) {
      expect(until(`2026-10-25T${now}:00Z`, night)).toBeUndefined();
    }
  });

  it('opens at a midnight that the clock leaves out', () => {
    const havana = window('0 0 * * *', 2, 'America/Havana');
    expect(until('2026-03-08T05:30:00Z', havana)).toBe('2026-03-08T07:00:00.000Z');
  });

  it('stays open as long as it opens again', () => {
    expect(until('2026-11-22T12:30:00Z', window('0 * * * *', 3))).toBe('2026-11-22T15:00:00.000Z');
    expect(until('2026-11-22T12:30:00Z', window('* * * * *', 2))).toBe('2026-11-22T14:30:00.000Z');
    expect(frozenUntil([window('* * * * *', 1_000)], Date.now())).toBeGreaterThan(Date.now());
  });

  it('that opens on a day that few years have is closed in the others', () => {
    const leap = window('0 0 29 2 *', 24);
    expect(until('2027-03-01T00:00:00Z', leap)).toBeUndefined();
    expect(until('2028-02-29T23:00:00Z', leap)).toBe('2028-03-01T00:00:00.000Z');
  });
});

describe('several freeze windows', () => {
  it('hold until the last of those that are open closes', () => {
    const now = '2026-11-22T12:30:00Z';
    const noon = window('0 12 * * *', 1);
    const sunday = window('0 0 * * 0', 24);
    expect(until(now, noon, sunday)).toBe('2026-11-23T00:00:00.000Z');
    expect(until(now, sunday, noon)).toBe('2026-11-23T00:00:00.000Z');
    expect(until(now, noon, window('0 13 * * *', 5))).toBe('2026-11-22T13:00:00.000Z');
    expect(until(now)).toBeUndefined();
  });
});

describe('a cron expression', () => {
  it.each(['0 18 * * 5', '*/15 9-17 * * MON-FRI', '0 0 1 * *', '0 0 L * *', '0 6 * * THU', ' 0  6 * * 1 '])(
    'is taken: %s',
    (text) => expect(isCron(text)).toBe(true),
  );

  it.each([
    ['', 'nothing'],
    ['* * *', 'three fields'],
    ['0 0 18 * * 5', 'six fields'],
    ['61 * * * *', 'a minute that there is not'],
    ['0 0 30 2 *', 'a day that there is not'],
    ['H * * * *', 'chance'],
    ['0 1,H * * *', 'chance in a list'],
    ['@weekly', 'a name'],
    ['often', 'a word'],
  ])('is refused: %s (%s)', (text) => expect(isCron(text)).toBe(false));
});

describe('a time zone', () => {
  it.each(['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires'])('is known: %s', (name) =>
    expect(isTimezone(name)).toBe(true),
  );
  it.each(['', 'Europe/Atlantis', '+02:00 '])('is refused: "%s"', (name) =>
    expect(isTimezone(name)).toBe(false),
  );
});
