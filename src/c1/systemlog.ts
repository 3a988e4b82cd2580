import {
  LogClosedError,
  type LogEvent,
  type LogPlace,
  type LogSource,
  PageTooLargeError,
  PlaceLostError,
} from '../core/model/system-log.js';
import type { Redactor } from '../core/redact/redactor.js';
import { safe } from '../text/safe.js';
import { asList, asObject, asText } from '../text/shape.js';
import type { C1Reader } from './client.js';
import { ApiError } from './errors.js';
import type { JsonObject } from './json.js';

const PATH = '/api/v1/systemlog/events';
/** The page size: events may be large, and a small page bounds the memory. */
const PAGE = 50;
const PAGE_BYTES = 4 * 1024 * 1024;
/** The longest text of an event that can name an object; longer texts are dropped. */
const LONGEST = 256;
/** The activity ids of OCSF. */
const ACTIVITIES: Readonly<Record<number, LogEvent['activity']>> = {
  1: 'create',
  2: 'read',
  3: 'update',
  4: 'delete',
};
/** The status id of OCSF for a refused call. */
const FAILURE = 2;
/** The names of calls that only read. */
const READING = /^(Get|List|Search|Introspect|Read|Export|Validate)/;
/** Statuses for a missing or forbidden system log. */
const CLOSED: readonly (number | undefined)[] = [403, 404, 501];

/**
 * The tenant's system log: OCSF events of class API Activity. Any member of an event may be missing.
 * `nested` holds the types of objects with a parent; their events also name the parent.
 */
export function systemLog(reader: C1Reader, redactor: Redactor, nested: readonly string[]): LogSource {
  return {
    async read(place, page, signal) {
      try {
        const { list, nextPageToken } = await reader.search(PATH, request(place, page), {
          signal,
          maxBytes: PAGE_BYTES,
        });
        const events = asList(list).map((event) => readEvent(event, redactor, nested));
        return { events, next: asText(nextPageToken) || undefined };
      } catch (error) {
        throw meaningOf(error, place);
      }
    },
    skewMs() {
      const time = reader.serverTime?.();
      // The tenant's time has a resolution of a second: less than two seconds count as equal.
      const skew = time === undefined ? 0 : time.server - time.at;
      return Math.abs(skew) < 2_000 ? 0 : skew;
    },
  };
}

function request({ uid, since, newestFirst }: LogPlace, page: string | undefined): JsonObject {
  return {
    pageSize: PAGE,
    sortDirection: newestFirst === true ? 'SORT_DIRECTION_DESC' : 'SORT_DIRECTION_ASC',
    ...(uid === undefined ? { since: new Date(since).toISOString() } : { sinceEventUid: uid }),
    pageToken: page,
  };
}

function meaningOf(error: unknown, { uid }: LogPlace): unknown {
  if (!(error instanceof ApiError)) return error;
  const { status, message } = error;
  if (error.isOversize) return new PageTooLargeError(message);
  if (uid !== undefined && (status === 400 || status === 404)) return new PlaceLostError(message);
  if (!CLOSED.includes(status)) return error;
  return new LogClosedError(
    `${message}; give our credentials leave to read the system log, or set sync.systemLogInterval to off`,
  );
}

function readEvent(event: unknown, redactor: Redactor, nested: readonly string[]): LogEvent {
  const { metadata, time, api, actor, resources } = asObject(event);
  const user = asObject(asObject(actor).user);
  const name = [user.email_addr, user.name, user.uid].map(shortOf).find(Boolean);
  const operation = shortOf(asObject(api).operation).replace(/^\//, '').replaceAll('/', '.');
  return {
    uid: shortOf(asObject(metadata).uid),
    at: momentOf(time),
    activity: activityOf(asObject(event), operation),
    operation,
    actor: name && safe(redactor.text(name)),
    actorId: shortOf(user.uid) || undefined,
    ids: idsOf(asList(resources).map(asObject), nested),
  };
}

/** The activity of the call; a refused call counts as a read. */
function activityOf(event: JsonObject, operation: string): LogEvent['activity'] {
  const { activity_id, activity_name, type_uid, status_id } = event;
  if (Number(status_id) === FAILURE) return 'read';
  const named = Object.values(ACTIVITIES).find((name) => name === asText(activity_name).toLowerCase());
  const activity = ACTIVITIES[Number(activity_id)] ?? named ?? ACTIVITIES[Number(type_uid) % 100];
  const method = operation.slice(operation.lastIndexOf('.') + 1);
  return activity ?? (READING.test(method) ? 'read' : 'other');
}

/** The objects without the parents of others: a parent was not changed. */
function idsOf(resources: readonly JsonObject[], nested: readonly string[]): string[] {
  const below = resources.filter(({ type }) =>
    nested.some((name) => asText(type).toLowerCase().includes(name.toLowerCase())),
  );
  return (below.length > 0 ? below : resources).map(({ uid }) => shortOf(uid)).filter(Boolean);
}

/** The text, if it is no longer than a name or an id. */
function shortOf(value: unknown): string {
  const text = asText(value);
  return text.length > LONGEST ? '' : text;
}

/** Milliseconds since the epoch, also from a text in RFC 3339. Undefined without a time. */
function momentOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && !/^\d+$/.test(value) ? Date.parse(value) : Number(value);
  return Number.isFinite(number) && number > 0 ? number : undefined;
}
