/**
 * True when a target takes in an object. Labels of an object without a definition are not known any more: whatever
 * selects by labels takes it in, so that nothing is deleted that somebody suspended.
 */
export function covers(
  target: string,
  key: string,
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  if (target === '*' || target === key) return true;
  if (!target.includes('=')) return false;
  if (labels === undefined) return true;
  return target.split(',').every((part) => {
    const at = part.indexOf('=');
    const name = part.slice(0, at).trim();
    return Object.hasOwn(labels, name) && labels[name] === part.slice(at + 1).trim();
  });
}
