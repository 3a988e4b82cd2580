import type { Held } from '../model/change.js';
import type { Difference, LiveObject, Marks } from '../model/kind.js';
import { areOurs } from '../model/marks.js';
import type { Desired } from '../observe/resolve.js';
import type { Takeover } from '../plan/takeover.js';

/** One object that a change is being made for, as the guards see it. */
export interface Case {
  readonly desired: Desired;
  readonly live: LiveObject | undefined;
  /** Marks on the object; undefined without any. */
  readonly marks: Marks | undefined;
  readonly workspace: string;
  /** The hold on the parent, where there is one. */
  readonly parent: { readonly key: string; readonly held: Held } | undefined;
  /** Differences by field path, those in line left out. */
  readonly differences: ReadonlyMap<string, Difference>;
  /** True where an unset secret is an error: everywhere but in a plan. */
  readonly refuseUnset: boolean;
  /** What an edit in the web app means, where there was one. */
  readonly takeover: Takeover;
  /** Why nothing but a person can tell whether the object is meant; undefined where that is clear. */
  readonly doubt: string | undefined;
  /** Who last changed the object, where that is known. */
  readonly actor: string | undefined;
}

/** A reason to leave an object alone. */
export interface Hold extends Held {
  /** True where a person may let the change go as it is. */
  readonly approvable?: true;
}

/** A reason to leave an object alone, or undefined. Pure. */
type Guard = (subject: Case) => Hold | undefined;

const suspended: Guard = ({ desired }) => {
  const reason = desired.definition.steering.suspend;
  if (reason === undefined) return undefined;
  return suspendedByDefinition(reason);
};

/** The hold on an object whose definition says `c1sync/suspend`. */
export function suspendedByDefinition(reason: string): Held {
  return {
    status: 'Suspended',
    reason: `it is suspended by its definition: ${reason}; remove c1sync/suspend from metadata.annotations to go on`,
  };
}

const parentHeld: Guard = ({ parent }) => parent && holdOfParent(parent);

/** The hold on what lives under an object that is left alone. */
export function holdOfParent({ key, held }: { readonly key: string; readonly held: Held }): Held {
  return {
    status: held.status,
    reason: `${key} is left alone, and what is under it with it: ${held.reason}`,
  };
}

const foreignOwner: Guard = ({ marks, workspace, desired }) => {
  if (marks === undefined || areOurs(marks, workspace)) return undefined;
  const owner = ownerName(marks);
  const { takeFrom } = desired.definition.steering;
  if (takeFrom === owner) return undefined;
  return {
    status: 'ForeignOwner',
    reason: `${owner} manages it as ${marks.address || 'an unnamed resource'}; take it out of there, then set metadata.annotations c1sync/take-from: "${owner}"`,
  };
};

/** How a definition names the present owner in `c1sync/take-from`. */
export function ownerName(marks: Marks): string {
  return marks.managedBy === 'c1sync' ? `c1sync/${marks.workspace}` : marks.managedBy;
}

const takenOver: Guard = ({ takeover, actor, desired }) => {
  if (takeover !== 'yield') return undefined;
  return {
    status: 'TakenOver',
    reason: `${actor ?? 'a person'} edited it in the web app, which means that it is theirs now; to have it managed again, run 'c1sync resume ${desired.definition.key}' or change its definition`,
  };
};

const unsetSecret: Guard = ({ desired, refuseUnset }) => {
  if (!refuseUnset || desired.unset.length === 0) return undefined;
  return { status: 'Failed', reason: `no value for a secret: ${desired.unset.join('; ')}; give it one` };
};

/** An approval lets the whole change go, so it has to be told everything that a person should know. */
const needsApproval: Guard = ({ doubt, differences }) => {
  const reasons = [
    ...(doubt === undefined ? [] : [doubt]),
    ...[...differences.values()].flatMap(({ hold }) => hold ?? []),
  ];
  return reasons.length === 0 ? undefined : { status: 'Held', reason: reasons.join('; '), approvable: true };
};

/** In the order in which a person would want to hear of them. */
const guards: readonly Guard[] = [suspended, parentHeld, foreignOwner, takenOver, unsetSecret, needsApproval];

/** The first hold on an object; null when nothing holds it. */
export function guard(subject: Case): Hold | null {
  for (const check of guards) {
    const held = check(subject);
    if (held !== undefined) return held;
  }
  return null;
}

/** True for holds that stand whether or not the object differs, and so pass on to what is under it. */
export function isStanding(held: Held): boolean {
  return held.status === 'Suspended' || held.status === 'ForeignOwner' || held.status === 'TakenOver';
}
