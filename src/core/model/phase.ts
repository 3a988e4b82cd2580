import { STATUSES, type Status } from './change.js';

/** Every phase of an object, in the order in which people read them. */
export const PHASES = ['in-sync', 'progressing', 'out-of-sync', 'waiting', 'set-aside'] as const;

/** The phase of an object; each status belongs to one. */
export type Phase = (typeof PHASES)[number];

/** The number of objects of every status. */
export type StatusCounts = Readonly<Record<Status, number>>;

/** The number of objects in every phase. */
export type PhaseCounts = Readonly<Record<Phase, number>>;

/** The names of the phases for people. */
export const PHASE_NAMES: Readonly<Record<Phase, string>> = {
  'in-sync': 'in sync',
  progressing: 'progressing',
  'out-of-sync': 'out of sync',
  waiting: 'waiting for a person',
  'set-aside': 'set aside',
};

/** The phase of each status, and its meaning for people, in Markdown. */
const STATUS_TABLE: Readonly<Record<Status, { readonly phase: Phase; readonly meaning: string }>> = {
  Synced: { phase: 'in-sync', meaning: 'It is in sync with its definition.' },
  Pending: { phase: 'progressing', meaning: 'It differs or is missing, and its change is queued.' },
  Settling: {
    phase: 'progressing',
    meaning: 'A write takes time to show, or a create is unconfirmed and its object is searched for.',
  },
  Drifted: { phase: 'out-of-sync', meaning: 'It differs, and `sync.mode: observe` leaves it alone.' },
  Failed: {
    phase: 'out-of-sync',
    meaning:
      'The tenant refused it or was unreachable, and it is retried; or records and tenant contradict each other.',
  },
  Invalid: {
    phase: 'out-of-sync',
    meaning: 'Its document is invalid. The last valid version, if there is one, stays in force.',
  },
  UnresolvedReference: {
    phase: 'out-of-sync',
    meaning: 'A name in it matches nothing, or several objects.',
  },
  NotConverging: {
    phase: 'out-of-sync',
    meaning: 'The tenant does not keep a value. It is not sent again.',
  },
  Contested: {
    phase: 'out-of-sync',
    meaning: 'Another writer keeps changing a value back. It is not sent again.',
  },
  Held: {
    phase: 'waiting',
    meaning: 'A rule holds its change. The reason names the rule and the remedy.',
  },
  TakenOver: {
    phase: 'waiting',
    meaning: 'A person edited it in the web app, and c1sync leaves it alone.',
  },
  ForeignOwner: {
    phase: 'waiting',
    meaning: 'Another tool or workspace manages it, or its parent.',
  },
  Gone: {
    phase: 'waiting',
    meaning:
      'It was deleted in the tenant, or no object has its pinned id. `c1sync resume Kind/name` recreates it.',
  },
  Suspended: {
    phase: 'set-aside',
    meaning: 'It or its parent is suspended, by `c1sync/suspend` in its definition or by `c1sync suspend`.',
  },
  Orphaned: {
    phase: 'set-aside',
    meaning:
      'It has a record and no definition any more. It is left alone, or deleted a little later where pruning is on.',
  },
};

/** The phase of a status. */
export function phaseOf(status: Status): Phase {
  return STATUS_TABLE[status].phase;
}

/** The meaning of a status for people, in Markdown. */
export function meaningOf(status: Status): string {
  return STATUS_TABLE[status].meaning;
}

/** The statuses of phases. */
export function statusesIn(...phases: readonly Phase[]): readonly Status[] {
  return STATUSES.filter((status) => phases.includes(phaseOf(status)));
}

/** Counts objects by status; every status has a number. */
export function countStatuses(objects: Iterable<{ readonly status: Status }>): StatusCounts {
  const counts = Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<Status, number>;
  for (const { status } of objects) counts[status] += 1;
  return counts;
}

/** Counts objects by phase; the numbers add up to those of the statuses. */
export function countPhases(counts: StatusCounts): PhaseCounts {
  const phases = Object.fromEntries(PHASES.map((phase) => [phase, 0])) as Record<Phase, number>;
  for (const status of STATUSES) phases[phaseOf(status)] += counts[status];
  return phases;
}

/** `5 in sync, 2 out of sync`: the phases that objects are in. Empty without objects. */
export function phasesText(counts: PhaseCounts, phases: readonly Phase[] = PHASES): string {
  return phases
    .filter((phase) => counts[phase] > 0)
    .map((phase) => `${counts[phase].toLocaleString('en')} ${PHASE_NAMES[phase]}`)
    .join(', ');
}
