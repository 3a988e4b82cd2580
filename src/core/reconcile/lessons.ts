import { isDeepStrictEqual } from 'node:util';
import type { Plan, Status } from '../model/change.js';
import type { Load } from '../model/definition.js';
import { definitionsByKey, hasDefinition } from '../model/definition-index.js';
import { areOurs, marksOf } from '../model/marks.js';
import {
  type Intent,
  lastWord,
  type ObjectRecord,
  type Origin,
  type RecordPatch,
  type Records,
} from '../model/record.js';
import { RecordDraft } from '../model/record-draft.js';
import { recordsById, recordsOf } from '../model/record-index.js';
import { settledWrites } from '../model/unsure-writes.js';
import { listName } from '../observe/match-index.js';
import type { Match } from '../observe/matching.js';
import type { Observation } from '../observe/observation.js';
import { isSound } from '../observe/orphans.js';
import { recoveryNews } from '../observe/recovery.js';
import type { Desired } from '../observe/resolve.js';
import { printOf, recentReverts } from '../plan/takeover.js';
import { isRecovering, type RecoveryNews, recoveryNotes } from '../state/decision-store.js';
import { rememberDefined, rememberOrphans } from './absence.js';

/** The input of lessons. */
export interface LessonInput {
  /** The definitions of the plan. */
  readonly load: Load;
  /** The definitions that were loaded last. */
  readonly latest: Load;
  readonly observation: Observation;
  readonly plan: Plan;
  readonly records: Records;
  readonly workspace: string;
  /** How long an owner write may take to show, milliseconds. */
  readonly settleMs: number;
  /** How long a call whose answer was lost may still be carried out, milliseconds. */
  readonly callWindowMs: number;
  /** Who else changed an object last, by key, where known. */
  readonly actorOf: (key: string) => string | undefined;
}

/** Changes of the records by an observation. */
export interface Lessons {
  readonly patch: RecordPatch;
  readonly recovery: RecoveryNews;
}

/** The input with the draft of the records. */
interface Lesson extends LessonInput {
  readonly draft: RecordDraft;
}

type Found = Extract<Match, { type: 'found' }>;

/**
 * Draws the lessons of an observation: objects recognised by pin, marks or a lost create get a record, an object in sync
 * remembers its definition, and unconfirmed creates without a trace are counted down. Pure.
 */
export function lessonsOf(input: LessonInput): Lessons {
  const { observation, plan } = input;
  const draft = new RecordDraft(input.records);
  const lesson = { ...input, draft };
  const changing = new Set(plan.changes.map(({ key }) => key));
  const synced = keysOf(plan, 'Synced');
  const takenOver = keysOf(plan, 'TakenOver');
  const foreign = keysOf(plan, 'ForeignOwner');
  const held = plan.changes.filter((change) => change.held !== null).map(({ key }) => key);
  const setAside = new Set([...takenOver, ...keysOf(plan, 'Suspended'), ...held]);
  for (const [key, match] of observation.matches) {
    const desired = observation.desired.get(key);
    if (desired === undefined) continue;
    if (match.type === 'underWay')
      countDown(lesson, match.intent, !match.isSeen && isSeenWhole(input, match.intent));
    if (match.type === 'found' && setAside.has(key)) moveRecord(lesson, key, match);
    if (match.type !== 'found' || isForItsChange(match)) continue;
    const stored = draft.object(key);
    const known = stored?.id === match.live.id ? stored : undefined;
    if (known === undefined && hasChangedSince(input, key)) continue;
    // An object that another workspace manages gets no record.
    if (known === undefined && foreign.has(key)) continue;
    // A create that has ended since has recorded it under its former name: the next sweep moves that record.
    if (
      known === undefined &&
      match.by === 'intent' &&
      draft.objects().some(({ id }) => id === match.live.id)
    )
      continue;
    const inSync = !changing.has(key) && synced.has(key);
    const record = recordOf(lesson, desired, match, known, { inSync, isYielded: takenOver.has(key) });
    if (known === undefined || differs(known, record)) draft.putObject(record);
    const intent = draft.intent(match.by === 'intent' ? (match.renamedFrom ?? key) : key);
    if (intent !== undefined) draft.removeIntent(intent.key);
  }
  rememberUntracked(lesson);
  rememberOrphans(lesson);
  rememberAbandoned(lesson);
  rememberDefined(lesson);
  endDoubles(lesson);
  const { load, records } = input;
  const recorded = (): ReadonlySet<string> => new Set(draft.objects().map(({ id }) => id));
  const recovery = recoveryNews(load, observation, records, recorded);
  return { patch: { ...draft.patch, notes: recoveryNotes(recovery, isRecovering(records)) }, recovery };
}

/** True where an object was recorded, deleted or forgotten since the observation, or a create was begun. */
function hasChangedSince(
  { observation: { records: then }, records: now }: LessonInput,
  key: string,
): boolean {
  return (
    then.objects.get(key)?.id !== now.objects.get(key)?.id ||
    then.intents.get(key)?.at !== now.intents.get(key)?.at
  );
}

/** True for a key that had no definition in the plan, and has one since. */
function isBack({ load, latest }: LessonInput, key: string): boolean {
  return load !== latest && !hasDefinition(load, key) && hasDefinition(latest, key);
}

function keysOf({ standings }: Plan, wanted: Status): ReadonlySet<string> {
  return new Set(standings.filter(({ status }) => status === wanted).map(({ key }) => key));
}

/**
 * Untracked objects with our marks get records, unless two carry the same marks. An object of an unconfirmed create whose
 * definition is gone keeps the intent of that create.
 */
function rememberUntracked(input: Lesson): void {
  const {
    observation: { untracked },
    draft,
  } = input;
  const lasts = new Set(new Map(untracked.map((object) => [object.key, object])).values());
  const doubled = new Set(untracked.filter((object) => !lasts.has(object)).map(({ key }) => key));
  for (const { live, key } of untracked) {
    if (doubled.has(key) || hasChangedSince(input, key)) continue;
    const { id, displayName, parentId } = live;
    const parent = parentId === undefined ? {} : { parentId };
    const isCreated = draft.intent(key)?.knownIds.includes(id) === false;
    const known = newRecord(draft, key, { by: isCreated ? 'intent' : 'recovery', renamedFrom: undefined });
    draft.putObject({ key, id, displayName, ...parent, marked: true, sent: {}, ...known });
  }
}

/**
 * A create whose definition is gone keeps its intent while the call may be under way, so that a definition that comes
 * back creates no second object; then the intent ends. Another source says nothing of the definition, and only a full
 * observation shows whether a renamed definition has taken it.
 */
function rememberAbandoned(lesson: Lesson): void {
  const { load, observation, draft, callWindowMs } = lesson;
  const matches = [...observation.matches.values()];
  const isClear = matches.every(({ type }) => type !== 'unread' && type !== 'conflict');
  if (!observation.isFull || !isClear || !isSound(load)) return;
  const defined = definitionsByKey(load.definitions);
  const taken = new Set(matches.map(takenIntent));
  for (const intent of draft.intents()) {
    if (defined.has(intent.key) || taken.has(intent.key) || isBack(lesson, intent.key)) continue;
    if (intent.root !== undefined && intent.root !== load.seen.root) continue;
    if (intent.reason === undefined) draft.putIntent(windowed(intent, observation.at));
    else if (observation.at >= intent.at + callWindowMs) draft.removeIntent(intent.key);
  }
}

function takenIntent(match: Match): string | undefined {
  if (match.type === 'underWay') return match.intent.key;
  return match.type === 'found' && (match.by === 'intent' || match.by === 'unproven')
    ? match.renamedFrom
    : undefined;
}

/**
 * A definition that was renamed while its object was being created has a record under each name: the one that no
 * definition has ends.
 */
function endDoubles(lesson: Lesson): void {
  const { load, observation, draft, records } = lesson;
  const { objects } = records;
  const isAlone = ({ key, id }: ObjectRecord): boolean =>
    recordsOf(objects, id).every((other) => other.key === key);
  const isEachAlone = recordsById(objects).size === objects.size;
  if (isEachAlone && [...draft.patch.objects.values()].every((record) => record === null || isAlone(record)))
    return;
  const defined = definitionsByKey(load.definitions);
  const owned = new Set(
    [...observation.matches].flatMap(([key, match]) =>
      match.type === 'found' && draft.object(key)?.id === match.live.id ? [match.live.id] : [],
    ),
  );
  for (const { key, id } of draft.objects())
    if (!defined.has(key) && owned.has(id) && !isBack(lesson, key)) draft.removeObject(key);
}

/** A rename moves the record though nothing is written: otherwise a later change of the definition would orphan it. */
function moveRecord(lesson: Lesson, key: string, { live, renamedFrom }: Found): void {
  const { draft } = lesson;
  if (renamedFrom === undefined || isBack(lesson, renamedFrom)) return;
  if (draft.object(renamedFrom)?.id === live.id) draft.move(renamedFrom, key);
}

/** True where the change itself records the object: a rename or an adoption. A created object is recorded at once. */
function isForItsChange({ by, renamedFrom }: Found): boolean {
  if (by === 'intent') return false;
  return renamedFrom !== undefined || by === 'rename' || by === 'name' || by === 'unproven';
}

const ORIGINS: Readonly<Record<Found['by'], Origin>> = {
  pin: 'pinned',
  record: 'pinned',
  rename: 'adopted',
  intent: 'created',
  unproven: 'created',
  marks: 'recovered',
  recovery: 'recovered',
  name: 'adopted',
};

/** The first record of a recognised object; one of a lost create keeps the print of its intent. */
function newRecord(
  draft: RecordDraft,
  key: string,
  { by, renamedFrom }: Pick<Found, 'by'> & { readonly renamedFrom: string | undefined },
): Pick<ObjectRecord, 'secrets' | 'corrections' | 'origin'> & Partial<ObjectRecord> {
  const unfinished = by === 'intent' ? { unfinished: draft.intent(renamedFrom ?? key)?.print ?? '' } : {};
  return { secrets: {}, corrections: {}, origin: ORIGINS[by], ...unfinished };
}

function recordOf(
  { observation, workspace, settleMs, callWindowMs, actorOf, draft }: Lesson,
  desired: Desired,
  { live, by, renamedFrom }: Found,
  known: ObjectRecord | undefined,
  { inSync, isYielded }: { readonly inSync: boolean; readonly isYielded: boolean },
): ObjectRecord {
  const { kind, definition } = desired;
  const { hash, key } = definition;
  const sent = Object.entries(known?.sent ?? {}).filter(([, { at }]) => observation.at - at < settleMs);
  const isOurs = areOurs(marksOf(kind, live), workspace);
  const actor = actorOf(key);
  const yields = isYielded && kind.marks !== undefined && known !== undefined && known.yielded === undefined;
  const {
    putBackBegun,
    absentSince: _,
    prune: __,
    secrets,
    unsure,
    movedFrom,
    yielded,
    ...rest
  } = known ?? newRecord(draft, key, { by, renamedFrom });
  const isMoving = movedFrom !== undefined && marksOf(kind, live)?.address === movedFrom;
  return {
    ...rest,
    key,
    id: live.id,
    ...(live.parentId === undefined ? {} : { parentId: live.parentId }),
    displayName: live.displayName,
    marked: known?.marked === true || (kind.marks !== undefined && isOurs),
    sent: Object.fromEntries(sent),
    ...settledWrites(
      { secrets, ...(unsure === undefined ? {} : { unsure }) },
      {
        stamps: live.stamps,
        isOnlyOurs: observation.onlyOurs.has(key),
        at: observation.at,
        windowMs: callWindowMs,
      },
    ),
    ...(isMoving ? { movedFrom } : {}),
    ...(inSync ? { definitionHash: hash } : {}),
    ...lastWord(definition),
    ...(yielded === undefined || isOurs ? {} : { yielded }),
    ...(yields
      ? {
          yielded: { at: observation.at, print: printOf(desired), ...(actor === undefined ? {} : { actor }) },
        }
      : {}),
    ...recordedReverts(known, putBackBegun, isOurs, observation.at),
  };
}

/** A revert of a web edit that the end of the process interrupted counts as done once the marks are back. */
function recordedReverts(
  known: ObjectRecord | undefined,
  begun: number | undefined,
  isOurs: boolean,
  now: number,
): Partial<ObjectRecord> {
  if (begun === undefined) return {};
  return isOurs ? { putBack: [...recentReverts(known, now), begun] } : { putBackBegun: begun };
}

/** A definition that only moved to other lines does not change its record. */
function differs(a: ObjectRecord, b: ObjectRecord): boolean {
  return !isDeepStrictEqual({ ...a, position: undefined }, { ...b, position: undefined });
}

/** True when the observation has read every list in which the create would show. */
function isSeenWhole({ observation }: LessonInput, { kind, parentId }: Intent): boolean {
  return observation.lists.has(listName(kind, parentId));
}

/** The end and the time of the call are unknown: its window starts with this observation. */
function windowed(intent: Intent, at: number): Intent {
  return { ...intent, at, reason: 'no answer was seen' };
}

/** Two complete observations after the window of the call must miss the object before it is created again. */
function countDown({ observation, draft, callWindowMs }: Lesson, intent: Intent, isComplete: boolean): void {
  // The create may have ended since the observation: then nothing is left to count.
  if (draft.intent(intent.key)?.at !== intent.at) return;
  if (intent.reason === undefined) draft.putIntent(windowed(intent, observation.at));
  else if (observation.at < intent.at + callWindowMs || !isComplete) return;
  else if (intent.misses + 1 >= 2) draft.removeIntent(intent.key);
  else draft.putIntent({ ...intent, misses: intent.misses + 1 });
}
