/** How every form of an HTTP date begins. */
const DATE = /^(mon|tue|wed|thu|fri|sat|sun)/i;

/**
 * How long the server asks to wait, `longestMs` at most: `Retry-After` in seconds or as an HTTP date, the latter measured
 * against the server's own clock when it shows it. Undefined for any other value.
 */
export function retryAfter(headers: Headers, now: number, longestMs: number): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Math.min(longestMs, Math.ceil(Number(value) * 1000));
  const until = DATE.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(until)) return undefined;
  const serverNow = Date.parse(headers.get('date') ?? '');
  return Math.min(longestMs, Math.max(0, until - (Number.isNaN(serverNow) ? now : serverNow)));
}
