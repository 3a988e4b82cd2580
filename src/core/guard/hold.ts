import { grouped } from '../../text/grouped.js';
import type { Change, Held, Plan, Standing, Status, Update } from '../model/change.js';
import type { Executed } from '../model/decision.js';
import type { Reason } from '../model/remedy.js';
import { costOf, countsOf } from '../plan/summary.js';
import { releases } from './approval.js';
import { groupHash } from './group.js';
import { type Cause, frozenReason, groupOf, reasonOf, requeueAtOf, statusOf } from './hold-cause.js';
import { hasRoom, Tally } from './limits.js';
import { causeOf, type HoldInput, isPartOfCreate, suspendedBy } from './moment.js';

/** A held change that an approval, or time, releases. */
export interface PendingApproval {
  /** Its group: one approval releases a whole group. */
  readonly group: string;
  /** Hash of the change. */
  readonly hash: string;
  readonly cause: Exclude<Cause, { type: 'suspended' }>;
}

/** Held changes that one approval releases together. */
export interface HeldGroup extends Reason {
  /** Hash that `c1sync approve` takes. */
  readonly hash: string;
  readonly keys: readonly string[];
}

/** The input of {@link holdPlan}. */
export interface PlanHoldInput extends HoldInput {
  /** Changes that earlier plans admitted and that have not begun. */
  readonly reserved: readonly Executed[];
  /** Hashes of changes in progress: they are counted, and no rule holds them. */
  readonly inFlight: ReadonlySet<string>;
  /** Pending approvals of earlier plans, by key: a plan of few objects shows the same groups as one of all. */
  readonly pending: ReadonlyMap<string, PendingApproval>;
  /** For the cost. */
  readonly requestsPerSecond: number;
}

/** A plan with its holds, and the pending approvals among them. */
export interface HeldPlan {
  readonly plan: Plan;
  /** By key. */
  readonly pending: ReadonlyMap<string, PendingApproval>;
}

/** Holds the changes of a plan that are suspended, frozen or over a limit, and admits those that were approved. Pure. */
export function holdPlan(plan: Plan, input: PlanHoldInput): HeldPlan {
  const causes = causesOf(plan, input);
  const pending = pendingOf(plan, causes);
  const groups = groupsOf(plan, pending, input.pending);
  const changes = plan.changes.map((change) => heldChange(change, causes, pending, groups, input));
  const bookkeeping = plan.bookkeeping.map((update): Update => {
    const held = update.held ?? bookkeepingHold(update, input);
    return { ...update, held };
  });
  const released = new Set(
    plan.changes.filter((change) => isReleased(change, causes, input)).map(({ key }) => key),
  );
  const waits = new Map(bookkeeping.map(({ key, held }) => [key, held?.requeueAt]));
  const standings = plan.standings.map((standing) =>
    heldStanding(requeuedAt(standing, waits.get(standing.key)), causes, released, input),
  );
  return {
    plan: {
      ...plan,
      changes,
      bookkeeping,
      standings,
      summary: { ...plan.summary, ...countsOf(changes, standings) },
      cost: costOf([...changes, ...bookkeeping], input.requestsPerSecond),
    },
    pending,
  };
}

/** Why an admitted change must not be applied at this moment; undefined when it may. Pure. */
export function holdChange(change: Change, input: HoldInput): Held | undefined {
  if (change.action === 'update' && change.bookkeeping) return bookkeepingHold(change, input) ?? undefined;
  const isReleased = releases(input.approvals.get(change.hash), change);
  const tally = hasRoom(change, input) ? UNLIMITED : new Tally(input);
  const cause = causeOf(change, input, { tally, above: new Map(), isReleased });
  return cause && holdOf(cause, input);
}

/** The tally of a change that has room: to count what was begun takes time that grows with it. */
const UNLIMITED: Pick<Tally, 'take'> = { take: () => undefined };

/** The hold on a bookkeeping write. Limits do not count it. */
function bookkeepingHold(update: Update, input: HoldInput): Held | null {
  const suspended = suspendedBy(update.key, input);
  if (suspended !== undefined) return suspended;
  if (isPartOfCreate(update) || input.frozenUntil === undefined) return null;
  const cause: Cause = { type: 'frozen', until: input.frozenUntil };
  return { ...holdOf(cause, input), reason: frozenReason(cause.until), remedies: undefined };
}

function holdOf(cause: Cause, input: HoldInput, approval?: string): Held {
  const { reason, remedies } = reasonOf(cause, approval);
  const held = { status: statusOf(cause), reason, remedies };
  return requeuedAt(approval === undefined ? held : { ...held, approval }, requeueAtOf(cause, input));
}

function requeuedAt<T extends Held | Standing>(held: T, requeueAt: number | undefined): T {
  return requeueAt === undefined ? held : { ...held, requeueAt };
}

function causesOf({ changes }: Plan, input: PlanHoldInput): ReadonlyMap<string, Cause> {
  const tally = new Tally(input);
  // Limits do not hold approved changes, but count them before the others.
  for (const change of changes) {
    const isBegun = input.inFlight.has(change.hash);
    const goes = releases(input.approvals.get(change.hash), change) && !suspendedBy(change.key, input);
    if (goes && !isBegun) tally.count(change);
  }
  const causes = new Map<string, Cause>();
  const above = new Map<string, Cause>();
  for (const change of changes) {
    const isReleased = releasedIn(input, change);
    const cause = causeOf(change, input, { tally, above, isReleased });
    if (cause === undefined) continue;
    causes.set(change.key, cause);
    // Only a held create or adoption holds the changes under it.
    if (change.action === 'create' || change.action === 'adopt') above.set(change.key, cause);
  }
  const deletes = new Set(changes.filter(({ action }) => action === 'delete').map(({ key }) => key));
  for (const key of deletes) holdAbove(key, deletes, causes, input.parentsOf);
  return causes;
}

/** Deleting an object deletes its children: a hold on a child holds it, too. */
function holdAbove(
  key: string,
  deletes: ReadonlySet<string>,
  causes: Map<string, Cause>,
  parentsOf: HoldInput['parentsOf'],
): void {
  const cause = causes.get(key);
  if (cause === undefined) return;
  for (const parent of parentsOf(key)) {
    if (!deletes.has(parent) || causes.has(parent)) continue;
    causes.set(parent, cause);
    holdAbove(parent, deletes, causes, parentsOf);
  }
}

/** True for a change that is approved or in progress. */
function releasedIn({ approvals, inFlight }: PlanHoldInput, change: Change): boolean {
  return inFlight.has(change.hash) || releases(approvals.get(change.hash), change);
}

/** The pending approvals of a plan, by key. */
function pendingOf(
  { changes }: Plan,
  causes: ReadonlyMap<string, Cause>,
): ReadonlyMap<string, PendingApproval> {
  return new Map(
    changes.flatMap(({ key, hash }) => {
      const cause = causes.get(key);
      return cause === undefined || cause.type === 'suspended'
        ? []
        : [[key, { group: groupOf(cause), hash, cause }]];
    }),
  );
}

/** Hashes of groups, with their members outside of this plan. */
function groupsOf(
  { standings }: Plan,
  own: ReadonlyMap<string, PendingApproval>,
  others: ReadonlyMap<string, PendingApproval>,
): ReadonlyMap<string, string> {
  const planned = new Set(standings.map(({ key }) => key));
  const elsewhere = [...others].filter(([key]) => !planned.has(key)).map(([, pending]) => pending);
  return groupHashes([...own.values(), ...elsewhere]);
}

/** Hashes of groups by their names. */
export function groupHashes(pending: Iterable<PendingApproval>): ReadonlyMap<string, string> {
  const members = grouped(pending, ({ group }) => group);
  return new Map([...members].map(([group, held]) => [group, groupHash(held.map(({ hash }) => hash))]));
}

function heldChange(
  change: Change,
  causes: ReadonlyMap<string, Cause>,
  pending: ReadonlyMap<string, PendingApproval>,
  groups: ReadonlyMap<string, string>,
  input: PlanHoldInput,
): Change {
  const cause = causes.get(change.key);
  if (cause === undefined) return isReleased(change, causes, input) ? { ...change, held: null } : change;
  const approval = groups.get(pending.get(change.key)?.group ?? '');
  return { ...change, held: holdOf(cause, input, approval) };
}

/** True for a change whose own hold was lifted by an approval. */
function isReleased(change: Change, causes: ReadonlyMap<string, Cause>, input: PlanHoldInput): boolean {
  return change.held?.approval !== undefined && !causes.has(change.key) && releasedIn(input, change);
}

/** Statuses that are more urgent than a suspension, or that no write follows anyway. */
const UNMOVED: readonly Status[] = ['Failed', 'UnresolvedReference', 'Invalid', 'Orphaned', 'Suspended'];

function heldStanding(
  standing: Standing,
  causes: ReadonlyMap<string, Cause>,
  released: ReadonlySet<string>,
  input: HoldInput,
): Standing {
  const { key } = standing;
  const cause = causes.get(key);
  if (cause !== undefined) return { ...standing, ...holdOf(cause, input) };
  if (released.has(key)) {
    return {
      ...standing,
      status: 'Pending',
      reason: 'it was approved and will be carried out; nothing to do',
      remedies: undefined,
    };
  }
  const suspended = UNMOVED.includes(standing.status) ? undefined : suspendedBy(key, input);
  return suspended === undefined ? standing : { ...standing, ...suspended };
}
