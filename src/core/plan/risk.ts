import type { Change, Risk } from '../model/change.js';
import type { Difference, Kind } from '../model/kind.js';

/** The greatest risk of a change of an existing object; undefined for a create, whose object has no user yet. */
export function riskOf(
  kind: Kind,
  action: Change['action'],
  differences: ReadonlyMap<string, Pick<Difference, 'changes' | 'sentHash'>>,
): Risk | undefined {
  if (action === 'create') return undefined;
  if ([...differences.values()].some(({ sentHash }) => sentHash !== undefined)) return 'secrets';
  const isAccess = kind.fields.some(
    ({ path, decidesAccess }) => decidesAccess === true && (differences.get(path)?.changes.length ?? 0) > 0,
  );
  if (isAccess) return 'access';
  return action === 'adopt' ? 'adoption' : undefined;
}
