import type { Plan } from './change.js';
import type { Kind } from './kind.js';
import { areOurs, marksOf } from './marks.js';
import type { Match } from './match.js';
import type { Observation } from './observe.js';
import type { ObjectRecord, Origin, RecordStore } from './record.js';

/** What remembering looks at. */
export interface RememberInput {
  readonly observation: Observation;
  readonly plan: Plan;
  readonly store: RecordStore;
  readonly workspace: string;
  /** How long an owner write may take to show, milliseconds. */
  readonly settleMs: number;
  /** How long a create whose answer was lost may still be carried out, milliseconds. */
  readonly createWindowMs: number;
}

type Found = Extract<Match, { type: 'found' }>;

/**
 * Notes what a look showed: objects recognised by pin, marks or a lost create get a record, an object in line
 * remembers the definition it is in line with, and creates that left no trace are counted down.
 */
export async function remember(input: RememberInput): Promise<void> {
  const { observation, plan, store } = input;
  const changing = new Set(plan.changes.map(({ key }) => key));
  const synced = new Set(plan.standings.filter(({ status }) => status === 'Synced').map(({ key }) => key));
  const pending: Promise<void>[] = [];
  for (const [key, match] of observation.matches) {
    const desired = observation.desired.get(key);
    if (desired === undefined) continue;
    if (match.type === 'underWay') pending.push(countDown(input, desired.kind, match));
    if (match.type !== 'found' || isForItsChange(match)) continue;
    const stored = store.object(key);
    const known = stored?.id === match.live.id ? stored : undefined;
    const inLine = !changing.has(key) && synced.has(key);
    const record = recordOf(
      input,
      desired.kind,
      key,
      match,
      known,
      inLine ? desired.definition.hash : undefined,
    );
    if (known === undefined || differs(known, record)) pending.push(store.putObject(record));
    const intent = store.intent(match.by === 'intent' ? (match.renamedFrom ?? key) : key);
    if (intent !== undefined) pending.push(store.removeIntent(intent.key));
  }
  await Promise.all(pending);
}

/** A rename or an adoption is remembered by the change that carries it out. What we made is ours at once. */
function isForItsChange({ by, renamedFrom }: Found): boolean {
  if (by === 'intent') return false;
  return renamedFrom !== undefined || by === 'rename' || by === 'name';
}

const ORIGINS: Readonly<Record<Found['by'], Origin>> = {
  pin: 'pinned',
  record: 'pinned',
  rename: 'adopted',
  intent: 'created',
  marks: 'recovered',
  recovery: 'recovered',
  name: 'adopted',
};

function recordOf(
  { observation, workspace, settleMs }: RememberInput,
  kind: Kind,
  key: string,
  { live, by }: Found,
  known: ObjectRecord | undefined,
  definitionHash: string | undefined,
): ObjectRecord {
  const sent = Object.entries(known?.sent ?? {}).filter(([, { at }]) => observation.at - at < settleMs);
  return {
    secrets: {},
    corrections: {},
    origin: ORIGINS[by],
    ...known,
    key,
    id: live.id,
    ...(live.parentId === undefined ? {} : { parentId: live.parentId }),
    displayName: live.displayName,
    marked: known?.marked === true || (kind.marks !== undefined && areOurs(marksOf(kind, live), workspace)),
    sent: Object.fromEntries(sent),
    ...(definitionHash === undefined ? {} : { definitionHash }),
  };
}

function differs(a: ObjectRecord, b: ObjectRecord): boolean {
  return (
    a.id !== b.id ||
    a.parentId !== b.parentId ||
    a.displayName !== b.displayName ||
    a.marked !== b.marked ||
    a.definitionHash !== b.definitionHash ||
    Object.keys(a.sent).length !== Object.keys(b.sent).length
  );
}

/** Two complete looks after the call can no longer be under way must agree before the object is made again. */
async function countDown(
  { observation, store, createWindowMs }: RememberInput,
  kind: Kind,
  { intent }: Extract<Match, { type: 'underWay' }>,
): Promise<void> {
  // The create may have ended since the look: then there is nothing to count any more.
  if (store.intent(intent.key)?.at !== intent.at) return;
  if (intent.reason === undefined) {
    // Nobody noted how the call ended, nor when it was really sent: the time counts from here.
    await store.putIntent({ ...intent, at: observation.at, reason: 'no answer was seen' });
    return;
  }
  if (observation.at < intent.at + createWindowMs) return;
  const scope = intent.parentId === undefined ? kind.name : `${kind.name}@${intent.parentId}`;
  if (!observation.completeScopes.has(scope)) return;
  if (intent.misses + 1 >= 2) await store.removeIntent(intent.key);
  else await store.putIntent({ ...intent, misses: intent.misses + 1 });
}
