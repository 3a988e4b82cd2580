import { invalid } from './errors.js';
import type { Json, JsonObject } from './json.js';
import { pageSize, readToken, writeToken } from './paging.js';
import type { User } from './schema.js';

const CAPACITY = 50_000;
const CLASS_UID = 6003;
const SCOPE = 'systemlog';

/** The activity ids of OCSF. */
const activities = { create: 1, read: 2, update: 3, delete: 4 } as const;
/** The effect of a call on the tenant. */
export type Activity = keyof typeof activities;

/** The system log's reference to an object that a call read or changed. */
export interface Touched {
  readonly type: 'App' | 'Connector' | 'Policy' | 'RequestCatalog';
  readonly id: string;
  readonly name: string;
}

/** A successful call for the system log. */
export interface Occurrence {
  /** Full name of the API method, such as `c1.api.app.v1.Apps.Update`. */
  readonly operation: string;
  readonly activity: Activity;
  readonly actor: User;
  readonly touched: readonly Touched[];
  /** Milliseconds since the epoch. */
  readonly time: number;
}

interface Entry {
  readonly number: number;
  readonly uid: string;
  readonly time: number;
  readonly event: JsonObject;
}

/** The calls of the tenant as OCSF events of class API Activity; at most the last 50,000. */
export class SystemLog {
  #entries: Entry[] = [];
  #next = 1;
  readonly #newId: () => string;

  constructor(newId: () => string) {
    this.#newId = newId;
  }

  /** Logs a call. */
  add(occurrence: Occurrence): void {
    const uid = this.#newId();
    this.#entries.push({ number: this.#next, uid, time: occurrence.time, event: eventOf(occurrence, uid) });
    this.#next += 1;
    if (this.#entries.length > CAPACITY * 1.2) this.#entries = this.#entries.slice(-CAPACITY);
  }

  /**
   * A page of events, oldest first unless the call requests `SORT_DIRECTION_DESC`. `since` is inclusive, `until` exclusive;
   * the answer excludes the events of `sinceEventUid` and `untilEventUid`. The token holds a position in the log, so that
   * new events do not shift the pages.
   */
  list(request: JsonObject): { list: JsonObject[]; nextPageToken: string } {
    const newestFirst = request.sortDirection === 'SORT_DIRECTION_DESC';
    const size = pageSize(request.pageSize);
    const wanted = this.#between(request, newestFirst);
    const found = newestFirst ? wanted.toReversed() : wanted;
    const page = found.slice(0, size);
    const last = page.at(-1);
    return {
      list: page.map((entry) => entry.event),
      nextPageToken: found.length > size && last !== undefined ? writeToken(last.number, SCOPE) : '',
    };
  }

  /** The requested entries that no page has shown yet, oldest first. */
  #between(request: JsonObject, newestFirst: boolean): Entry[] {
    const place = readToken(request.pageToken, SCOPE);
    const since = momentOf(request.since, 'since') ?? Number.NEGATIVE_INFINITY;
    const until = momentOf(request.until, 'until') ?? Number.POSITIVE_INFINITY;
    let after = this.#numberOf(request.sinceEventUid, 'since_event_uid') ?? 0;
    let before = this.#numberOf(request.untilEventUid, 'until_event_uid') ?? this.#next;
    if (place !== 0 && newestFirst) before = Math.min(before, place);
    if (place !== 0 && !newestFirst) after = Math.max(after, place);
    const first = this.#entries[0]?.number ?? this.#next;
    return this.#entries
      .slice(Math.max(0, after + 1 - first), Math.max(0, before - first))
      .filter((entry) => entry.time >= since && entry.time < until);
  }

  #numberOf(uid: Json | undefined, name: string): number | undefined {
    if (uid === undefined || uid === null || uid === '') return undefined;
    const entry = this.#entries.findLast((candidate) => candidate.uid === uid);
    if (entry === undefined) throw invalid(`invalid value for ${name}: no such event`);
    return entry.number;
  }
}

function momentOf(value: Json | undefined, name: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) throw invalid(`invalid value for ${name}: an RFC 3339 timestamp expected`);
  return time;
}

function eventOf({ operation, activity: deed, actor, touched, time }: Occurrence, uid: string): JsonObject {
  const activity = activities[deed];
  const name = deed.charAt(0).toUpperCase() + deed.slice(1);
  return {
    activity_id: activity,
    activity_name: name,
    category_uid: 6,
    category_name: 'Application Activity',
    class_uid: CLASS_UID,
    class_name: 'API Activity',
    type_uid: CLASS_UID * 100 + activity,
    type_name: `API Activity: ${name}`,
    severity_id: 1,
    severity: 'Informational',
    status_id: 1,
    status: 'Success',
    time,
    metadata: { uid, version: '1.1.0', product: { name: 'ConductorOne', vendor_name: 'ConductorOne' } },
    actor: {
      user: { uid: actor.id, name: actor.displayName, email_addr: actor.email },
    },
    api: {
      operation,
      service: { name: operation.slice(0, operation.lastIndexOf('.')) },
    },
    resources: touched.map(({ id, type, name: label }) => ({ uid: id, type, name: label })),
  };
}
