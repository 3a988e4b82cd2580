import { invalid } from './errors.js';
import type { Json } from './json.js';

const DEFAULT_SIZE = 25;
const MIN_SIZE = 10;
const MAX_SIZE = 100;

/** One page of a list. `nextPageToken` is empty on the last page. */
export type Page<T> = { list: T[]; nextPageToken: string };

/** The page size for a requested size: 25 for 0 or none, otherwise between 10 and 100. */
export function pageSize(asked: Json | undefined): number {
  if (asked === undefined || asked === null || asked === '') return DEFAULT_SIZE;
  const size = Number(asked);
  if (!Number.isInteger(size)) throw invalid('invalid value for page_size: an integer expected');
  if (size === 0) return DEFAULT_SIZE;
  return Math.min(MAX_SIZE, Math.max(MIN_SIZE, size));
}

/**
 * The page of `items` for the size and the token of a call. Pages are offsets, not a snapshot: after a deletion before the
 * offset, the next page misses an item. `scope` names the list. Throws a 400 for a token of another list.
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

/** The token of `position` in the list `scope`. */
export function writeToken(position: number, scope: string): string {
  return Buffer.from(`${scope}:${position}`).toString('base64url');
}

/** The position of a token; 0 without one. Throws a 400 for a token that is not of this list. */
export function readToken(token: Json | undefined, scope: string): number {
  if (token === undefined || token === null || token === '') return 0;
  const plain = typeof token === 'string' ? Buffer.from(token, 'base64url').toString() : '';
  const digits = plain.startsWith(`${scope}:`) ? plain.slice(scope.length + 1) : '';
  if (!/^\d{1,15}$/.test(digits)) throw invalid('invalid page token');
  return Number(digits);
}
