import type { Held, Standing, Status } from '../model/change.js';
import type { Marks } from '../model/kind.js';
import { areOurs } from '../model/marks.js';
import { commandFor, type Reason, type Remedy, releaseReason } from '../model/remedy.js';
import type { Facts, ParentFacts, Proposal } from '../plan/proposal.js';
import type { Takeover } from '../plan/takeover.js';

/** A reason to leave an object alone. */
export interface Hold extends Held {
  /** True where a person may approve the change as it is. */
  readonly approvable?: true;
}

/** The decision of the rules on one object. */
export interface Decision {
  readonly proposal: Proposal;
  readonly hold: Hold | null;
  /** The status of the object; that of the hold where there is one. */
  readonly standing: Standing;
  /** False where the parent prevents every change, or the object could not be compared. */
  readonly isPlanned: boolean;
}

/** The input of the rules beside one object. */
export interface RuleContext {
  readonly workspace: string;
  /** True where an unset secret is an error: everywhere but in a plan. */
  readonly refuseUnset: boolean;
  /** Earlier decisions: on parents, and on the children of an orphan. */
  readonly decisions: ReadonlyMap<string, Decision>;
  /** Ids of orphans whose deletion no rule holds. */
  readonly leaving: ReadonlySet<string>;
  /** True for objects that the plan is about. */
  readonly selects: (key: string) => boolean;
  /** True for the hash of a change that a person approved. */
  readonly isApproved: (hash: string) => boolean;
}

/** A reason to leave an object alone, or undefined. Pure. */
type Rule = (subject: Subject, context: RuleContext) => Hold | undefined;

/** The object that a rule judges. */
export interface Subject {
  readonly facts: Facts;
  readonly parent: ParentFacts | undefined;
}

/** The owner of an object, by its marks and its record. */
type Ownership =
  | { readonly type: 'free' }
  /** Another tool, or another workspace, manages it. `owner`: its name for `c1sync/take-from`. */
  | { readonly type: 'foreign'; readonly owner: string; readonly address: string }
  /** A person took it over with an edit in the web app. */
  | { readonly type: 'takenOver' };

/** The owner of an object: one answer for definitions, orphans and their parents. Pure. */
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
    reason: `it is suspended by its definition: ${reason}; remove c1sync/suspend from metadata.annotations to resume it`,
  };
}

/** A child shares the standing hold of its parent. */
const parentHeld: Rule = ({ parent }, context) => {
  const fate = fateOf(parent, context);
  if (!('held' in fate)) return undefined;
  const { status, reason, remedies } = fate.held;
  return { status, reason: `${fate.whose} is held with everything under it: ${reason}`, remedies };
};

const foreignOwner: Rule = ({ facts }, { workspace }) => {
  const { key, marks, takeover, takeFrom, deletion } = facts;
  const whose = ownership(marks, takeover, { workspace, takeFrom });
  if (whose.type !== 'foreign') return undefined;
  const { owner, address } = whose;
  if (deletion !== undefined)
    return { status: 'ForeignOwner', ...releaseReason(`${owner} manages it now; `, key) };
  return {
    status: 'ForeignOwner',
    reason: `${owner} manages it as ${address || 'an unnamed resource'}; remove it from ${owner} without deleting it, then set metadata.annotations c1sync/take-from: "${owner}"`,
  };
};

const takenOver: Rule = ({ facts }, { workspace }) => {
  const { key, marks, takeover, takeFrom, actor, deletion } = facts;
  if (ownership(marks, takeover, { workspace, takeFrom }).type !== 'takenOver') return undefined;
  if (deletion === undefined) return { status: 'TakenOver', ...takenOverReason(key, actor) };
  const fact =
    'a person took it over with an edit in the web app, so it is not deleted; delete it there, or ';
  return { status: 'TakenOver', ...releaseReason(fact, key) };
};

function takenOverReason(key: string, actor = 'a person'): Reason {
  const reclaim: Remedy = { type: 'reclaim', key };
  const reason = `${actor} took it over with an edit in the web app; ${commandFor(reclaim)}, or change its definition`;
  return { reason, remedies: [reclaim] };
}

const unsetSecret: Rule = ({ facts: { unset } }, { refuseUnset }) => {
  if (!refuseUnset || unset.length === 0) return undefined;
  return { status: 'Failed', reason: `a secret has no value: ${unset.join('; ')}; set it` };
};

const immutableField: Rule = ({ facts: { immutable } }) =>
  immutable === undefined ? undefined : { status: 'Held', reason: immutable };

/** An object that another definition claims or refers to is not deleted. */
const claimed: Rule = ({ facts: { deletion } }) =>
  deletion?.claim === undefined ? undefined : { status: 'Held', ...deletion.claim };

const keptByKind: Rule = ({ facts: { deletion } }) =>
  deletion?.kept === undefined ? undefined : { status: 'Held', reason: deletion.kept };

/** Deleting an object deletes its children: each of them has to be pruned as well. */
const stillHolds: Rule = ({ facts: { deletion } }, { leaving }) => {
  const staying = deletion?.children.filter(({ id }) => !leaving.has(id)) ?? [];
  if (staying.length === 0) return undefined;
  const names = staying.map(({ displayName }) => `'${displayName}'`).join(', ');
  return { status: 'Held', reason: `it still contains ${names}; delete or move them first` };
};

const unremembered: Rule = ({ facts: { deletion } }) =>
  deletion === undefined || deletion.isRemembered
    ? undefined
    : {
        status: 'Held',
        reason:
          'its record names no source: the records were lost, or an earlier version wrote them; restore its definition for one load, or delete it in the tenant',
        approvable: true,
      };

/** An approval releases the whole change, so its reason names every doubt. */
const needsApproval: Rule = ({ facts: { doubts } }) =>
  doubts.length === 0 ? undefined : { status: 'Held', reason: doubts.join('; '), approvable: true };

/**
 * The rules about an object itself, in the order of their importance to a person. Those about the moment
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

/** True for holds that stand whether or not the object differs, and so pass on to its children. */
export function isStanding({ status }: Pick<Held, 'status'>): boolean {
  return status === 'Suspended' || status === 'ForeignOwner' || status === 'TakenOver';
}

/** Why an object waits for its references; undefined where all of them exist, or are created first. Pure. */
export function unmetReference({ awaits = [] }: Proposal, context: RuleContext): Held | undefined {
  for (const key of awaits) {
    const fate = definedFate({ type: 'defined', key, id: undefined }, context);
    if ('waits' in fate) return fate.waits;
  }
  return undefined;
}

/** The effect of a parent on an object: the object waits with it, shares its hold, or is free. */
export type Fate =
  | { readonly waits: Held }
  | { readonly whose: string; readonly held: Held }
  | Record<string, never>;

/** The effect of the parent on an object. Pure. */
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
    return waits('Pending', `it waits until ${key} is ${done}; add ${key} to the targets`);
  }
  if (id === undefined)
    return action === 'create' && decision?.hold === null ? {} : waitsFor(key, decision?.standing);
  // A held adoption holds the children: their parent is not managed yet.
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
  const { waits: held } = waits(
    statusUnder(parent),
    `it waits for ${key}: ${parent?.reason || 'it has no valid definition; correct it'}`,
  );
  return { waits: { ...held, remedies: parent?.remedies } };
}

function waits(status: Status, reason: string): { readonly waits: Held } {
  return { waits: { status, reason } };
}

/** A child of a missing parent has the status of the parent; while that settles, the child is pending. */
function statusUnder(parent: Standing | undefined): Status {
  if (parent === undefined) return 'UnresolvedReference';
  return parent.status === 'Settling' ? 'Pending' : parent.status;
}

/** The effect of a parent that is known by its id: its marks decide, unless a definition of ours manages it. */
function statedFate(parent: Extract<ParentFacts, { type: 'stated' }>, { workspace }: RuleContext): Fate {
  const { kind, id, live, error, path, key, suspended, marks, takeover } = parent;
  if (live === undefined) {
    return error === undefined
      ? waits('UnresolvedReference', `the tenant has no ${kind.name} with the id ${id}; correct spec.${path}`)
      : waits('Failed', `its ${kind.name} could not be read: ${error}; no change until a read succeeds`);
  }
  const whose = ownership(marks, takeover, { workspace });
  if (whose.type === 'foreign') {
    const reason = `${whose.owner} manages it; remove it from ${whose.owner} without deleting it, or define it here with metadata.id: ${id} and metadata.annotations c1sync/take-from: "${whose.owner}"`;
    return { whose: `${kind.name} '${live.displayName}' (${id})`, held: { status: 'ForeignOwner', reason } };
  }
  if (suspended !== undefined) return { whose: suspended.key, held: suspendedByDefinition(suspended.reason) };
  if (key === undefined) return {};
  if (whose.type !== 'takenOver') return {};
  return { whose: key, held: { status: 'TakenOver', ...takenOverReason(key) } };
}
