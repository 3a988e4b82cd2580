import type { Create, Held, Standing, Update } from '../model/change.js';
import { keyOf, partsOf } from '../model/definition.js';
import {
  type Difference,
  type FieldChange,
  fieldAt,
  type LiveObject,
  type Marks,
  parentRef,
} from '../model/kind.js';
import { areOurs, marksOf } from '../model/marks.js';
import { type ObjectRecord, recordWithId } from '../model/record.js';
import { standingOf } from '../model/standing.js';
import { immutableChange, immutableReason } from '../observe/immutable.js';
import { naturalOf } from '../observe/match-index.js';
import { type Match, parentIdOf } from '../observe/matching.js';
import { doubtOf } from '../observe/recovery.js';
import { type Desired, missingContexts } from '../observe/resolve.js';
import { changeBase, markChanges, sendsOf, withMarks, writesOf } from './changes.js';
import { differencesOf } from './differences.js';
import type { PlanInput } from './input.js';
import type { Facts, ParentFacts, Proposal } from './proposal.js';
import { underWayReason } from './settle.js';
import { printOf, type Takeover, takeoverOf } from './takeover.js';

type Found = Extract<Match, { type: 'found' }>;

/** One object that is being planned. */
interface Subject {
  readonly input: PlanInput;
  readonly desired: Desired;
  readonly parent: ParentFacts | undefined;
}

/** Proposes the change of one definition, before any rule. Pure. `keysById`: definitions by the id of their object. */
export function proposalOf(
  input: PlanInput,
  desired: Desired,
  keysById: ReadonlyMap<string, string>,
): Proposal {
  const awaits = desired.references.filter(({ id }) => id === undefined).map(({ key }) => key);
  const proposal = bareProposal(input, desired, keysById);
  return awaits.length === 0 ? proposal : { ...proposal, awaits };
}

function bareProposal(input: PlanInput, desired: Desired, keysById: ReadonlyMap<string, string>): Proposal {
  const subject = { input, desired, parent: parentOf(input, desired, keysById) };
  const match = input.matches.get(desired.definition.key);
  const live = match?.type === 'found' || match?.type === 'moved' ? match.live : undefined;
  const problems = [...desired.unresolved, ...missingContexts(desired, live, input.lookups)];
  if (problems.length > 0) {
    const error: Held = { status: 'UnresolvedReference', reason: problems.join('; ') };
    return match?.type === 'found' ? broken(subject, match, error) : brokenBefore(subject, error, live);
  }
  const immutable = immutableChange(desired, match);
  if (immutable !== undefined) {
    const reason = immutableReason(immutable, desired);
    return unchangeable(subject, immutable.live, immutable.field, reason);
  }
  switch (match?.type) {
    case 'found':
      return found(subject, match);
    case 'missing':
      return created(subject, {});
    case 'gone':
      return created(subject, {
        conflict: { status: 'Gone', reason: goneReason(desired.definition.key, match) },
      });
    case 'underWay': {
      const status = match.intent.isAnswered === true ? 'Failed' : 'Settling';
      return stopped(subject, { status, reason: underWayReason(match.intent) });
    }
    case 'conflict':
      if (match.status === 'Failed') return stopped(subject, { status: 'Failed', reason: match.reason });
      if (match.doubted !== undefined) return created(subject, { doubts: [match.reason] });
      return created(subject, { conflict: { status: 'Held', reason: match.reason } });
    default: {
      const reason = unreadReason(match?.type === 'unread' ? match.reason : 'it was not observed');
      return stopped(subject, { status: 'Failed', reason });
    }
  }
}

/** Why nothing can be done to an object whose read failed, with the error message. */
export function unreadReason(reason: string): string {
  return `it could not be read: ${reason}; no change until a read succeeds`;
}

/** The parent of an object, as its definition names it. */
function parentOf(
  input: PlanInput,
  desired: Desired,
  keysById: ReadonlyMap<string, string>,
): ParentFacts | undefined {
  const ref = parentRef(desired.kind, desired.definition);
  const { path } = desired.kind.parent ?? { path: '' };
  const kind = input.kinds.find(({ name }) => name === desired.kind.parent?.kind);
  if (ref === undefined || kind === undefined) return undefined;
  if ('name' in ref) {
    return { type: 'defined', key: keyOf(kind.name, ref.name), id: parentIdOf(desired, input.matches) };
  }
  const { id } = ref;
  const key = keysById.get(id);
  if (key !== undefined) return { type: 'defined', key, id };
  const [live, error] = [input.statedParents.get(id), input.readErrors.get(id)];
  return { ...statedParent(input, kind, id, live), error, path };
}

/** The facts about a parent that is known by its id. */
export function statedParent(
  { records, desired }: Pick<PlanInput, 'records' | 'desired'>,
  kind: Desired['kind'],
  id: string,
  live: LiveObject | undefined,
): Extract<ParentFacts, { type: 'stated' }> {
  const record = recordWithId(records, id);
  const marks = live && marksOf(kind, live);
  return {
    type: 'stated',
    kind,
    id,
    live,
    marks,
    takeover: marks === undefined && record?.marked === true ? 'yield' : 'none',
    error: undefined,
    path: '',
    record,
    suspend: record && desired.get(record.key)?.definition.steering.suspend,
  };
}

function goneReason(key: string, { id, pinned }: Extract<Match, { type: 'gone' }>): string {
  return pinned
    ? `no object in the tenant has the id ${id}; correct metadata.id, or remove it to create a new object`
    : `it was deleted in the tenant (${id}); remove the definition, or run 'c1sync resume ${key}' (without a daemon, 'c1sync state forget ${key}') to recreate it`;
}

function factsOf({ input, desired }: Subject, live: LiveObject | undefined, more: Partial<Facts>): Facts {
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

/** A proposal without a change: only the parent may change its status. */
function stopped({ desired, parent }: Subject, held: Held): Proposal {
  return {
    key: desired.definition.key,
    parent,
    standing: standing(desired, held, undefined),
  };
}

/** A definition that cannot be compared, and has no object. */
function brokenBefore({ desired, parent }: Subject, error: Held, live: LiveObject | undefined): Proposal {
  return {
    key: desired.definition.key,
    parent,
    standing: standing(desired, error, live),
    isBroken: true,
  };
}

function created(subject: Subject, what: Pick<Partial<Facts>, 'conflict' | 'doubts'>): Proposal {
  const { input, desired, parent } = subject;
  const { active } = differencesOf(input, desired, undefined, undefined);
  const pending: Held = {
    status: 'Pending',
    reason: 'it does not exist yet and will be created; nothing to do',
  };
  return {
    key: desired.definition.key,
    parent,
    facts: factsOf(subject, undefined, { ...what, doubts: [...(what.doubts ?? []), ...doubtsIn(active)] }),
    change: creation(input, desired, parent, active),
    standing: standing(desired, pending, undefined),
  };
}

/** The differences that only a person can decide. */
function doubtsIn(active: ReadonlyMap<string, Difference>): readonly string[] {
  return [...active.values()].flatMap(({ hold }) => hold ?? []);
}

/** A difference in an immutable field holds the whole object. */
function unchangeable(subject: Subject, live: LiveObject, field: FieldChange, immutable: string): Proposal {
  const { input, desired, parent } = subject;
  const { id, parentId } = live;
  const base = changeBase({
    desired,
    action: 'update',
    id,
    differences: new Map(),
    extra: [field],
    writes: [],
    keyedHash: input.keyedHash,
  });
  return {
    key: desired.definition.key,
    parent,
    facts: factsOf(subject, live, { takeover: takeoverNow(subject, live, recordHere(subject)), immutable }),
    change: { action: 'update', ...base, id, parentId, live, bookkeeping: false },
    standing: standing(desired, { status: 'Held', reason: immutable }, live),
  };
}

function recordHere({ input, desired }: Subject): ObjectRecord | undefined {
  return input.records.objects.get(desired.definition.key);
}

function takeoverNow(
  { input, desired }: Subject,
  live: LiveObject,
  record: ObjectRecord | undefined,
): Takeover {
  const marks = marksOf(desired.kind, live);
  return takeoverOf({ desired, record, marks, mode: input.settings.onTakeover, now: input.now });
}

function creation(
  input: PlanInput,
  desired: Desired,
  parent: ParentFacts | undefined,
  active: ReadonlyMap<string, Difference>,
): Create {
  const { kind, definition } = desired;
  const marks = kind.marks === undefined ? undefined : ourMarks(input, definition.key);
  return {
    action: 'create',
    ...changeBase({
      desired,
      action: 'create',
      differences: active,
      extra: [],
      writes: writesOf(kind, withMarks(kind, sendsOf(active), marks), true),
      keyedHash: input.keyedHash,
    }),
    ...placeUnder(parent),
    natural: naturalOf(kind, desired.values) ?? {},
  };
}

/** The parent's key while it has no id. */
function placeUnder(parent: ParentFacts | undefined): Pick<Create, 'parent'> {
  if (parent === undefined) return {};
  if (parent.id !== undefined) return { parent: { id: parent.id } };
  return 'key' in parent ? { parent: { key: parent.key } } : {};
}

/**
 * An object that cannot be compared. Its owner is known all the same and decides on its children.
 * Only a comparison can yield it: until then its children wait.
 */
function broken(subject: Subject, match: Found, error: Held): Proposal {
  const { input, desired, parent } = subject;
  const { live } = match;
  const record = recordOf(input, match, desired.definition.key);
  const takeover = takeoverNow(subject, live, record);
  const isYielded = record?.yielded !== undefined && marksOf(desired.kind, live) === undefined;
  const isManaged = !isAdoption(input, desired, match, record) && (isYielded || takeover !== 'yield');
  return {
    key: desired.definition.key,
    parent,
    facts: factsOf(subject, live, { takeover: isYielded ? 'yield' : 'none' }),
    standing: standing(desired, error, live),
    isBroken: true,
    ...(isManaged ? {} : { isUnmanaged: true }),
  };
}

function found(subject: Subject, match: Found): Proposal {
  const { input, desired, parent } = subject;
  const { key } = desired.definition;
  const { live } = match;
  const readError = input.readErrors.get(live.id);
  if (readError !== undefined)
    return broken(subject, match, { status: 'Failed', reason: unreadReason(readError) });
  const record = recordOf(input, match, key);
  const { active, afterwards } = differencesOf(input, desired, live, record);
  const takeover = takeoverNow(subject, live, record);
  const doubt = doubtOf(input, desired.kind, match);
  const marking = marksToWrite(input, desired, live);
  const claiming = isAdoption(input, desired, match, record);
  const differs = [...active.values()].some(({ changes }) => changes.length > 0);
  const adopting = claiming || (differs && isUnclaimed(desired, live, record));
  const renaming = match.renamedFrom !== undefined && !adopting;
  const unverified = [...active.values()].some((difference) => difference.unverified !== undefined);
  const returning = takeover === 'revert' || takeover === 'reclaim' ? takeover : undefined;
  const base = { input, desired, live, active, afterwards };
  const doubts = [...(doubt === undefined ? [] : [doubt]), ...doubtsIn(active)];
  const proposed = { key, parent, facts: factsOf(subject, live, { takeover, doubts }) };
  if (!claiming && !renaming && !differs && returning === undefined) {
    const resting = afterwards ?? invalidState(input, key) ?? { status: 'Synced', reason: '' };
    const shown = standing(desired, resting, live, unverified);
    if (marking === undefined && !unverified) return { ...proposed, standing: shown };
    const bookkeeping = foundChange({ ...base, marking, action: 'update', isBookkeeping: true });
    return {
      ...proposed,
      bookkeeping: {
        action: 'update',
        ...bookkeeping,
        bookkeeping: true,
        completes: isCompletion(desired, record, bookkeeping),
      },
      ...(marking !== undefined && proposed.facts.marks === undefined ? { isUnmarked: true } : {}),
      standing: shown,
    };
  }
  const claimed = adopting || renaming || returning !== undefined ? marking : undefined;
  const pending: Held = adopting
    ? { status: 'Pending', reason: 'it exists and will be adopted; nothing to do' }
    : { status: 'Pending', reason: 'it is out of sync and will be updated; nothing to do' };
  const shown = standing(desired, pending, live, unverified);
  const { renamedFrom } = match;
  if (adopting) {
    return {
      ...proposed,
      change: {
        action: 'adopt',
        ...foundChange({ ...base, marking: claimed, action: 'adopt' }),
        renamedFrom,
      },
      standing: shown,
    };
  }
  const update = foundChange({ ...base, marking: claimed, action: 'update', renamedFrom });
  return {
    ...proposed,
    change: {
      action: 'update',
      ...update,
      bookkeeping: false,
      renamedFrom,
      takeover: returning,
      completes: isCompletion(desired, record, update),
    },
    standing: shown,
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
  const paths = writes.flatMap(({ values }) => Object.keys(values));
  const isRest = paths.every((path) => fieldAt(desired.kind, path)?.onCreate === false);
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

interface FoundParts {
  readonly input: PlanInput;
  readonly desired: Desired;
  readonly live: LiveObject;
  readonly active: ReadonlyMap<string, Difference>;
  readonly afterwards: Held | undefined;
  readonly marking: Marks | undefined;
  readonly action: 'update' | 'adopt';
  readonly renamedFrom?: string | undefined;
  /** True where nothing else changes: secrets that are written once are no change by themselves. */
  readonly isBookkeeping?: boolean;
}

function foundChange(parts: FoundParts) {
  const { input, desired, live, active, afterwards, marking, action, renamedFrom } = parts;
  const { isBookkeeping = false } = parts;
  const { kind, definition } = desired;
  const rename =
    renamedFrom === undefined
      ? []
      : [
          {
            path: 'metadata.name',
            from: partsOf(renamedFrom).name,
            to: definition.name,
          },
        ];
  const secrets = [...active.values()].flatMap(({ unverified }) => unverified ?? []);
  return {
    ...changeBase({
      desired,
      action,
      id: live.id,
      differences: active,
      extra: [...rename, ...markChanges(kind, live, marking), ...(isBookkeeping ? [] : secrets)],
      writes: writesOf(kind, withMarks(kind, sendsOf(active), marking), false),
      afterwards,
      keyedHash: input.keyedHash,
    }),
    id: live.id,
    parentId: live.parentId,
    live,
  };
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

function ourMarks({ settings }: PlanInput, key: string): Marks {
  return { managedBy: 'c1sync', workspace: settings.workspace, address: key };
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

/** The reason of an invalid document: the problem and the remedy. */
export function invalidReason(problem: string): string {
  const what = problem === '' ? 'its document is not valid' : problem.replace(/\.$/, '');
  return `${what}; correct the file`;
}

/** The standing of a definition by the status of its change. */
function standing(
  { definition }: Desired,
  held: Held,
  live: LiveObject | undefined,
  unverified = false,
): Standing {
  const { key, position } = definition;
  return standingOf(key, held, { position, id: live?.id, unverified, facts: live?.facts ?? {} });
}
