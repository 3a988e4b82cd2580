import { invalid, refused } from './errors.js';
import type { JsonObject } from './json.js';
import { textsOf } from './json.js';
import { type Call, operationsOf, param, queryPage } from './operation.js';
import { fieldValue, texts } from './proto.js';
import { type Tenant, touchedApp } from './tenant.js';

/** The largest number of users that own an app. */
export const MAX_OWNERS = 32;

function listIds(call: Call): JsonObject {
  return { userIds: [...call.tenant.owners(param(call, 'app_id')).visible] };
}

function list(call: Call): JsonObject {
  const { users } = call.tenant;
  const owners = call.tenant.owners(param(call, 'app_id')).visible.flatMap((id) => users.get(id) ?? []);
  return queryPage(call, owners, 'owners');
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

/** The ids, each of a user of the tenant. Throws a 500 of code 2 for an id without a user. */
export function knownUsers(tenant: Tenant, ids: readonly string[]): string[] {
  for (const id of ids) {
    if (id === '') throw refused('user_id is required');
    if (tenant.users.get(id) === undefined) throw refused(`user_id is invalid: no user ${id}`);
  }
  return [...ids];
}

/** The operations on the owners of apps. */
export const appOwnerOperations = operationsOf('c1.api.app.v1.AppOwners', [
  ['ListOwnerIDs', 'GET /api/v1/apps/:app_id/ownerids', 'read', listIds],
  ['List', 'GET /api/v1/apps/:app_id/owners', 'read', list],
  ['Set', 'PUT /api/v1/apps/:app_id/owners', 'update', set],
  ['Delete', 'DELETE /api/v1/apps/:app_id/owners', 'update', removeSome],
  ['Add', 'POST /api/v1/apps/:app_id/owners/:user_id', 'update', add],
  ['Remove', 'DELETE /api/v1/apps/:app_id/owners/:user_id', 'update', remove],
]);
