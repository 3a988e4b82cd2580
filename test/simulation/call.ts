import type { Change } from '../../src/core/model/change.js';
import type { TenantRequest } from '../../src/emulator/exchange.js';
import type { Json } from '../model/client.js';
import type { Thing } from './model.js';
import { asObject } from './tenant.js';

const READING = /^\/api\/v\d+\/(search\/|connectorcatalog|systemlog)|^\/auth\//;

/** A writing call. */
export interface Call {
  readonly kind: Thing['kind'];
  /** Of the object that it is about; undefined for one that is to be made. */
  readonly id: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly body: Json;
}

/** True where a call is one of those that a change consists of. `recorded`: id of the object that the sender made for it. */
export function isCallOf(
  { kind, id, method, body }: Call,
  change: Change,
  recorded: string | undefined,
): boolean {
  if (change.kind !== kind || (method === 'DELETE') !== (change.action === 'delete')) return false;
  if (change.action !== 'create') return change.id === id;
  return id === undefined ? change.natural.displayName === body.displayName : recorded === id;
}

/** What a write sends, in the form in which the tenant shows objects. */
export function sentObject(path: string, body: Json): Json {
  if (/\/(pause|resume)$/.test(path)) return path.endsWith('/pause') ? { syncDisabledAt: 'now' } : {};
  if (path.endsWith('/schedule')) return { connectorSyncCronSchedule: body.cron };
  if (path.endsWith('/owners')) {
    const refs = Array.isArray(body.userRefs) ? body.userRefs : [];
    const userIds = body.userIds ?? refs.map((ref: unknown) => asObject(ref).id);
    return { ownerIds: userIds, userIds };
  }
  return asObject(body.app ?? body.connector);
}

/** True for a request that changes nothing. */
export function isReading(method: string, path: string): boolean {
  return method === 'GET' || READING.test(path);
}

/** A writing call from its text. */
export function callOf({ method, path, body: text }: TenantRequest): Call {
  const body = JSON.parse(text === '' ? '{}' : text) as Json;
  const { appId, connectorId, rest } = placeOf(path);
  const isCreate = method === 'POST' && rest === '' && /\/(apps|connectors)$/.test(path);
  const kind = path.includes('/connectors') ? 'Connector' : 'App';
  const id = isCreate ? undefined : (connectorId ?? appId);
  return { kind, id, method, path, body };
}

/** What a call of its own writes, by the end of its path. */
const OWN_CALLS: readonly (readonly [RegExp, RegExp])[] = [
  [/\/owners$/, /^(owners|appEntitlementRefs|userIds|ownerIds)/],
  [/\/schedule$/, /^schedule/],
  [/\/(pause|resume)$/, /^paused$/],
];

/** What of a call no field of its change asks for, in the names of masks; marks are bookkeeping. */
export function unplanned({ path, body }: Call, { action, fields }: Change): readonly string[] {
  if (action === 'create' || action === 'delete') return [];
  const paths = fields.map((field) => field.path);
  const own = OWN_CALLS.find(([end]) => end.test(path));
  if (own !== undefined) return paths.some((one) => own[1].test(one)) ? [] : [path];
  return String(body.updateMask ?? '')
    .split(',')
    .filter((mask) => mask !== 'annotations' && !paths.some((one) => one.split('.')[0] === mask));
}

/** What an update changes, in the names of masks. */
export function masksOf(body: Json): string[] {
  return String(body.updateMask ?? '').split(',');
}

/** The app and the connector that a call is about, and what of the path follows. */
export function placeOf(path: string): {
  readonly appId: string;
  readonly connectorId: string | undefined;
  readonly rest: string;
} {
  const place = /^\/api\/v\d+\/apps\/([^/?]+)(?:\/connectors(?:\/([^/?]+))?)?([^?]*)/.exec(path);
  return { appId: place?.[1] ?? '', connectorId: place?.[2], rest: place?.[3] ?? '' };
}
