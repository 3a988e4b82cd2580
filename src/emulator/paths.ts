/**
 * The normal form of a path, to which the server redirects: without empty segments, `.` and `..`, encoded ones included,
 * and without a trailing slash.
 */
export function canonicalPath(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/').flatMap(parts)) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  const canonical = `/${kept.join('/')}`;
  return canonical === path ? path : canonical;
}

/** The segments of a decoded segment: encoded slashes divide it. */
function parts(segment: string): string[] {
  const plain = segment.replace(/%2f/gi, '/').replace(/%2e/gi, '.');
  return /^[/.]*$/.test(plain) ? plain.split('/') : [segment];
}
