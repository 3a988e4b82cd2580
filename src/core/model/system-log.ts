/** One event of the tenant's log, read leniently: absent parts are missing or empty. */
export interface LogEvent {
  /** Empty when the event has none. */
  readonly uid: string;
  /** Milliseconds since the epoch, on the tenant's clock. */
  readonly at?: number | undefined;
  readonly activity: 'create' | 'read' | 'update' | 'delete' | 'other';
  /** The API's name of the call; empty when the event has none. */
  readonly operation: string;
  /** Who did it, for people: an email, a name or an id. */
  readonly actor?: string | undefined;
  /** The tenant's id of who did it. */
  readonly actorId?: string | undefined;
  /** Ids of the objects concerned. */
  readonly ids: readonly string[];
}

/** Where a log was read to. */
export interface LogPlace {
  /** The last event seen. */
  readonly uid?: string;
  /** Milliseconds since the epoch, on the tenant's clock: nothing before it is wanted. */
  readonly since: number;
  /** True for the newest event first; oldest first otherwise. */
  readonly newestFirst?: boolean;
}

/** One page of a log. */
export interface LogPage {
  readonly events: readonly LogEvent[];
  /** Asks for the next page; missing on the last one. */
  readonly next?: string | undefined;
}

/** The tenant does not know the event any more that the log was read to. */
export class PlaceLostError extends Error {
  override readonly name = 'PlaceLostError';
}

/** A page of the log exceeds the size limit: its events are skipped. */
export class PageTooLargeError extends Error {
  override readonly name = 'PageTooLargeError';
}

/** c1sync may not read the log. The message has the cause and the remedy. */
export class LogClosedError extends Error {
  override readonly name = 'LogClosedError';
}

/** The tenant's log. */
export interface LogSource {
  /** Events after a place. Throws a PlaceLostError, a PageTooLargeError, a LogClosedError, or what the call throws. */
  read(place: LogPlace, page: string | undefined, signal?: AbortSignal): Promise<LogPage>;
  /** The offset of the tenant's clock from ours, milliseconds. */
  skewMs(): number;
}

/** At most this many pages are read at once; a log that fills faster is not followed event by event. */
export const MOST_LOG_PAGES = 10;

/**
 * True for an event of a change. An event without activity and call may come from a read of ours, and
 * would cause the next one.
 */
export function isChange({ activity, operation }: LogEvent): boolean {
  return activity !== 'read' && (activity !== 'other' || operation !== '');
}
