import type { Held } from '../model/change.js';
import type { Difference, LiveObject, Marks } from '../model/kind.js';
import { areOurs, marksOf } from '../model/marks.js';
import type { ObjectRecord } from '../model/record.js';
import { standingOf } from '../model/standing.js';
import type { Desired } from '../observe/resolve.js';
import type { PlanInput } from './input.js';
import type { Facts, ParentFacts, Proposal } from './proposal.js';
import { type Takeover, takeoverOf } from './takeover.js';

/** One definition that is being planned. */
export interface Subject {
  readonly input: PlanInput;
  readonly desired: Desired;
  readonly parent: ParentFacts | undefined;
}

/** A proposal without facts and a change: only the parent may change its status. */
export function proposalWith(
  { input, desired, parent }: Subject,
  held: Held,
  live?: LiveObject,
  unverified = false,
): Pick<Proposal, 'key' | 'parent' | 'standing'> {
  const { key, position } = desired.definition;
  const isMarked = live && areOurs(marksOf(desired.kind, live), input.settings.workspace);
  const more = { position, id: live?.id, unverified, facts: live?.facts ?? {}, isMarked };
  return { key, parent, standing: standingOf(key, held, more) };
}

/** The facts about an object of a definition; `more`: those that differ from an object at rest. */
export function factsOf(
  { input, desired }: Subject,
  live: LiveObject | undefined,
  more: Partial<Facts>,
): Facts {
  const { key, steering } = desired.definition;
  return {
    key,
    live,
    marks: live && marksOf(desired.kind, live),
    takeover: 'none',
    actor: input.actorOf(key),
    takeFrom: steering.takeFrom,
    suspend: steering.suspend,
    conflict: undefined,
    unset: desired.unset,
    immutable: undefined,
    doubts: [],
    deletion: undefined,
    ...more,
  };
}

/** The effect of a web edit on a live object now. */
export function takeoverNow(
  { input, desired }: Subject,
  live: LiveObject,
  record: ObjectRecord | undefined,
): Takeover {
  const marks = marksOf(desired.kind, live);
  return takeoverOf({ desired, record, marks, mode: input.settings.onTakeover, now: input.now });
}

/** The marks that an object of this key carries when it is ours. */
export function ourMarks({ settings }: PlanInput, key: string): Marks {
  return { managedBy: 'c1sync', workspace: settings.workspace, address: key };
}

/** The differences that only a person can decide. */
export function doubtsIn(active: ReadonlyMap<string, Difference>): readonly string[] {
  return [...active.values()].flatMap(({ hold }) => hold ?? []);
}

/** Why nothing can be done to an object whose read failed, with the error message. */
export function unreadReason(reason: string): string {
  return `it could not be read: ${reason}; no change until a read succeeds`;
}

/** The reason of an invalid document: the problem and the remedy. */
export function invalidReason(problem: string): string {
  const what = problem === '' ? 'its document is not valid' : problem.replace(/\.$/, '');
  return `${what}; correct the file`;
}
