import { invalid, refused } from './errors.js';
import type { JsonObject } from './json.js';
import { textsOf } from './json.js';
import { type Call, operationsOf, param, queryPage } from './operation.js';
import { isUser, type Owner, userIdsIn, withUsers } from './owners.js';
import { fieldValue, texts } from './proto.js';
import type { App } from './schema.js';
import { type Tenant, touchedApp } from './tenant.js';

/** The largest number of users, and of entitlements, that own an app. */
const MAX_OWNERS = 32;

function listIds(call: Call): JsonObject {
  return { userIds: userIdsIn(call.tenant.owners(param(call, 'app_id')).visible) };
}

function list(call: Call): JsonObject {
  const { users } = call.tenant;
  const ids = userIdsIn(call.tenant.owners(param(call, 'app_id')).visible);
  return queryPage(
    call,
    ids.flatMap((id) => users.get(id) ?? []),
    'owners',
  );
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
  const { accepted } = tenant.owners(app.id);
  setAppOwners(tenant, app, withUsers(accepted, change(userIdsIn(accepted)), tenant.timestamp()));
  call.touch(touchedApp(app));
  return {};
}

/** Writes the owners of an app. Throws a 400 beyond the number of owners that the API accepts. */
export function setAppOwners(tenant: Tenant, app: App, owners: readonly Owner[]): void {
  const users = owners.filter(isUser).length;
  if (users > MAX_OWNERS) throw invalid(`user_ids: more than ${MAX_OWNERS} owners`);
  if (owners.length - users > MAX_OWNERS)
    throw invalid(`app_entitlement_refs: more than ${MAX_OWNERS} owners`);
  tenant.owners(app.id).set(owners, tenant.clock, tenant.settings.ownerDelayMs);
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
