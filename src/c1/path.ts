import { TerminalError } from '../core/model/errors.js';

/**
 * Builds an API path, as in `` apiPath`/api/v1/apps/${id}` ``. Each value becomes exactly one encoded segment.
 * Throws a TerminalError for an empty value, `.` or `..`: the API answers an empty segment with a redirect to the
 * collection, so that reading one object would turn into listing all of them.
 */
export function apiPath(strings: TemplateStringsArray, ...segments: string[]): string {
  return strings.reduce((path, text, index) => path + encodeSegment(segments[index - 1] ?? '', path) + text);
}

function encodeSegment(segment: string, before: string): string {
  if (segment === '' || segment === '.' || segment === '..') {
    throw new TerminalError(`the path ${before}… needs an id, and "${segment}" is none`);
  }
  return encodeURIComponent(segment);
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
