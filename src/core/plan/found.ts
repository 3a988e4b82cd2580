import type { Held, Update } from '../model/change.js';
import { partsOf } from '../model/definition.js';
import { fieldAt, type LiveObject, type Marks } from '../model/kind.js';
import { areOurs, marksOf } from '../model/marks.js';
import type { ObjectRecord } from '../model/record.js';
import type { Match } from '../observe/matching.js';
import { doubtOf } from '../observe/recovery.js';
import type { Desired } from '../observe/resolve.js';
import { changeOf, markChanges } from './changes.js';
import { differencesOf } from './differences.js';
import type { PlanInput } from './input.js';
import type { Proposal } from './proposal.js';
import {
  doubtsIn,
  factsOf,
  invalidReason,
  ourMarks,
  proposalWith,
  type Subject,
  takeoverNow,
  unreadReason,
} from './subject.js';
import { printOf } from './takeover.js';

type Found = Extract<Match, { type: 'found' }>;

/** Proposes the change of an object that was found: an adoption, an update, bookkeeping, or none. */
export function found(subject: Subject, match: Found): Proposal {
  const { input, desired } = subject;
  const { key, name } = desired.definition;
  const { live, renamedFrom } = match;
  const readError = input.readErrors.get(live.id);
  if (readError !== undefined)
    return broken(subject, match, { status: 'Failed', reason: unreadReason(readError) });
  const record = recordOf(input, match, key);
  const { active, afterwards } = differencesOf(input, desired, live, record);
  const differences = [...active.values()];
  const takeover = takeoverNow(subject, live, record);
  const returning = takeover === 'revert' || takeover === 'reclaim' ? takeover : undefined;
  const differs = differences.some(({ changes }) => changes.length > 0);
  const adopting =
    isAdoption(input, desired, match, record) || (differs && isUnclaimed(desired, live, record));
  const renaming = renamedFrom !== undefined && !adopting;
  const doubt = doubtOf(input, desired.kind, match);
  const doubts = [...(doubt === undefined ? [] : [doubt]), ...doubtsIn(active)];
  const facts = factsOf(subject, live, { takeover, doubts });
  const secrets = differences.flatMap((difference) => difference.unverified ?? []);
  const isUnverified = secrets.some(({ unverified }) => unverified === true);
  const proposed = (held: Held) => ({ ...proposalWith(subject, held, live, isUnverified), facts });
  const marking = marksToWrite(input, desired, live);
  const base = { differences: active, afterwards };
  if (!adopting && !renaming && !differs && returning === undefined) {
    const atRest = proposed(afterwards ?? invalidState(input, key) ?? { status: 'Synced', reason: '' });
    if (marking === undefined && secrets.length === 0) return atRest;
    const extra = markChanges(desired.kind, live, marking);
    const update = changeOf(subject, live, 'update', { ...base, marks: marking, extra });
    const completes = isCompletion(desired, record, update);
    return {
      ...atRest,
      bookkeeping: { action: 'update', ...update, bookkeeping: true, completes },
      isUnmarked: marking !== undefined && facts.marks === undefined,
    };
  }
  // A rename that was recorded while the object was held: its marks are ours, with the former address.
  const isRenamed = facts.marks !== undefined && areOurs(facts.marks, input.settings.workspace);
  const marks = adopting || renaming || isRenamed || returning !== undefined ? marking : undefined;
  const rename = { path: 'metadata.name', from: renamedFrom && partsOf(renamedFrom).name, to: name };
  const extra = [
    ...(renaming ? [rename] : []),
    ...markChanges(desired.kind, live, marks),
    // Secrets that are written once are no change by themselves.
    ...secrets,
  ];
  if (adopting) {
    const adopt = changeOf(subject, live, 'adopt', { ...base, marks, extra });
    return { ...proposed(ADOPTING), change: { action: 'adopt', ...adopt, renamedFrom } };
  }
  const update = changeOf(subject, live, 'update', { ...base, marks, extra });
  const completes = isCompletion(desired, record, update);
  return {
    ...proposed(UPDATING),
    change: { action: 'update', ...update, bookkeeping: false, renamedFrom, takeover: returning, completes },
  };
}

const ADOPTING: Held = { status: 'Pending', reason: 'it exists and will be adopted; nothing to do' };
const UPDATING: Held = { status: 'Pending', reason: 'it is out of sync and will be updated; nothing to do' };

/**
 * An object that cannot be compared. Its owner is known all the same and decides on its children.
 * Only a comparison can yield it: until then its children wait.
 */
export function broken(subject: Subject, match: Found, error: Held): Proposal {
  const { input, desired } = subject;
  const { live } = match;
  const record = recordOf(input, match, desired.definition.key);
  const takeover = takeoverNow(subject, live, record);
  const isYielded = record?.yielded !== undefined && marksOf(desired.kind, live) === undefined;
  const isManaged = !isAdoption(input, desired, match, record) && (isYielded || takeover !== 'yield');
  return {
    ...proposalWith(subject, error, live),
    facts: factsOf(subject, live, { takeover: isYielded ? 'yield' : 'none' }),
    isBroken: true,
    isUnmanaged: !isManaged,
  };
}

/**
 * Whether an update is what a begun create still has to do: the definition asks for what it asked for then, the object
 * was never in sync, and only fields differ that the create call does not carry.
 */
function isCompletion(
  desired: Desired,
  record: ObjectRecord | undefined,
  { writes }: Pick<Update, 'writes'>,
): boolean {
  if (record?.unfinished === undefined || record.definitionHash !== undefined) return false;
  const isLeft = (path: string): boolean => fieldAt(desired.kind, path)?.onCreate === false;
  const isRest = writes.every(({ name, values }) =>
    desired.kind.wholeWrites?.includes(name) === true
      ? Object.keys(values).some(isLeft)
      : Object.keys(values).every(isLeft),
  );
  return isRest && record.unfinished === printOf(desired);
}

/** The record of the object; for the result of a lost create, its record to come. */
function recordOf(
  { records }: PlanInput,
  { live, by, renamedFrom }: Found,
  key: string,
): ObjectRecord | undefined {
  const record = records.objects.get(renamedFrom ?? key);
  if (record?.id === live.id) return record;
  if (by !== 'intent' && by !== 'unproven') return undefined;
  const { id, displayName } = live;
  const unfinished = records.intents.get(renamedFrom ?? key)?.print ?? '';
  const known = { origin: 'created', marked: false, sent: {}, secrets: {}, corrections: {} } as const;
  return { key, id, displayName, ...known, unfinished };
}

/** True when the object has no owner, or is handed over: this change adopts it. */
function isAdoption(
  input: PlanInput,
  desired: Desired,
  match: Found,
  record: ObjectRecord | undefined,
): boolean {
  const marks = marksOf(desired.kind, match.live);
  if (marks !== undefined && !areOurs(marks, input.settings.workspace)) return true;
  if (match.by === 'unproven') return true;
  return match.by === 'name' && record === undefined;
}

/** The first change of a pinned object without our marks adopts it. */
function isUnclaimed({ kind }: Desired, live: LiveObject, record: ObjectRecord | undefined): boolean {
  return kind.marks !== undefined && marksOf(kind, live) === undefined && record?.marked !== true;
}

/** Our marks where the object does not carry exactly them. */
function marksToWrite(input: PlanInput, desired: Desired, live: LiveObject): Marks | undefined {
  if (desired.kind.marks === undefined) return undefined;
  const wanted = ourMarks(input, desired.definition.key);
  const found = marksOf(desired.kind, live);
  const isSame =
    found !== undefined && areOurs(found, input.settings.workspace) && found.address === wanted.address;
  return isSame ? undefined : wanted;
}

function invalidState({ load }: PlanInput, key: string): Held | undefined {
  const reason = load.invalid.get(key);
  return reason === undefined
    ? undefined
    : {
        status: 'Invalid',
        reason: `${invalidReason(reason)}; until then its last valid version stays in force`,
      };
}
