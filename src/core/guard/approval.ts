import type { Change, Plan, Status } from '../model/change.js';
import type { Approval } from '../model/decision.js';

/**
 * True when an approval releases a change. A hold on the object alone is released by the approval that showed it; one
 * that came up later needs an approval of its own. A hold without an approval stays.
 */
export function releases(approval: Approval | undefined, { key, hash, held }: Change): boolean {
  if (approval === undefined || approval.hash !== hash) return false;
  if (held === null) return true;
  return held.approval !== undefined && (approval.group === undefined || approval.group === key);
}

/** Statuses that leave the next change of an object open. */
const UNDECIDED: ReadonlySet<Status> = new Set([
  'Failed',
  'Invalid',
  'UnresolvedReference',
  'Suspended',
  'Pending',
  'Settling',
]);

/** Approvals whose change is another one by a plan, or none at all. `isWhole`: the plan is about every object. */
export function lapsed(
  approvals: Iterable<Approval>,
  { changes, standings }: Pick<Plan, 'changes' | 'standings'>,
  isWhole: boolean,
): readonly Approval[] {
  const planned = new Map(changes.map(({ key, hash }) => [key, hash]));
  const statuses = new Map(standings.map(({ key, status }) => [key, status]));
  return [...approvals].filter(({ key, hash }) => {
    const present = planned.get(key);
    if (present !== undefined) return present !== hash;
    const status = statuses.get(key);
    return status === undefined ? isWhole : !UNDECIDED.has(status);
  });
}
