import { TerminalError } from '../core/model/errors.js';

/**
 * The path of a route such as `/api/v1/apps/{id}`: each id in braces becomes exactly one encoded segment.
 * Throws a TerminalError for an id that is missing, empty, `.` or `..`: the API answers an empty segment with a redirect
 * to the collection, so that reading one object would turn into listing all of them.
 */
export function apiPath(route: string, ids: Readonly<Record<string, string | undefined>> = {}): string {
  return route.replace(/\{(\w+)\}/g, (_, name: string, at: number) => {
    const segment = ids[name] ?? '';
    if (segment === '' || segment === '.' || segment === '..') {
      throw new TerminalError(`the path ${route.slice(0, at)}… needs an id, and "${segment}" is none`);
    }
    return encodeURIComponent(segment);
  });
}

/** Throws a TerminalError unless `path` is a plain absolute path: no empty or dot segment, no query, no host. */
export function checkPath(path: string): void {
  const plain = /^(\/[^/?#\\\s]+)+$/.test(path);
  if (!plain || path.split('/').some((segment) => /^(\.|%2e){1,2}$/i.test(segment))) {
    throw new TerminalError(
      `"${path}" is not a path of the API: it must be absolute, without empty or dot segments`,
    );
  }
}
