import type { Load } from '../model/definition.js';
import type { Kind } from '../model/kind.js';
import { marksOf } from '../model/marks.js';
import type { Records } from '../model/record.js';
import { isNamesake, isRecovering, namesakesIn, type RecoveryNews } from '../state/decision-store.js';
import { unprovenReason } from './intent.js';
import type { Match } from './matching.js';
import type { Observation, Recovery } from './observation.js';
import { isSound } from './orphans.js';

/** The facts that decide on an object. */
interface Circumstances {
  readonly records: Records;
  readonly recovery: Recovery | undefined;
}

type Found = Extract<Match, { type: 'found' }>;

/**
 * True for an object that only its name identifies since the records were lost: a person may have taken it over, or it was
 * never managed. An object of a kind without marks belongs to the owner of its parent, and so is never undecided.
 */
function isUndecided({ records, recovery }: Circumstances, kind: Kind, { live, by }: Found): boolean {
  if (by !== 'name' || kind.marks === undefined || marksOf(kind, live) !== undefined) return false;
  return recovery !== undefined || isNamesake(records, live.id);
}

/** Why only a person can decide on a match; undefined where it is clear. */
export function doubtOf(circumstances: Circumstances, kind: Kind, match: Found): string | undefined {
  const { displayName, id } = match.live;
  if (match.by === 'unproven') return unprovenReason([match.live]);
  if (!isUndecided(circumstances, kind, match)) return undefined;
  return `the records were lost, and '${displayName}' (${id}) carries no marks that name its owner; to manage it with this definition, pin it with metadata.id: ${id}`;
}

/**
 * The state of a recovery after an observation. It begins where our marks are seen without any record, and ends with a full
 * observation of sound definitions that left nothing unread: every recognised object has its record then. An object that
 * stays undecided is noted by its id, so that it is not adopted after the recovery. Pure.
 * `recorded`: ids of the objects that have a record once this observation is committed.
 */
export function recoveryNews(
  load: Load,
  observation: Observation,
  records: Records,
  recorded: () => ReadonlySet<string>,
): RecoveryNews {
  const namesakes = namesakesIn(records);
  const known = namesakes.length === 0 ? new Set() : recorded();
  const decided = namesakes.filter((id) => known.has(id));
  const isOpen = isRecovering(records) || observation.recovery !== undefined;
  if (!isOpen || !isComplete(load, observation)) return { recovering: isOpen, undecided: [], decided };
  const undecided = undecidedIn(observation, records).filter((id) => !isNamesake(records, id));
  return { recovering: false, undecided, decided };
}

function isComplete(load: Load, { isFull, matches }: Observation): boolean {
  return isFull && isSound(load) && [...matches.values()].every(({ type }) => type !== 'unread');
}

function undecidedIn({ matches, desired, recovery }: Observation, records: Records): string[] {
  return [...matches].flatMap(([key, match]) => {
    const kind = desired.get(key)?.kind;
    if (match.type === 'conflict') return match.doubted ?? [];
    if (kind === undefined || match.type !== 'found') return [];
    return isUndecided({ records, recovery }, kind, match) ? [match.live.id] : [];
  });
}
