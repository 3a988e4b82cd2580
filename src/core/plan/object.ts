import { guard, isStanding } from '../guard/guard.js';
import type { Create, Held, Standing, Status, Update } from '../model/change.js';
import { type Difference, fieldAt, type LiveObject, type Marks } from '../model/kind.js';
import { areOurs, marksOf } from '../model/marks.js';
import type { ObjectRecord } from '../model/record.js';
import { type ImmutableChange, immutableChange, immutableReason } from '../observe/immutable.js';
import { naturalOf } from '../observe/match-index.js';
import type { Match } from '../observe/matching.js';
import { doubtOf } from '../observe/recovery.js';
import { type Desired, missingContexts } from '../observe/resolve.js';
import { changeBase, markChanges, sendsOf, withMarks, writesOf } from './changes.js';
import { differencesOf } from './differences.js';
import type { Outcome, PlanInput } from './input.js';
import { type Parent, parentOf, unreadReason } from './parent.js';
import { underWayReason } from './settle.js';
import { printOf, type Takeover, takeoverOf } from './takeover.js';

type Found = Extract<Match, { type: 'found' }>;

/** Plans one object. `outcomes` holds those of the parents. */
export function planObject(
  input: PlanInput,
  desired: Desired,
  outcomes: ReadonlyMap<string, Outcome>,
): Outcome {
  const { key } = desired.definition;
  const match = input.matches.get(key);
  const live = match?.type === 'found' || match?.type === 'moved' ? match.live : undefined;
  const stop = (status: Status, reason: string): Outcome => ({
    standing: standing(desired, { status, reason }, live),
  });
  const problems = [...desired.unresolved, ...missingContexts(desired, live, input.lookups)];
  const parent = parentOf(input, desired, outcomes);
  if (problems.length > 0) {
    const error: Held = { status: 'UnresolvedReference', reason: problems.join('; ') };
    if (match?.type === 'found' && !('status' in parent))
      return planBroken(input, desired, match, parent, error);
    return stop(error.status, error.reason);
  }
  if ('status' in parent) return stop(parent.status, parent.reason);
  const immutable = immutableChange(desired, match);
  if (immutable !== undefined) return planImmutable(input, desired, parent, immutable);
  switch (match?.type) {
    case 'found':
      return planFound(input, desired, match, parent);
    case 'missing':
      return planCreate(input, desired, parent, {});
    case 'gone':
      return planCreate(input, desired, parent, { held: { status: 'Gone', reason: goneReason(key, match) } });
    case 'underWay':
      return stop(match.intent.isAnswered === true ? 'Failed' : 'Settling', underWayReason(match.intent));
    case 'conflict':
      if (match.status === 'Failed') return stop('Failed', match.reason);
      if (match.doubted !== undefined) return planCreate(input, desired, parent, { doubt: match.reason });
      return planCreate(input, desired, parent, { held: { status: 'Held', reason: match.reason } });
    default:
      return stop('Failed', unreadReason(match?.type === 'unread' ? match.reason : 'it was not looked at'));
  }
}

function goneReason(key: string, { id, pinned }: Extract<Match, { type: 'gone' }>): string {
  return pinned
    ? `nothing in the tenant has the id ${id}; correct metadata.id, or take it out to have the object made anew`
    : `it was deleted in the tenant (${id}); take the definition away, or run 'c1sync resume ${key}' (without a daemon, 'c1sync state forget ${key}') to have it made anew`;
}

/** `held`: what nobody may approve. `doubt`: what a person has to decide, once nothing else holds the object. */
function planCreate(
  input: PlanInput,
  desired: Desired,
  parent: Parent,
  { held, doubt }: { readonly held?: Held; readonly doubt?: string },
): Outcome {
  const { active } = differencesOf(input, desired, undefined, undefined);
  const hold =
    held ?? guard(subject(input, desired, parent, { live: undefined, active, takeover: 'none', doubt }));
  const pending: Held = {
    status: 'Pending',
    reason: 'it is not there yet and will be created; nothing to do',
  };
  const change = creation(input, desired, parent, active, hold);
  return { change, standing: standing(desired, hold ?? pending, undefined) };
}

/** A change that no write can make is held, whatever else differs. */
function planImmutable(
  input: PlanInput,
  desired: Desired,
  parent: Parent,
  immutable: ImmutableChange,
): Outcome {
  const { live, field } = immutable;
  const record = input.records.objects.get(desired.definition.key);
  const marks = marksOf(desired.kind, live);
  const takeover = takeoverOf({ desired, record, marks, mode: input.settings.onTakeover, now: input.now });
  const active = new Map<string, Difference>();
  const guarded = guard(subject(input, desired, parent, { live, active, takeover, doubt: undefined }));
  const isFirm = guarded !== null && guarded.approvable !== true;
  const held: Held = isFirm ? guarded : { status: 'Held', reason: immutableReason(immutable, desired) };
  const base = changeBase({
    desired,
    action: 'update',
    id: live.id,
    differences: active,
    extra: [field],
    writes: [],
    held,
    keyedHash: input.keyedHash,
  });
  const { id, parentId } = live;
  const place = parentId === undefined ? { id } : { id, parentId };
  return {
    change: { action: 'update', ...base, ...place, live, upkeep: false },
    standing: standing(desired, held, live),
  };
}

function creation(
  input: PlanInput,
  desired: Desired,
  parent: Parent,
  active: ReadonlyMap<string, Difference>,
  hold: Held | null,
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
      held: hold,
      keyedHash: input.keyedHash,
    }),
    ...('id' in parent && parent.id !== undefined ? { parent: { id: parent.id } } : keyedParent(parent)),
    natural: naturalOf(kind, desired.values) ?? {},
  };
}

function keyedParent(parent: Parent): { parent?: { key: string } } {
  return 'key' in parent && parent.key !== undefined ? { parent: { key: parent.key } } : {};
}

/**
 * An object of which too little is known to compare it. Whose it is shows all the same and passes on to what is below it.
 * Only a comparison can begin to yield it: until there is one, its children wait.
 */
function planBroken(input: PlanInput, desired: Desired, match: Found, parent: Parent, error: Held): Outcome {
  const { live } = match;
  const record = recordOf(input, match, desired.definition.key);
  const marks = marksOf(desired.kind, live);
  const takeover = takeoverOf({ desired, record, marks, mode: input.settings.onTakeover, now: input.now });
  const isYielded = record?.yielded !== undefined && marks === undefined;
  const found = { live, active: new Map<string, Difference>(), doubt: undefined };
  const fate = guard(subject(input, desired, parent, { ...found, takeover: isYielded ? 'yield' : 'none' }));
  const isManaged = !isAdoption(input, desired, match, record) && (isYielded || takeover !== 'yield');
  return {
    standing: standing(desired, fate !== null && isStanding(fate) ? fate : error, live),
    ...(isManaged ? {} : { isUnmanaged: true }),
  };
}

function planFound(input: PlanInput, desired: Desired, match: Found, parent: Parent): Outcome {
  const { definition } = desired;
  const { live } = match;
  const readError = input.readErrors.get(live.id);
  if (readError !== undefined)
    return planBroken(input, desired, match, parent, { status: 'Failed', reason: unreadReason(readError) });
  const record = recordOf(input, match, definition.key);
  const { active, afterwards } = differencesOf(input, desired, live, record);
  const marks = marksOf(desired.kind, live);
  const takeover = takeoverOf({ desired, record, marks, mode: input.settings.onTakeover, now: input.now });
  const doubt = doubtOf(input, desired.kind, match);
  const held = guard(subject(input, desired, parent, { live, active, takeover, doubt }));
  const marking = marksToWrite(input, desired, live);
  const claiming = isAdoption(input, desired, match, record);
  const differs = [...active.values()].some(({ changes }) => changes.length > 0);
  const adopting = claiming || (differs && isUnclaimed(desired, live, record));
  const renaming = match.renamedFrom !== undefined && !adopting;
  const unverified = [...active.values()].some((difference) => difference.unverified !== undefined);
  const calm = held ?? afterwards ?? invalidState(input, definition.key);
  const returning = takeover === 'putBack' || takeover === 'reclaim' ? { takeover } : {};
  const isReturning = 'takeover' in returning;
  const isVisible = claiming || renaming || differs || isReturning;
  const base = { input, desired, live, active, held, afterwards };
  if (!isVisible) {
    const shown = standing(desired, calm ?? { status: 'Synced', reason: '' }, live, unverified);
    if (held !== null || (marking === undefined && !unverified)) return { standing: shown };
    const calmly = foundChange({ ...base, marking, action: 'update', isUpkeep: true });
    return {
      upkeep: { action: 'update', ...calmly, upkeep: true, ...completion(desired, record, calmly) },
      standing: shown,
    };
  }
  const claimed = adopting || renaming || isReturning ? marking : undefined;
  const pending: Held = adopting
    ? { status: 'Pending', reason: 'it exists and will come under management; nothing to do' }
    : { status: 'Pending', reason: 'it differs from its definition and will be put in line; nothing to do' };
  const shown = standing(desired, held ?? pending, live, unverified);
  const renamed = match.renamedFrom === undefined ? {} : { renamedFrom: match.renamedFrom };
  if (adopting) {
    return {
      change: { action: 'adopt', ...foundChange({ ...base, marking: claimed, action: 'adopt' }), ...renamed },
      standing: shown,
    };
  }
  const update = foundChange({ ...base, marking: claimed, action: 'update', ...renamed });
  return {
    change: {
      action: 'update',
      ...update,
      upkeep: false,
      ...renamed,
      ...returning,
      ...completion(desired, record, update),
    },
    standing: shown,
  };
}

/**
 * Whether an update is what a begun create still has to do: the definition asks for what it asked for then, the object
 * was never in line, and only fields differ that the create call does not carry.
 */
function completion(
  desired: Desired,
  record: ObjectRecord | undefined,
  { writes }: Pick<Update, 'writes'>,
): { readonly completes?: true } {
  if (record?.unfinished === undefined || record.definitionHash !== undefined) return {};
  const paths = writes.flatMap(({ values }) => Object.keys(values));
  const isRest = paths.every((path) => fieldAt(desired.kind, path)?.onCreate === false);
  return isRest && record.unfinished === printOf(desired) ? { completes: true } : {};
}

/** What is remembered of the object; of one that a lost create made, what will be. */
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
  readonly held: Held | null;
  readonly afterwards: Held | undefined;
  readonly marking: Marks | undefined;
  readonly action: 'update' | 'adopt';
  readonly renamedFrom?: string;
  /** True where nothing else changes: secrets that are written once are no change by themselves. */
  readonly isUpkeep?: boolean;
}

function foundChange(parts: FoundParts) {
  const { input, desired, live, active, held, afterwards, marking, action, renamedFrom } = parts;
  const { isUpkeep = false } = parts;
  const { kind, definition } = desired;
  const rename =
    renamedFrom === undefined
      ? []
      : [
          {
            path: 'metadata.name',
            from: renamedFrom.slice(renamedFrom.indexOf('/') + 1),
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
      extra: [...rename, ...markChanges(kind, live, marking), ...(isUpkeep ? [] : secrets)],
      writes: writesOf(kind, withMarks(kind, sendsOf(active), marking), false),
      held,
      afterwards,
      keyedHash: input.keyedHash,
    }),
    id: live.id,
    ...(live.parentId === undefined ? {} : { parentId: live.parentId }),
    live,
  };
}

/** True when the object was nobody's, or is handed over: it comes under management by this change. */
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

/** A pinned object that never carried our marks comes under management with its first change. */
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

function subject(
  input: PlanInput,
  desired: Desired,
  parent: Parent,
  found: {
    live: LiveObject | undefined;
    active: ReadonlyMap<string, Difference>;
    takeover: Takeover;
    doubt: string | undefined;
  },
) {
  const isHeld = 'held' in parent && parent.held !== undefined;
  return {
    desired,
    live: found.live,
    marks: found.live === undefined ? undefined : marksOf(desired.kind, found.live),
    workspace: input.settings.workspace,
    parent: isHeld ? { key: parent.key ?? 'its parent', held: parent.held } : undefined,
    differences: found.active,
    refuseUnset: input.settings.refuseUnset,
    takeover: found.takeover,
    doubt: found.doubt,
    actor: input.actorOf(desired.definition.key),
  };
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

/** What is wrong with a document, and that it has to be corrected. */
export function invalidReason(problem: string): string {
  const what = problem === '' ? 'its document is not valid' : problem.replace(/\.$/, '');
  return `${what}; correct the file`;
}

function standing(
  { definition, kind }: Desired,
  { status, reason }: Held,
  live: LiveObject | undefined,
  unverified = false,
): Standing {
  return {
    key: definition.key,
    kind: kind.name,
    name: definition.name,
    position: definition.position,
    ...(live === undefined ? {} : { id: live.id }),
    status,
    reason,
    unverified,
    facts: live?.facts ?? {},
  };
}
