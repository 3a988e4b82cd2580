/**
 * The path a request is sent on to when it is not in order: without empty segments, `.` and `..`, encoded ones included, and
 * without a slash at the end. A path in order comes back as it is.
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

/** A segment as the router would see it: one that decodes to slashes and dots falls apart into them. */
function parts(segment: string): string[] {
  const plain = segment.replace(/%2f/gi, '/').replace(/%2e/gi, '.');
  return /^[/.]*$/.test(plain) ? plain.split('/') : [segment];
}
