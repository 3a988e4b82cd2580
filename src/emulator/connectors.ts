import { knownUsers } from './app-owners.js';
import { readableConfig, readConfig } from './connector-types.js';
import { invalid, precondition, refused } from './errors.js';
import { APP_TYPE, Expansion, USER_TYPE } from './expansion.js';
import { isObject, type Json, type JsonObject, textOf, textsOf } from './json.js';
import { maskedFields, type Writable } from './masks.js';
import { keptName } from './names.js';
import { type Call, operationsOf, param, queryPage } from './operation.js';
import { type Owner, userIdsIn, withUsers } from './owners.js';
import { complete, fieldValue, texts } from './proto.js';
import { type Connector, connectorFields } from './schema.js';
import type { Touched } from './systemlog.js';
import { type Tenant, touchedApp } from './tenant.js';

const MAX_SYNC_WORKERS = 4;

/** The paths that the mask of an update accepts. */
export const writableConnectorFields: Writable = [
  'displayName',
  'description',
  'config',
  'userIds',
  'profileAllowList',
  'profileIgnoreList',
  'disableCheckBadSync',
  'parallelSyncWorkerCount',
  'syncConfig',
  'syncConfig.syncResourceTypeIds',
];

function list(call: Call): JsonObject {
  const app = call.tenant.app(param(call, 'app_id'));
  const page = queryPage(call, call.tenant.connectors(app.id).items, 'connectors');
  return { ...page, list: page.list.map((connector) => viewOf(call, connector)), expanded: [] };
}

function get(call: Call): JsonObject {
  const connector = call.tenant.connectorForReading(param(call, 'app_id'), param(call, 'id'));
  call.touch(...touchedConnector(call.tenant, connector));
  return answer(call, connector);
}

function create(call: Call): JsonObject {
  const type = connectorType(call);
  const config = readConfig(call.body.config, type);
  return add(call, { displayName: type.displayName, config, configUpdatedAt: call.tenant.timestamp() });
}

function createDelegated(call: Call): JsonObject {
  const type = connectorType(call);
  const displayName = keptName(textOf(call.body, 'displayName'), call.tenant.settings);
  return add(call, { displayName: displayName || type.displayName });
}

function connectorType(call: Call) {
  const id = textOf(call.body, 'catalogId');
  if (id === '') throw refused('catalog_id is required');
  const type = call.tenant.connectorTypes.get(id);
  if (type === undefined) throw refused('catalog_id is invalid');
  return type;
}

function add(call: Call, facts: JsonObject): JsonObject {
  const { tenant, body } = call;
  const app = tenant.app(param(call, 'app_id'));
  fieldValue(texts, body.userIds, 'user_ids');
  const given = knownUsers(tenant, textsOf(body, 'userIds'));
  const creator = tenant.settings.connectorCreatorOwns ? [call.principal.user.id] : [];
  const userIds = given.length > 0 ? given : creator;
  const now = tenant.timestamp();
  const connector = toConnector({
    ...facts,
    id: tenant.newId(),
    appId: app.id,
    catalogId: body.catalogId ?? '',
    description: body.description ?? '',
    userIds,
    status: { status: 'SYNC_STATUS_UNSPECIFIED', updatedAt: now },
    createdAt: now,
    updatedAt: now,
  });
  tenant.addConnector(connector);
  setConnectorOwners(tenant, connector, withUsers([], userIds, now));
  call.touch(...touchedConnector(tenant, connector));
  return answer(call, connector);
}

function update(call: Call): JsonObject {
  const connector = call.tenant.connector(param(call, 'app_id'), param(call, 'id'));
  return change(call, connector);
}

function updateDelegated(call: Call): JsonObject {
  const connector = call.tenant.connector(param(call, 'connector_app_id'), param(call, 'connector_id'));
  if (connector.config !== null) throw precondition('connector is not delegated: it has a config');
  return change(call, connector);
}

function change(call: Call, connector: Connector): JsonObject {
  const { tenant, body } = call;
  const sent = body.connector;
  if (!isObject(sent)) throw refused('connector is required');
  const names = maskedFields(body.updateMask, sent, writableConnectorFields);
  applyConnectorChange(tenant, connector, sent, names);
  call.touch(...touchedConnector(tenant, connector));
  return answer(call, connector);
}

/** Writes the named fields of `sent` into `connector`: all of them or, if one is refused, none. */
export function applyConnectorChange(
  tenant: Tenant,
  connector: Connector,
  sent: JsonObject,
  names: readonly string[],
): void {
  const changes: JsonObject = {};
  for (const name of names) {
    const value = newValue(tenant, connector, name, sent[name]);
    if (value !== undefined) changes[name] = value;
  }
  const now = tenant.timestamp();
  if (changes.config !== undefined) changes.configUpdatedAt = now;
  if (names.includes('syncConfig') && changes.syncConfig === undefined) delete connector.syncConfig;
  Object.assign(connector, changes, { updatedAt: now });
  if (!names.includes('userIds')) return;
  const { accepted } = tenant.connectorOwners(connector.id);
  setConnectorOwners(tenant, connector, withUsers(accepted, connector.userIds, now));
}

/** Writes the owners of a connector; `userIds` of the connector holds the users in the role of owners. */
export function setConnectorOwners(tenant: Tenant, connector: Connector, owners: readonly Owner[]): void {
  tenant.connectorOwners(connector.id).set(owners, tenant.clock, 0);
  connector.userIds = userIdsIn(owners);
}

function newValue(
  tenant: Tenant,
  connector: Connector,
  name: string,
  sent: Json | undefined,
): Json | undefined {
  const type = connectorFields[name];
  if (type === undefined) throw invalid(`unknown field ${name}`);
  if (name === 'config') return readConfig(sent, tenant.connectorTypes.get(connector.catalogId));
  const value = fieldValue(type, sent, `connector.${name}`);
  if (name === 'displayName') {
    const kept = keptName(String(value), tenant.settings);
    if (kept === '') throw refused('display_name is required');
    return kept;
  }
  if (name === 'userIds' && Array.isArray(value)) knownUsers(tenant, value);
  if (name === 'parallelSyncWorkerCount') {
    const count = Number(value);
    if (count < 0 || count > MAX_SYNC_WORKERS) {
      throw invalid(`invalid value for connector.${name}: 0 to ${MAX_SYNC_WORKERS} expected`);
    }
    if (connector[name] !== count) tenant.needFeature('PARALLEL_SYNC', name);
  }
  return value;
}

function remove(call: Call): JsonObject {
  const connector = call.tenant.connector(param(call, 'app_id'), param(call, 'id'));
  call.touch(...touchedConnector(call.tenant, connector));
  call.tenant.removeConnector(connector);
  return {};
}

/** The connector in the form of reads: without secrets. */
function viewOf({ tenant }: Call, connector: Connector, expansion = new Expansion(undefined)): JsonObject {
  const { config: stored, ...rest } = connector;
  const config = readableConfig(stored, tenant.connectorTypes.get(connector.catalogId));
  const users = connector.userIds.flatMap((id) => tenant.users.get(id) ?? []);
  return {
    connector: config === null ? rest : { ...rest, config },
    appPath: expansion.place('app_id', APP_TYPE, [tenant.anyApp(connector.appId)]),
    usersPath: expansion.place('user_ids', USER_TYPE, users),
    capabilitiesPath: '',
  };
}

function answer(call: Call, connector: Connector): JsonObject {
  const expansion = new Expansion(call.body.expandMask);
  const connectorView = viewOf(call, connector, expansion);
  return { connectorView, expanded: expansion.expanded };
}

/** The system log's reference to a connector; it includes the app, which a read of the connector needs. */
export function touchedConnector(tenant: Tenant, connector: Connector): Touched[] {
  return [
    { type: 'Connector', id: connector.id, name: connector.displayName },
    touchedApp(tenant.anyApp(connector.appId)),
  ];
}

/** A complete connector; fields that `source` lacks get the zero values of the API. */
export function toConnector(source: JsonObject): Connector {
  return complete(connectorFields, { ...source, status: source.status ?? {} }) as Connector;
}

/** The operations on connectors. */
export const connectorOperations = operationsOf('c1.api.app.v1.ConnectorService', [
  ['List', 'GET /api/v1/apps/:app_id/connectors', 'read', list],
  ['CreateDelegated', 'POST /api/v1/apps/:app_id/connectors', 'create', createDelegated],
  ['Create', 'POST /api/v1/apps/:app_id/connectors/create', 'create', create],
  ['Get', 'GET /api/v1/apps/:app_id/connectors/:id', 'read', get],
  ['Update', 'POST /api/v1/apps/:app_id/connectors/:id', 'update', update],
  [
    'UpdateDelegated',
    'POST /api/v1/apps/:connector_app_id/connectors/:connector_id/delegated',
    'update',
    updateDelegated,
  ],
  ['Delete', 'DELETE /api/v1/apps/:app_id/connectors/:id', 'delete', remove],
]);
