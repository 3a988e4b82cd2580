/**
 * True when a target covers an object. Labels of an object without a definition are unknown: every selection by labels
 * covers it, so that no suspended object is deleted.
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
