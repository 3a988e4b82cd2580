import type { Load } from '../model/definition.js';
import type { EventBus } from '../model/events.js';
import type { Kind } from '../model/kind.js';
import { marksOf } from '../model/marks.js';
import type { Records } from '../model/record.js';
import { isNamesake, type Ledger } from '../state/decision-store.js';
import { unprovenReason } from './intent.js';
import type { Match } from './matching.js';
import type { Observation, Recovery } from './observation.js';

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

/** What noting a recovery works with. */
export interface RecoveryParts {
  readonly ledger: Ledger;
  readonly events: EventBus;
}

/** Notes the beginning of a recovery, before anything else is recorded: a crash in between must not hide it. */
export async function beginRecovery(
  { recovery }: Observation,
  { ledger, events }: RecoveryParts,
): Promise<void> {
  if (recovery === undefined || ledger.recovering) return;
  await ledger.setRecovering(true);
  events.emit('recovery begun', { marked: recovery.marked });
}

/**
 * Ends a recovery with a full look at sound definitions that left nothing unread: what can be recognised has its record
 * then. What stays undecided is noted by id, so that it is not adopted as soon as the recovery is over.
 */
export async function endRecovery(
  load: Load,
  observation: Observation,
  records: Records,
  { ledger, events }: RecoveryParts,
): Promise<void> {
  const ids = new Set([...records.objects.values()].map(({ id }) => id));
  await Promise.all([...ledger.namesakes].filter((id) => ids.has(id)).map((id) => ledger.endNamesake(id)));
  if (!ledger.recovering || !isComplete(load, observation)) return;
  const undecided = undecidedIn(observation, records);
  await Promise.all(undecided.map((id) => ledger.addNamesake(id)));
  await ledger.setRecovering(false);
  events.emit('recovery ended', { undecided: undecided.length });
}

function isComplete(load: Load, { isFull, matches }: Observation): boolean {
  const isSound = load.complete && load.problems.length === 0;
  return isFull && isSound && [...matches.values()].every(({ type }) => type !== 'unread');
}

function undecidedIn({ matches, desired, recovery }: Observation, records: Records): string[] {
  return [...matches].flatMap(([key, match]) => {
    const kind = desired.get(key)?.kind;
    if (match.type === 'conflict') return match.doubted ?? [];
    if (kind === undefined || match.type !== 'found') return [];
    return isUndecided({ records, recovery }, kind, match) ? [match.live.id] : [];
  });
}
