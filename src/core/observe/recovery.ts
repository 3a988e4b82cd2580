import type { Load } from '../model/definition.js';
import type { Kind } from '../model/kind.js';
import { marksOf } from '../model/marks.js';
import type { Records } from '../model/record.js';
import { isNamesake, isRecovering, namesakesIn, type RecoveryNews } from '../state/decision-store.js';
import { unprovenReason } from './intent.js';
import type { Match } from './matching.js';
import type { Observation, Recovery } from './observation.js';
import { isSound } from './orphans.js';

/** What deciding on an object takes. */
interface Circumstances {
  readonly records: Records;
  readonly recovery: Recovery | undefined;
}

type Found = Extract<Match, { type: 'found' }>;

/**
 * True for an object that only its name speaks for since records were lost: a person may have taken it over, or it was
 * never managed. What carries no marks by its kind belongs to whoever owns its parent, and so is never undecided.
 */
function isUndecided({ records, recovery }: Circumstances, kind: Kind, { live, by }: Found): boolean {
  if (by !== 'name' || kind.marks === undefined || marksOf(kind, live) !== undefined) return false;
  return recovery !== undefined || isNamesake(records, live.id);
}

/** Why nothing but a person can tell whether an object is meant; undefined where that is clear. */
export function doubtOf(circumstances: Circumstances, kind: Kind, match: Found): string | undefined {
  const { displayName, id } = match.live;
  if (match.by === 'unproven') return unprovenReason([match.live]);
  if (!isUndecided(circumstances, kind, match)) return undefined;
  return `the records were lost, and nothing on '${displayName}' (${id}) tells whose it is; if this definition is to manage it, pin it with metadata.id: ${id}`;
}

/**
 * What an observation shows of a recovery. It begins where our marks are seen and no record is, and ends with a full
 * observation of sound definitions that left nothing unread: what can be recognised has its record then. What stays
 * undecided is remembered by id, so that it is not adopted as soon as the recovery is over. Pure.
 * `recorded`: ids of the objects that have a record once this observation is remembered.
 */
export function recoveryNews(
  load: Load,
  observation: Observation,
  records: Records,
  recorded: ReadonlySet<string>,
): RecoveryNews {
  const decided = namesakesIn(records).filter((id) => recorded.has(id));
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
