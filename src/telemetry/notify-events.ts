import type { Status } from '../core/model/change.js';
import { keyOf, type Problem } from '../core/model/definition.js';
import type { EventBus, HealthAfterChange, Reconciled } from '../core/model/events.js';
import { healthIn } from '../core/model/health.js';
import type { StatusStore } from '../core/status/status-store.js';
import type { Notifier } from './notify.js';
import type { Item, NotifyEvent } from './notify-news.js';

/** The notifications of one daemon. */
export interface Notifications {
  /** Ends them after a bounded wait for the pending messages. Never rejects. */
  close(): Promise<void>;
}

/** How long the last messages may take when the process ends, milliseconds. */
export const CLOSE_MS = 5_000;
/** The subject of a failed sweep. */
const SWEEP = 'sweep';
/** The subject of a failed fetch. */
const SOURCE = 'git source';
/** The subject of lost records. */
const RECORDS = 'records';
/** The prefix of objects as subjects of the run that a change has started. */
const HEALTH = 'health of ';
/** The prefix of files as subjects. No key of an object begins with it. */
const FILE = 'file ';

/**
 * The event of each status; undefined changes nothing. A suspended or orphaned object is a person's decision and no
 * trouble. An invalid definition is notified by its file.
 */
const NOTIFIED_AS: Readonly<Record<Status, NotifyEvent | 'inOrder' | undefined>> = {
  Synced: 'inOrder',
  Suspended: 'inOrder',
  Orphaned: 'inOrder',
  Pending: undefined,
  Settling: undefined,
  Invalid: undefined,
  Drifted: 'drift',
  TakenOver: 'takenOver',
  Held: 'held',
  ForeignOwner: 'held',
  Gone: 'held',
  NotConverging: 'held',
  Contested: 'held',
  Failed: 'failed',
  UnresolvedReference: 'failed',
};

/** Notifies receivers of the core's events. `statusStore`: holds the objects that still exist. */
export function notify(
  events: EventBus,
  notifiers: readonly Notifier[],
  statusStore: Pick<StatusStore, 'get'>,
): Notifications {
  const isGone = (subject: string): boolean =>
    ![SWEEP, SOURCE, RECORDS].includes(subject) &&
    !subject.startsWith(FILE) &&
    statusStore.get(subject.startsWith(HEALTH) ? subject.slice(HEALTH.length) : subject) === undefined;
  const ends = notifiers.flatMap((notifier) => [
    ...notifyOfSources(events, notifier),
    ...notifyOfHealth(events, notifier, statusStore),
    events.on('reconciled', (event) => reconciled(notifier, event)),
    events.on('attributed', ({ kind, name, id, actor }) => {
      notifier.corrected({ event: 'drift', subject: keyOf(kind, name), id, fields: [], actor });
    }),
    events.on('problem', (problem) => notifier.trouble(brokenFile(problem))),
    events.on('definitions loaded', ({ complete }) => {
      if (complete) notifier.allInOrder((subject) => subject.startsWith(FILE));
    }),
    events.on('sweep finished', ({ reason, scope }) => {
      if (reason !== undefined) {
        notifier.trouble({ event: 'failed', subject: SWEEP, fields: [], reason });
        return;
      }
      notifier.inOrder(SWEEP);
      if (scope === 'full') notifier.forget(isGone);
    }),
  ]);
  return {
    close: async () => {
      for (const end of ends) end();
      await Promise.all(notifiers.map((notifier) => notifier.close(CLOSE_MS)));
    },
  };
}

/**
 * Notifies of the runs that changes have started: `failed` where one failed or did not come. Its end is the next healthy
 * one, after a failed one also a healthy object in a sweep. Returns the functions that unsubscribe.
 */
function notifyOfHealth(
  events: EventBus,
  notifier: Notifier,
  statusStore: Pick<StatusStore, 'get'>,
): (() => void)[] {
  const failing = new Set<string>();
  const ended = (key: string): void => {
    failing.delete(key);
    notifier.inOrder(HEALTH + key);
  };
  return [
    events.on('health after change', ({ kind, name, id, health, reason }: HealthAfterChange) => {
      const key = keyOf(kind, name);
      if (health === 'Healthy' || health === 'Paused') return ended(key);
      if (health === 'Failing') failing.add(key);
      notifier.trouble({ event: 'failed', subject: HEALTH + key, id, fields: [], reason });
    }),
    events.on('sweep finished', () => {
      for (const key of failing) if (healthIn(statusStore.get(key)?.facts ?? {}) === 'Healthy') ended(key);
    }),
  ];
}

/** Notifies of the git source and the records. Returns the functions that unsubscribe. */
function notifyOfSources(events: EventBus, notifier: Notifier): (() => void)[] {
  let isSourceDown = false;
  return [
    events.on('source unavailable', ({ reason }) => {
      isSourceDown = true;
      notifier.trouble({ event: 'failed', subject: SOURCE, fields: [], reason });
    }),
    events.on('source available', () => {
      isSourceDown = false;
      notifier.inOrder(SOURCE);
    }),
    events.on('recovery begun', ({ marked }) => {
      notifier.trouble({ event: 'failed', subject: RECORDS, fields: [], reason: recoveryReason(marked) });
    }),
    events.on('recovery ended', () => notifier.inOrder(RECORDS)),
    events.on('definitions loaded', () => {
      // A trouble that an earlier process notified may have ended.
      if (!isSourceDown) notifier.inOrder(SOURCE);
    }),
  ];
}

function recoveryReason(marked: number): string {
  return `the records were lost, and ${marked} objects carry the marks of this workspace: marked and pinned objects are recovered, suspensions and approvals are not; put state.path on a persistent volume`;
}

function reconciled(notifier: Notifier, event: Reconciled): void {
  const subject = keyOf(event.kind, event.name);
  const { id, status, fields, actor, approved, reason, approval, drift, outcome } = event;
  const about = { subject, id, status, fields, actor, approvedBy: approved?.by };
  if (drift === true && outcome === 'done') notifier.corrected({ event: 'drift', ...about });
  const notifiedAs = NOTIFIED_AS[status];
  if (notifiedAs === 'inOrder') notifier.inOrder(subject);
  else if (notifiedAs !== undefined) notifier.trouble({ event: notifiedAs, ...about, reason, approval });
}

function brokenFile({ position, path, message }: Problem): Item {
  const where = path === undefined ? '' : `${path}: `;
  return {
    event: 'failed',
    subject: `${FILE}${position.file}`,
    fields: [],
    reason: `line ${position.line}: ${where}${message}`,
  };
}
