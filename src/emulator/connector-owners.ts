import { knownUsers } from './app-owners.js';
import { OWNER_ROLE, touchedConnector } from './connectors.js';
import { notFound, refused } from './errors.js';
import { isObject, type JsonObject, refIdsOf, textOf } from './json.js';
import { type Call, operationsOf, param, queryPage } from './operation.js';
import { fieldValue, listOf, text } from './proto.js';
import type { Connector } from './schema.js';
import type { ConnectorOwner } from './tenant.js';

const refs = listOf({ id: text });
const base = '/api/v2/apps/:app_id/connectors/:connector_id/owners';

function connectorOf(call: Call): Connector {
  return call.tenant.connector(param(call, 'app_id'), param(call, 'connector_id'));
}

function searchUsers(call: Call): JsonObject {
  const connector = connectorOf(call);
  const role = call.query.role_slug ?? '';
  const owners = call.tenant
    .connectorOwners(connector.id)
    .filter((owner) => role === '' || owner.roleSlug === role);
  const page = queryPage(call, owners, 'connector-owners');
  return { ...page, list: page.list.map((owner) => ownerView(call, connector, owner)) };
}

function searchEntitlements(call: Call): JsonObject {
  connectorOf(call);
  return { list: [], nextPageToken: '' };
}

function set(call: Call): JsonObject {
  const connector = connectorOf(call);
  const role = textOf(call.body, 'roleSlug');
  if (role === '') throw refused('role_slug is required');
  fieldValue(refs, call.body.userRefs, 'user_refs');
  write(call, connector, role, [...refIdsOf(call.body, 'userRefs')]);
  return {};
}

function getUser(call: Call): JsonObject {
  const connector = connectorOf(call);
  return { connectorOwnerUser: ownerView(call, connector, ownerOf(call, connector)) };
}

function createUser(call: Call): JsonObject {
  const connector = connectorOf(call);
  const role = param(call, 'role_slug');
  const id = param(call, 'user_ref_id');
  const { userRef } = call.body;
  if (isObject(userRef) && textOf(userRef, 'id') !== '' && textOf(userRef, 'id') !== id) {
    throw refused('user_ref does not match the path');
  }
  write(call, connector, role, [...idsInRole(call, connector, role), id]);
  return { connectorOwnerUser: ownerView(call, connector, ownerOf(call, connector)) };
}

function deleteUser(call: Call): JsonObject {
  const connector = connectorOf(call);
  const { roleSlug, userId } = ownerOf(call, connector);
  const left = idsInRole(call, connector, roleSlug).filter((id) => id !== userId);
  write(call, connector, roleSlug, left);
  return {};
}

function write(call: Call, connector: Connector, role: string, userIds: string[]): void {
  const { tenant } = call;
  const known = knownUsers(tenant, userIds);
  const now = tenant.timestamp();
  tenant.setConnectorOwners(connector.id, role, known, now);
  if (role === OWNER_ROLE) connector.userIds = known;
  connector.updatedAt = now;
  call.touch(...touchedConnector(tenant, connector));
}

function idsInRole(call: Call, connector: Connector, role: string): string[] {
  return call.tenant
    .connectorOwners(connector.id)
    .filter((owner) => owner.roleSlug === role)
    .map((owner) => owner.userId);
}

function ownerOf(call: Call, connector: Connector): ConnectorOwner {
  const role = param(call, 'role_slug');
  const id = param(call, 'user_ref_id');
  const found = call.tenant
    .connectorOwners(connector.id)
    .find((owner) => owner.roleSlug === role && owner.userId === id);
  if (found === undefined) throw notFound(`connector owner not found: ${role}/${id}`);
  return found;
}

function ownerView(call: Call, connector: Connector, owner: ConnectorOwner): JsonObject {
  return {
    appId: connector.appId,
    connectorId: connector.id,
    roleSlug: owner.roleSlug,
    user: call.tenant.users.get(owner.userId) ?? null,
    createdAt: owner.createdAt,
  };
}

/** The operations on the owners of connectors. */
export const connectorOwnerOperations = operationsOf('c1.api.app.v2.ConnectorOwners', [
  ['Set', `PUT ${base}`, 'update', set],
  ['SearchUserOwners', `GET ${base}/users`, 'read', searchUsers],
  ['SearchEntitlementOwners', `GET ${base}/entitlements`, 'read', searchEntitlements],
  ['GetUserOwner', `GET ${base}/users/:role_slug/:user_ref_id`, 'read', getUser],
  ['CreateUserOwner', `POST ${base}/users/:role_slug/:user_ref_id`, 'update', createUser],
  ['DeleteUserOwner', `DELETE ${base}/users/:role_slug/:user_ref_id`, 'update', deleteUser],
]);
