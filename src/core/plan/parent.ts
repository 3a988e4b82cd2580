import { isStanding, ownerName, suspendedByDefinition } from '../guard/guard.js';
import type { Held, Standing, Status } from '../model/change.js';
import { keyOf } from '../model/definition.js';
import { type Kind, type LiveObject, parentRef } from '../model/kind.js';
import { areOurs, marksOf } from '../model/marks.js';
import { recordWithId } from '../model/record.js';
import { parentIdOf } from '../observe/matching.js';
import type { Desired } from '../observe/resolve.js';
import { isApproved } from '../state/decision-store.js';
import type { Outcome, PlanInput } from './input.js';

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
  const action = outcome?.change?.action;
  if ((action === 'create' || action === 'adopt') && !input.selects(key)) {
    const done = action === 'create' ? 'created' : 'adopted';
    return { status: 'Pending', reason: `it waits until ${key} is ${done}; name it, too, to have both done` };
  }
  if (id !== undefined) {
    const held = outcome?.change?.held ?? outcome?.standing;
    const isPassedOn = held !== undefined && (isStanding(held) || isHeldAdoption(input, outcome));
    if (outcome?.isUnmanaged === true && !isPassedOn) return waitsFor(key, outcome);
    return { id, key, ...(isPassedOn ? { held } : {}) };
  }
  if (action === 'create' && outcome?.change?.held === null) return { key };
  return waitsFor(key, outcome);
}

function waitsFor(key: string, outcome: Outcome | undefined): Parent {
  return {
    status: statusUnder(outcome?.standing),
    reason: `it waits for ${key}: ${outcome?.standing.reason || 'it has no valid definition; correct it'}`,
  };
}

/** Nothing is done under an object that is not managed yet because its adoption is held. */
function isHeldAdoption({ records }: PlanInput, outcome: Outcome | undefined): boolean {
  const change = outcome?.change;
  if (change?.action !== 'adopt' || change.held === null) return false;
  return change.held.approval === undefined || !isApproved(records, change.hash);
}

/** What cannot be made because its parent is not there shares the parent's fate; if only for a while, it is pending. */
function statusUnder(parent: Standing | undefined): Status {
  if (parent === undefined) return 'UnresolvedReference';
  return parent.status === 'Settling' ? 'Pending' : parent.status;
}

/** Why nothing is done to an object whose read failed, with the error message. */
export function unreadReason(reason: string): string {
  return `it could not be read: ${reason}; nothing is done until it can be`;
}

/** A parent that is known by its id: whoever marked it decides, unless a definition of ours is about it. */
function statedParent(input: PlanInput, desired: Desired, kind: Kind, id: string): Parent {
  const live = input.statedParents.get(id);
  const path = desired.kind.parent?.path;
  if (live === undefined) {
    const error = input.readErrors.get(id);
    return error === undefined
      ? {
          status: 'UnresolvedReference',
          reason: `the tenant has no ${kind.name} with the id ${id}; correct spec.${path}`,
        }
      : {
          status: 'Failed',
          reason: `its ${kind.name} could not be read: ${error}; nothing is done until it can be`,
        };
  }
  return { id, ...standingHold(input, kind, live) };
}

/** What holds everything under an object, as far as the object itself and what is remembered of it tell. */
export function standingHold(
  input: Pick<PlanInput, 'records' | 'desired' | 'settings'>,
  kind: Kind,
  live: LiveObject,
): { readonly key: string; readonly held: Held } | undefined {
  const { id, displayName } = live;
  const marks = marksOf(kind, live);
  if (marks !== undefined && !areOurs(marks, input.settings.workspace)) {
    const owner = ownerName(marks);
    const reason = `${owner} manages it; take it out of there, or give it a definition with metadata.id: ${id} and metadata.annotations c1sync/take-from: "${owner}"`;
    return { key: `${kind.name} '${displayName}' (${id})`, held: { status: 'ForeignOwner', reason } };
  }
  const record = recordWithId(input.records, id);
  if (record === undefined) return undefined;
  const reason = input.desired.get(record.key)?.definition.steering.suspend;
  if (reason !== undefined) return { key: record.key, held: suspendedByDefinition(reason) };
  if (marks !== undefined || !record.marked) return undefined;
  const held: Held = {
    status: 'TakenOver',
    reason: `a person edited it in the web app; run 'c1sync resume ${record.key}' to have it managed again`,
  };
  return { key: record.key, held };
}
