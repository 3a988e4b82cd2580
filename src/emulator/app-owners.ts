import { invalid, refused } from './errors.js';
import type { JsonObject } from './json.js';
import { textsOf } from './json.js';
import { type Call, type Operation, param, queryPage } from './operation.js';
import { pageOf } from './paging.js';
import { fieldValue, texts } from './proto.js';
import { type Tenant, touchedApp } from './tenant.js';

/** User owners an app may have. */
export const MAX_OWNERS = 32;

function listIds(call: Call): JsonObject {
  return { userIds: [...call.tenant.owners(param(call, 'app_id')).visible] };
}

function list(call: Call): JsonObject {
  const { users } = call.tenant;
  const owners = call.tenant.owners(param(call, 'app_id')).visible.flatMap((id) => users.get(id) ?? []);
  const page = pageOf(owners, queryPage(call), 'owners');
  return { list: page.list, nextPageToken: page.nextPageToken };
}

function set(call: Call): JsonObject {
  return write(call, () => knownUsers(call.tenant, userIds(call.body)));
}

function removeSome(call: Call): JsonObject {
  const gone = new Set(userIds(call.body));
  return write(call, (current) => current.filter((id) => !gone.has(id)));
}

function add(call: Call): JsonObject {
  const [id = ''] = knownUsers(call.tenant, [param(call, 'user_id')]);
  return write(call, (current) => [...current, id]);
}

function remove(call: Call): JsonObject {
  return write(call, (current) => current.filter((id) => id !== param(call, 'user_id')));
}

function write(call: Call, change: (current: readonly string[]) => string[]): JsonObject {
  const { tenant } = call;
  const app = tenant.app(param(call, 'app_id'));
  const owners = tenant.owners(app.id);
  const next = new Set(change(owners.accepted));
  if (next.size > MAX_OWNERS) throw invalid(`user_ids: more than ${MAX_OWNERS} owners`);
  owners.set([...next], tenant.clock, tenant.settings.ownerDelayMs);
  call.touch(touchedApp(app));
  return {};
}

function userIds(body: JsonObject): string[] {
  fieldValue(texts, body.userIds, 'user_ids');
  return textsOf(body, 'userIds');
}

/** The ids given, once all of them are known to be users. Throws a 500 of code 2 for one that is not. */
export function knownUsers(tenant: Tenant, ids: readonly string[]): string[] {
  for (const id of ids) {
    if (id === '') throw refused('user_id is required');
    if (tenant.users.get(id) === undefined) throw refused(`user_id is invalid: no user ${id}`);
  }
  return [...ids];
}

/** The operations on the owners of apps. */
export const appOwnerOperations: readonly Operation[] = [
  {
    name: 'c1.api.app.v1.AppOwners.ListOwnerIDs',
    method: 'GET',
    path: '/api/v1/apps/:app_id/ownerids',
    activity: 'read',
    run: listIds,
  },
  {
    name: 'c1.api.app.v1.AppOwners.List',
    method: 'GET',
    path: '/api/v1/apps/:app_id/owners',
    activity: 'read',
    run: list,
  },
  {
    name: 'c1.api.app.v1.AppOwners.Set',
    method: 'PUT',
    path: '/api/v1/apps/:app_id/owners',
    activity: 'update',
    run: set,
  },
  {
    name: 'c1.api.app.v1.AppOwners.Delete',
    method: 'DELETE',
    path: '/api/v1/apps/:app_id/owners',
    activity: 'update',
    run: removeSome,
  },
  {
    name: 'c1.api.app.v1.AppOwners.Add',
    method: 'POST',
    path: '/api/v1/apps/:app_id/owners/:user_id',
    activity: 'update',
    run: add,
  },
  {
    name: 'c1.api.app.v1.AppOwners.Remove',
    method: 'DELETE',
    path: '/api/v1/apps/:app_id/owners/:user_id',
    activity: 'update',
    run: remove,
  },
];
