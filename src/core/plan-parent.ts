import type { Held, Standing, Status } from './change.js';
import { keyOf } from './definition.js';
import { isStanding } from './guard.js';
import { type Kind, parentRef } from './kind.js';
import { areOurs, marksOf } from './marks.js';
import { parentIdOf } from './match.js';
import type { PlanInput } from './plan.js';
import type { Outcome } from './plan-object.js';
import { recordWithId } from './record.js';
import type { Desired } from './resolve.js';

/** Where an object's parent stands: its id or, while it has none, its key; or why nothing can be done below it. */
export type Parent =
  | { readonly id?: string; readonly key?: string; readonly held?: Held }
  | { readonly status: Status; readonly reason: string };

/** The parent of an object. `outcomes` holds those of the parents that are defined here. */
export function parentOf(input: PlanInput, desired: Desired, outcomes: ReadonlyMap<string, Outcome>): Parent {
  const ref = parentRef(desired.kind, desired.definition);
  const kind = input.kinds.find(({ name }) => name === desired.kind.parent?.kind);
  if (ref === undefined || kind === undefined) return {};
  if ('id' in ref) return statedParent(input, desired, kind, ref.id);
  const key = keyOf(kind.name, ref.name);
  const id = parentIdOf(desired, input.matches);
  const outcome = outcomes.get(key);
  if (id !== undefined) {
    const held = outcome?.change?.held ?? outcome?.standing;
    return { id, key, ...(held !== undefined && isStanding(held) ? { held } : {}) };
  }
  if (outcome?.change?.action === 'create' && outcome.change.held === null) return { key };
  return {
    status: statusUnder(outcome?.standing),
    reason: `it waits for ${key}: ${outcome?.standing.reason || 'it has no valid definition'}`,
  };
}

/** What cannot be made because its parent is not there shares the parent's fate; if only for a while, it is pending. */
function statusUnder(parent: Standing | undefined): Status {
  if (parent === undefined) return 'UnresolvedReference';
  return parent.status === 'Settling' ? 'Pending' : parent.status;
}

/** A parent that is known by its id: whoever marked it decides, unless a definition of ours is about it. */
export function statedParent(input: PlanInput, desired: Desired, kind: Kind, id: string): Parent {
  const live = input.statedParents.get(id);
  const path = desired.kind.parent?.path;
  if (live === undefined) {
    const error = input.readErrors.get(id);
    return error === undefined
      ? {
          status: 'UnresolvedReference',
          reason: `the tenant has no ${kind.name} with the id ${id}; correct spec.${path}`,
        }
      : { status: 'Failed', reason: `its ${kind.name} could not be read: ${error}` };
  }
  const marks = marksOf(kind, live);
  if (marks !== undefined && !areOurs(marks, input.settings.workspace)) {
    const reason = `${marks.managedBy} manages ${kind.name} '${live.displayName}' (${id})`;
    return { id, key: `${kind.name} ${id}`, held: { status: 'ForeignOwner', reason } };
  }
  const record = recordWithId(input.records, id);
  if (record === undefined) return { id };
  const reason = input.desired.get(record.key)?.definition.steering.suspend;
  if (reason !== undefined) return { id, key: record.key, held: { status: 'Suspended', reason } };
  if (marks !== undefined || !record.marked) return { id };
  return { id, key: record.key, held: { status: 'TakenOver', reason: 'a person edited it in the web app' } };
}
