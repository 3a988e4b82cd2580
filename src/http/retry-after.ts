import type { AnswerHeaders } from './exchange.js';

/** The beginning of every form of an HTTP date. */
const DATE = /^(mon|tue|wed|thu|fri|sat|sun)/i;

/**
 * The pause that a server requests by `Retry-After`, at most `longestMs`: seconds or an HTTP date, relative to the `Date` of
 * the server if present. Undefined for any other value.
 */
export function retryAfter(headers: AnswerHeaders, now: number, longestMs: number): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Math.min(longestMs, Math.ceil(Number(value) * 1000));
  const until = DATE.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(until)) return undefined;
  const serverNow = Date.parse(headers.get('date') ?? '');
  return Math.min(longestMs, Math.max(0, until - (Number.isNaN(serverNow) ? now : serverNow)));
}
