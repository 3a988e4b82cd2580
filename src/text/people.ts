/** As many characters of a revision as people compare; a revision that is no hash is shown whole. */
export function shortRevision(revision: string): string {
  const [, scheme = '', hash = '', dirty = ''] =
    /^(\w+:)?([0-9a-f]{12,})(-dirty(?:-[0-9a-f]+)?)?$/.exec(revision) ?? [];
  return hash === '' ? revision : scheme + hash.slice(0, 12) + dirty;
}

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

const WORDS = new Intl.RelativeTimeFormat('en', { numeric: 'always' });

/** A time from now in words: `3 minutes ago`, `in 2 hours`; `now` within a second. Both in milliseconds since the epoch. */
export function fromNow(time: number, now: number): string {
  const seconds = Math.round((time - now) / 1000);
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1];
  return seconds === 0 ? 'now' : WORDS.format(Math.trunc(seconds / size), unit);
}
