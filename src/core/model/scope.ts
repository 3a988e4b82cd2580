/** The scope of a sweep: everything, or these keys (and the parents they need). */
export type SweepScope = 'all' | ReadonlySet<string>;

/** True for a key in a scope. */
export function inScope(scope: SweepScope, key: string): boolean {
  return scope === 'all' || scope.has(key);
}
