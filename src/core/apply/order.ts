import type { Change, Delete } from '../model/change.js';
import { type Kind, mayReferTo } from '../model/kind.js';
import { referredKeys } from '../observe/resolve.js';
import type { Planned } from '../plan/input.js';

/** Keys of the objects that must exist before a change. */
export function awaitedKeys(change: Change): readonly string[] {
  const { awaits = [] } = change;
  const isUnder = change.action === 'create' && change.parent !== undefined && 'key' in change.parent;
  return isUnder ? [change.parent.key, ...awaits] : awaits;
}

/**
 * Keys of the changes of a plan that must end before one of them: of its references and of a rename that frees its key; for
 * a deletion, of all that may refer to the object.
 */
export function keysBefore(
  change: Change,
  { plan, observation }: Planned,
  kindNamed: (name: string) => Kind | undefined,
): readonly string[] {
  if (change.action === 'delete')
    return plan.changes.filter((other) => endsBefore(other, change, kindNamed)).map(({ key }) => key);
  const desired = observation.desired.get(change.key);
  const parentId = knownParentId(change);
  return plan.changes
    .filter(
      (other) =>
        ('renamedFrom' in other && other.renamedFrom === change.key) ||
        (other.action !== 'create' && other.id === parentId),
    )
    .map(({ key }) => key)
    .concat(desired === undefined ? [] : referredKeys(desired));
}

/** True for a change that must end before the deletion of an object. */
function endsBefore(
  other: Change,
  { kind, id }: Delete,
  kindNamed: (name: string) => Kind | undefined,
): boolean {
  if (other.action === 'delete' && other.parentId === id) return true;
  const [referring, referred] = [kindNamed(other.kind), kindNamed(kind)];
  if (referring === undefined || referred === undefined || referring.parent?.kind === kind) return false;
  return mayReferTo(referring, referred);
}

/** The id of the parent of a change's object; undefined without a known one. */
export function knownParentId(change: Change): string | undefined {
  if (change.action !== 'create') return change.parentId;
  return change.parent !== undefined && 'id' in change.parent ? change.parent.id : undefined;
}
