import type { Status } from '../core/model/change.js';
import { keyOf, type Problem } from '../core/model/definition.js';
import type { EventBus, Reconciled } from '../core/model/events.js';
import type { StatusStore } from '../core/status/status-store.js';
import type { Notifier } from './notify.js';
import type { Item, NotifyEvent } from './notify-news.js';

/** The notifications of one daemon. */
export interface Notifications {
  /** Ends them, and waits a bounded moment until what is left has been told. Never rejects. */
  close(): Promise<void>;
}

/** How long the last messages may take when the process ends, milliseconds. */
export const CLOSE_MS = 5_000;
/** What a failed sweep is about. */
const LOOK = 'look at the tenant';
/** What a failed fetch is about. */
const SOURCE = 'git source';
/** What lost records are about. */
const RECORDS = 'records';
/** Stands before the path of a file, which no key of an object begins with. */
const FILE = 'file ';

/**
 * What a standing is told as; undefined says nothing new. What a person suspended, or took out of the definitions, is
 * their own doing. What is invalid is told of its file.
 */
const TOLD_AS: Readonly<Record<Status, NotifyEvent | 'inOrder' | undefined>> = {
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

/** Tells receivers what the core does. `statusStore`: knows which objects there still are. */
export function notify(
  events: EventBus,
  notifiers: readonly Notifier[],
  statusStore: Pick<StatusStore, 'get'>,
): Notifications {
  const isGone = (subject: string): boolean =>
    ![LOOK, SOURCE, RECORDS].includes(subject) &&
    !subject.startsWith(FILE) &&
    statusStore.get(subject) === undefined;
  const ends = notifiers.flatMap((notifier) => [
    ...tellOfGround(events, notifier),
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
        notifier.trouble({ event: 'failed', subject: LOOK, fields: [], reason });
        return;
      }
      notifier.inOrder(LOOK);
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

/** What everything else stands on: the git source and the records. Gives what ends it. */
function tellOfGround(events: EventBus, notifier: Notifier): (() => void)[] {
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
      // What an earlier process told of the source may be over.
      if (!isSourceDown) notifier.inOrder(SOURCE);
    }),
  ];
}

function recoveryReason(marked: number): string {
  return `they were lost, though ${marked} objects carry our marks; what can be recognised is found again, suspensions and approvals are forgotten: see that state.path is on a volume that stays`;
}

function reconciled(notifier: Notifier, event: Reconciled): void {
  const subject = keyOf(event.kind, event.name);
  const { id, status, fields, actor, reason, approval, drift, outcome } = event;
  const about = { subject, id, status, fields, actor };
  if (drift === true && outcome === 'done') notifier.corrected({ event: 'drift', ...about });
  const toldAs = TOLD_AS[status];
  if (toldAs === 'inOrder') notifier.inOrder(subject);
  else if (toldAs !== undefined) notifier.trouble({ event: toldAs, ...about, reason, approval });
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
