import { invalid } from './errors.js';
import type { Json } from './json.js';

const DEFAULT_SIZE = 25;
const MIN_SIZE = 10;
const MAX_SIZE = 100;

/** One page of a list. `nextPageToken` is empty on the last one. */
export type Page<T> = { list: T[]; nextPageToken: string };

/** The size the server uses for the one asked for: 0 or none is 25, everything else lies within 10 and 100. */
export function pageSize(asked: Json | undefined): number {
  if (asked === undefined || asked === null || asked === '') return DEFAULT_SIZE;
  const size = Number(asked);
  if (!Number.isInteger(size)) throw invalid('invalid value for page_size: an integer expected');
  if (size === 0) return DEFAULT_SIZE;
  return Math.min(MAX_SIZE, Math.max(MIN_SIZE, size));
}

/**
 * A page of `items` by offset, of the raw size and behind the raw token that a call sent. A list is no snapshot: what is deleted in front of the offset between two pages makes a
 * later item be missed. `scope` names the list; a token of another list is refused with a 400.
 */
export function pageOf<T>(
  items: readonly T[],
  size: Json | undefined,
  token: Json | undefined,
  scope: string,
): Page<T> {
  const start = readToken(token, scope);
  const end = start + pageSize(size);
  return {
    list: items.slice(start, end),
    nextPageToken: end < items.length ? writeToken(end, scope) : '',
  };
}

/** A token that stands for `position` in the list `scope`. */
export function writeToken(position: number, scope: string): string {
  return Buffer.from(`${scope}:${position}`).toString('base64url');
}

/** The position a token stands for, 0 without one. Throws a 400 for anything this list did not hand out. */
export function readToken(token: Json | undefined, scope: string): number {
  if (token === undefined || token === null || token === '') return 0;
  const plain = typeof token === 'string' ? Buffer.from(token, 'base64url').toString() : '';
  const digits = plain.startsWith(`${scope}:`) ? plain.slice(scope.length + 1) : '';
  if (!/^\d{1,15}$/.test(digits)) throw invalid('invalid page token');
  return Number(digits);
}
