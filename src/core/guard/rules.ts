import type { Held, Standing, Status } from '../model/change.js';
import type { Marks } from '../model/kind.js';
import { areOurs } from '../model/marks.js';
import type { Facts, ParentFacts, Proposal } from '../plan/proposal.js';
import type { Takeover } from '../plan/takeover.js';

/** A reason to leave an object alone. */
export interface Hold extends Held {
  /** True where a person may let the change go as it is. */
  readonly approvable?: true;
}

/** What was decided on one object. */
export interface Decision {
  readonly proposal: Proposal;
  readonly hold: Hold | null;
  /** Where the object stands; that of the hold where there is one. */
  readonly standing: Standing;
  /** False where nothing is done because of what the object lives under, or because it could not be compared. */
  readonly isPlanned: boolean;
}

/** What the rules look at beside one object. */
export interface RuleContext {
  readonly workspace: string;
  /** True where an unset secret is an error: everywhere but in a plan. */
  readonly refuseUnset: boolean;
  /** What was decided before: on parents, and on what lives under an orphan. */
  readonly decisions: ReadonlyMap<string, Decision>;
  /** Ids of orphans that nothing keeps from being deleted. */
  readonly leaving: ReadonlySet<string>;
  /** True for objects that the plan is about. */
  readonly selects: (key: string) => boolean;
  /** True for the hash of a change that a person approved. */
  readonly isApproved: (hash: string) => boolean;
}

/** A reason to leave an object alone, or undefined. Pure. */
type Rule = (subject: Subject, context: RuleContext) => Hold | undefined;

/** What a rule is asked about. */
export interface Subject {
  readonly facts: Facts;
  readonly parent: ParentFacts | undefined;
}

/** Whose an object is, as its marks and its record tell. */
type Ownership =
  | { readonly type: 'free' }
  /** Another tool, or another workspace, manages it. `owner`: its name for `c1sync/take-from`. */
  | { readonly type: 'foreign'; readonly owner: string; readonly address: string }
  /** A person took it over with an edit in the web app. */
  | { readonly type: 'takenOver' };

/** Whose an object is: the one answer for definitions, orphans, and what either lives under. Pure. */
export function ownership(
  marks: Marks | undefined,
  takeover: Takeover,
  { workspace, takeFrom }: { readonly workspace: string; readonly takeFrom?: string | undefined },
): Ownership {
  if (marks !== undefined && !areOurs(marks, workspace)) {
    const owner = marks.managedBy === 'c1sync' ? `c1sync/${marks.workspace}` : marks.managedBy;
    if (owner !== takeFrom) return { type: 'foreign', owner, address: marks.address };
  }
  return takeover === 'yield' ? { type: 'takenOver' } : { type: 'free' };
}

const inConflict: Rule = ({ facts }) => facts.conflict;

const suspended: Rule = ({ facts: { suspend } }) =>
  suspend === undefined ? undefined : suspendedByDefinition(suspend);

function suspendedByDefinition(reason: string): Held {
  return {
    status: 'Suspended',
    reason: `it is suspended by its definition: ${reason}; remove c1sync/suspend from metadata.annotations to go on`,
  };
}

/** What lives under an object that is left alone is left alone with it. */
const parentHeld: Rule = ({ parent }, context) => {
  const fate = fateOf(parent, context);
  if (!('held' in fate)) return undefined;
  return {
    status: fate.held.status,
    reason: `${fate.whose} is left alone, and what is under it with it: ${fate.held.reason}`,
  };
};

const foreignOwner: Rule = ({ facts }, { workspace }) => {
  const { key, marks, takeover, takeFrom, deletion } = facts;
  const whose = ownership(marks, takeover, { workspace, takeFrom });
  if (whose.type !== 'foreign') return undefined;
  const { owner, address } = whose;
  const reason =
    deletion === undefined
      ? `${owner} manages it as ${address || 'an unnamed resource'}; take it out of there, then set metadata.annotations c1sync/take-from: "${owner}"`
      : `${owner} manages it now; run 'c1sync state forget ${key}' to let go of it`;
  return { status: 'ForeignOwner', reason };
};

const takenOver: Rule = ({ facts }, { workspace }) => {
  const { key, marks, takeover, takeFrom, actor, deletion } = facts;
  if (ownership(marks, takeover, { workspace, takeFrom }).type !== 'takenOver') return undefined;
  const reason =
    deletion === undefined
      ? `${actor ?? 'a person'} edited it in the web app, which means that it is theirs now; to have it managed again, run 'c1sync resume ${key}' or change its definition`
      : `a person edited it in the web app, so it is not deleted; delete it there, or run 'c1sync state forget ${key}' to let go of it`;
  return { status: 'TakenOver', reason };
};

const unsetSecret: Rule = ({ facts: { unset } }, { refuseUnset }) => {
  if (!refuseUnset || unset.length === 0) return undefined;
  return { status: 'Failed', reason: `no value for a secret: ${unset.join('; ')}; give it one` };
};

const immutableField: Rule = ({ facts: { immutable } }) =>
  immutable === undefined ? undefined : { status: 'Held', reason: immutable };

/** Nothing is deleted that another definition claims or refers to. */
const claimed: Rule = ({ facts: { deletion } }) =>
  deletion?.claim === undefined ? undefined : { status: 'Held', reason: deletion.claim };

const keptByKind: Rule = ({ facts: { deletion } }) =>
  deletion?.kept === undefined ? undefined : { status: 'Held', reason: deletion.kept };

/** Deleting an object deletes what is under it: only what is deleted anyway may be there. */
const stillHolds: Rule = ({ facts: { deletion } }, { leaving }) => {
  const staying = deletion?.children.filter(({ id }) => !leaving.has(id)) ?? [];
  if (staying.length === 0) return undefined;
  const names = staying.map(({ displayName }) => `'${displayName}'`).join(', ');
  return { status: 'Held', reason: `it still holds ${names}; delete or move what is under it first` };
};

const unremembered: Rule = ({ facts: { deletion } }) =>
  deletion === undefined || deletion.isRemembered
    ? undefined
    : {
        status: 'Held',
        reason:
          'no record says where its last definition was: the records were lost, or an earlier version wrote them; put the definition back for one load, or delete it by hand',
        approvable: true,
      };

/** An approval lets the whole change go, so it has to be told everything that a person should know. */
const needsApproval: Rule = ({ facts: { doubts } }) =>
  doubts.length === 0 ? undefined : { status: 'Held', reason: doubts.join('; '), approvable: true };

/**
 * The rules about an object itself, in the order in which a person would want to hear of them. Those about the moment
 * (suspensions by command, freeze windows, limits) follow: see `holdPlan`.
 */
const RULES: readonly Rule[] = [
  inConflict,
  suspended,
  parentHeld,
  foreignOwner,
  takenOver,
  unsetSecret,
  immutableField,
  claimed,
  keptByKind,
  stillHolds,
  unremembered,
  needsApproval,
];

/** The first hold on an object; null when nothing holds it. */
export function holdOn(subject: Subject, context: RuleContext): Hold | null {
  for (const rule of RULES) {
    const hold = rule(subject, context);
    if (hold !== undefined) return hold;
  }
  return null;
}

/** True for holds that stand whether or not the object differs, and so pass on to what is under it. */
export function isStanding({ status }: Pick<Held, 'status'>): boolean {
  return status === 'Suspended' || status === 'ForeignOwner' || status === 'TakenOver';
}

/** Why an object waits for what its fields refer to; undefined where all of that is there, or created first. Pure. */
export function unmetReference({ awaits = [] }: Proposal, context: RuleContext): Held | undefined {
  for (const key of awaits) {
    const fate = definedFate({ type: 'defined', key, id: undefined }, context);
    if ('waits' in fate) return fate.waits;
  }
  return undefined;
}

/** What becomes of an object by what it lives under: it waits with that, shares its hold, or is free of it. */
export type Fate =
  | { readonly waits: Held }
  | { readonly whose: string; readonly held: Held }
  | Record<string, never>;

/** What an object's parent means for it. Pure. */
export function fateOf(parent: ParentFacts | undefined, context: RuleContext): Fate {
  if (parent === undefined) return {};
  return parent.type === 'stated' ? statedFate(parent, context) : definedFate(parent, context);
}

function definedFate(
  { key, id }: Extract<ParentFacts, { type: 'defined' }>,
  { decisions, selects, isApproved }: RuleContext,
): Fate {
  const decision = decisions.get(key);
  const change = decision?.isPlanned === true ? decision.proposal.change : undefined;
  const action = change?.action;
  if ((action === 'create' || action === 'adopt') && !selects(key)) {
    const done = action === 'create' ? 'created' : 'adopted';
    return waits('Pending', `it waits until ${key} is ${done}; name it, too, to have both done`);
  }
  if (id === undefined)
    return action === 'create' && decision?.hold === null ? {} : waitsFor(key, decision?.standing);
  // Nothing is done under an object that is not managed yet because its adoption is held.
  const isHeldAdoption =
    action === 'adopt' &&
    decision?.hold != null &&
    !(decision.hold.approvable === true && isApproved(change?.hash ?? ''));
  const held = change === undefined ? decision?.standing : (decision?.hold ?? decision?.standing);
  if (held !== undefined && (isStanding(held) || isHeldAdoption)) return { whose: key, held };
  const isUnmanaged = decision?.isPlanned === false && decision.proposal.change?.action === 'adopt';
  return isUnmanaged || decision?.proposal.isUnmanaged === true ? waitsFor(key, decision.standing) : {};
}

function waitsFor(key: string, parent: Standing | undefined): Fate {
  return waits(
    statusUnder(parent),
    `it waits for ${key}: ${parent?.reason || 'it has no valid definition; correct it'}`,
  );
}

function waits(status: Status, reason: string): Fate {
  return { waits: { status, reason } };
}

/** What cannot be made because its parent is not there shares the parent's fate; if only for a while, it is pending. */
function statusUnder(parent: Standing | undefined): Status {
  if (parent === undefined) return 'UnresolvedReference';
  return parent.status === 'Settling' ? 'Pending' : parent.status;
}

/** A parent that is known by its id: whoever marked it decides, unless a definition of ours is about it. */
function statedFate(parent: Extract<ParentFacts, { type: 'stated' }>, { workspace }: RuleContext): Fate {
  const { kind, id, live, error, path, record, suspend, marks, takeover } = parent;
  if (live === undefined) {
    return error === undefined
      ? waits('UnresolvedReference', `the tenant has no ${kind.name} with the id ${id}; correct spec.${path}`)
      : waits('Failed', `its ${kind.name} could not be read: ${error}; nothing is done until it can be`);
  }
  const whose = ownership(marks, takeover, { workspace });
  if (whose.type === 'foreign') {
    const reason = `${whose.owner} manages it; take it out of there, or give it a definition with metadata.id: ${id} and metadata.annotations c1sync/take-from: "${whose.owner}"`;
    return { whose: `${kind.name} '${live.displayName}' (${id})`, held: { status: 'ForeignOwner', reason } };
  }
  if (record === undefined) return {};
  if (suspend !== undefined) return { whose: record.key, held: suspendedByDefinition(suspend) };
  if (whose.type !== 'takenOver') return {};
  const reason = `a person edited it in the web app; run 'c1sync resume ${record.key}' to have it managed again`;
  return { whose: record.key, held: { status: 'TakenOver', reason } };
}
