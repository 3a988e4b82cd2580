import { isObject } from '../text/shape.js';
import { ApiError } from './errors.js';
import type { JsonObject } from './json.js';

/** The largest number of pages: a million items. */
const MOST_PAGES = 10_000;
/** The largest list, MiB of JSON: a hundred thousand users with long profiles have less. */
const MOST_MIB = 256;

/**
 * Reads all pages up to the one without `nextPageToken` and returns all items of `list`. A page may be short or empty, and
 * `list` may be missing or null. Throws when a page fails or is invalid, and when the pages do not end or exceed the size
 * limit: a result is always complete.
 */
export async function allPages(
  call: { readonly method: string; readonly path: string },
  page: (token: string | undefined) => Promise<JsonObject>,
): Promise<JsonObject[]> {
  const items: JsonObject[] = [];
  const seen = new Set<string>();
  let token: string | undefined;
  let size = 0;
  do {
    const answer = await page(token);
    size += JSON.stringify(answer).length;
    if (size > MOST_MIB * 1024 * 1024) throw bad(call, `gave a list of more than ${MOST_MIB} MiB`);
    for (const item of listOf(call, answer)) items.push(item);
    token = nextToken(call, answer);
    if (token !== undefined && seen.has(token)) {
      throw bad(call, 'repeated a page token, so that the list would never end');
    }
    if (seen.size >= MOST_PAGES) throw bad(call, `gave more than ${MOST_PAGES} pages`);
    if (token !== undefined) seen.add(token);
  } while (token !== undefined);
  return items;
}

function listOf(call: { readonly method: string; readonly path: string }, answer: JsonObject): JsonObject[] {
  const list = answer.list ?? [];
  if (!Array.isArray(list)) throw bad(call, 'answered with a "list" that is no list');
  return list.map((item: unknown) => {
    if (!isObject(item)) throw bad(call, 'answered with a list item that is no object');
    return item;
  });
}

function nextToken(
  call: { readonly method: string; readonly path: string },
  answer: JsonObject,
): string | undefined {
  const token = answer.nextPageToken ?? '';
  if (typeof token !== 'string') throw bad(call, 'answered with a "nextPageToken" that is no text');
  return token === '' ? undefined : token;
}

function bad(call: { readonly method: string; readonly path: string }, what: string): ApiError {
  return new ApiError(`${call.method} ${call.path} ${what}`, call, { effect: 'none' });
}
