import { distance } from 'fastest-levenshtein';

/** The case-insensitive match of the API's `displayName` filters; an empty filter matches everything. */
export function matches(wanted: string, name: string): boolean {
  return wanted === '' || name.toLowerCase() === wanted.toLowerCase();
}

/**
 * The fuzzy search of the API's `query` filters: each term of the query is in one of the texts or similar to one of their
 * terms. An empty query matches everything.
 */
export function similar(query: string, ...texts: readonly string[]): boolean {
  const everything = texts.join(' ').toLowerCase();
  const words = everything.split(/[^a-z0-9]+/);
  return query
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .every(
      (term) => everything.includes(term) || words.some((word) => distance(term, word) * 4 <= term.length),
    );
}
