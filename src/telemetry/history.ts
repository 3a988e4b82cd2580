import { createStream, type RotatingFileStream } from 'rotating-file-stream';
import type { Status } from '../core/model/change.js';
import type { Clock } from '../core/model/clock.js';
import { keyOf } from '../core/model/definition.js';
import type { Attributed, Commanded, EventBus, Reconciled } from '../core/model/events.js';
import { putNewest } from '../core/model/newest.js';
import { Activity } from '../core/status/activity.js';
import type {
  CommandedEntry,
  HistoryEntry,
  HistoryPage,
  HistoryQuery,
  HistoryReader,
  ReconciledEntry,
} from '../core/status/history.js';
import type { ActivityView } from '../core/status/views.js';
import { fileName, OLD_FILES, readHistory } from './history-file.js';

/** The options of a history. */
export interface HistoryOptions {
  /** The state folder; the caller holds its lock. */
  readonly directory: string;
  readonly events: EventBus;
  readonly clock: Clock;
  /** Who runs the command that makes the changes; missing for a daemon. */
  readonly by?: string | undefined;
  /** Called once when a write fails, and again only after a success. */
  readonly onError: (error: unknown) => void;
  /** Bytes of a file before it is rotated; {@link FILE_BYTES} by default. */
  readonly fileBytes?: number;
}

/** The size at which a file is rotated, bytes. */
const FILE_BYTES = 4 * 1024 * 1024;
/** Keys that one entry names. */
const MOST_KEYS = 1000;
/** Entries that are read at the start, for the last statuses of objects and the activity. */
const RECALLED = 20_000;
/** Characters of a page, its last entry whole. */
const PAGE_LENGTH = 1_000_000;
/** Objects whose last status is remembered, the most recent ones. */
const MOST_REMEMBERED = 50_000;
/** Statuses that get an entry only after another status. */
const CALM: readonly Status[] = ['Synced', 'Pending', 'Settling'];
/** Ids grow with time, so they keep growing in the next process. */
const IDS_A_MS = 1000;

type Body = HistoryEntry extends infer Entry
  ? Entry extends HistoryEntry
    ? Omit<Entry, 'id' | 'at'>
    : never
  : never;

/**
 * Keeps events in files of JSON lines in the state folder: every change that was carried out, every new status of an
 * object, every command. A status that stays gets no second entry, also not after a restart.
 */
export class History implements HistoryReader {
  readonly #options: HistoryOptions;
  /** The last recorded status of each object, by key. */
  readonly #recorded = new Map<string, Pick<ReconciledEntry, 'status' | 'reason'>>();
  readonly #activity = new Activity();
  readonly #ends: readonly (() => void)[];
  #lastId = 0;
  #stream: RotatingFileStream | undefined;
  #pending: Promise<void> = Promise.resolve();
  #isFailing = false;

  private constructor(options: HistoryOptions) {
    this.#options = options;
    const { events } = options;
    this.#ends = [
      events.on('reconciled', (event) => this.#reconciled(event)),
      events.on('attributed', (event) => this.#attributed(event)),
      events.on('health after change', ({ kind, name, health, reason }) =>
        this.#add({ event: 'health', key: keyOf(kind, name), health, reason }),
      ),
      events.on('commanded', (event) => this.#add(commandedEntry(event))),
    ];
  }

  /** Reads the last statuses and subscribes to events. A history that cannot be read is reported, and continues. */
  static async open(options: HistoryOptions): Promise<History> {
    const history = new History(options);
    try {
      const { entries } = await readHistory(options.directory, { limit: RECALLED });
      for (const entry of entries.toReversed()) history.#recall(entry);
    } catch (error) {
      options.onError(error);
    }
    return history;
  }

  /** Entries come oldest first. */
  #recall(entry: HistoryEntry): void {
    this.#lastId = Math.max(this.#lastId, entry.id);
    this.#activity.count(entry);
    if (entry.event === 'reconciled') this.#remember(entry);
  }

  async page(query: HistoryQuery): Promise<HistoryPage> {
    await this.#pending;
    return readHistory(this.#options.directory, query, PAGE_LENGTH);
  }

  activity(): ActivityView {
    return this.#activity.view(this.#options.clock.now());
  }

  /** Unsubscribes; resolves when every entry is written. */
  async close(): Promise<void> {
    for (const end of this.#ends) end();
    await this.#pending;
    const stream = this.#stream;
    if (stream !== undefined) await new Promise<void>((resolve) => stream.end(resolve));
  }

  #remember({ key, status, reason }: ReconciledEntry): void {
    putNewest(this.#recorded, key, { status, reason }, MOST_REMEMBERED);
  }

  #reconciled(event: Reconciled): void {
    const entry = { ...reconciledEntry(event), by: this.#options.by };
    const isChange = entry.action !== 'none' && entry.outcome === 'done';
    const isNew = differs(this.#recorded.get(entry.key), entry);
    this.#remember(entry);
    if (isNew || isChange) this.#add(entry);
  }

  #attributed({ kind, name, actor, reconcileId }: Attributed): void {
    this.#add({ event: 'attributed', key: keyOf(kind, name), actor, reconcileId });
  }

  #add(body: Body): void {
    const now = this.#options.clock.now();
    this.#lastId = Math.max(this.#lastId + 1, now * IDS_A_MS);
    const entry: HistoryEntry = { id: this.#lastId, at: new Date(now).toISOString(), ...body };
    this.#activity.count(entry);
    this.#pending = this.#write(`${JSON.stringify(entry)}\n`);
  }

  /** Never rejects: a full disk stops the history and nothing else. */
  #write(line: string): Promise<void> {
    const stream = this.#open();
    const written = new Promise<void>((resolve, reject) => {
      stream.write(line, (error) => (error ? reject(error) : resolve()));
    });
    return written.then(
      () => {
        this.#isFailing = false;
      },
      (error: unknown) => {
        if (this.#stream === stream) this.#stream = undefined;
        if (!this.#isFailing) this.#options.onError(error);
        this.#isFailing = true;
      },
    );
  }

  #open(): RotatingFileStream {
    if (this.#stream !== undefined) return this.#stream;
    const { directory, fileBytes = FILE_BYTES } = this.#options;
    const name = (index: number | Date | null): string => fileName(Number(index ?? 0));
    const stream = createStream(name, {
      path: directory,
      size: `${fileBytes}B`,
      rotate: OLD_FILES,
      mode: 0o600,
    });
    // The callback of the failed write reports it.
    stream.on('error', () => {});
    // A killed process may have left half a line.
    stream.write('\n');
    this.#stream = stream;
    return stream;
  }
}

function reconciledEntry(event: Reconciled): ReconciledEntry {
  const { kind, name, action, outcome, status, trigger, revision, reconcileId, id, actor, approved } = event;
  const { sweepId, reason, remedies } = event;
  return {
    event: 'reconciled',
    key: keyOf(kind, name),
    action,
    outcome,
    status,
    trigger,
    fields: event.changes ?? [],
    revision,
    reconcileId,
    sweepId,
    objectId: id,
    drift: event.drift,
    actor,
    approved: approved && { ...approved, at: new Date(approved.at).toISOString() },
    reason,
    remedies,
  };
}

function commandedEntry({ command, by, via, targets, keys, reason, until }: Commanded): CommandedEntry {
  return {
    event: 'commanded',
    command,
    by,
    via,
    targets,
    ...(keys.length === 0 ? {} : { objects: keys.length, keys: keys.slice(0, MOST_KEYS) }),
    reason,
    until: until === undefined ? undefined : new Date(until).toISOString(),
  };
}

/** True when the status or reason of an object has changed, unless both statuses are calm. */
function differs(
  before: Pick<ReconciledEntry, 'status' | 'reason'> | undefined,
  { status, reason }: ReconciledEntry,
): boolean {
  const isCalm = CALM.includes(status);
  if (before === undefined || CALM.includes(before.status)) return !isCalm;
  return before.status !== status || before.reason !== reason;
}
