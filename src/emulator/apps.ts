import { mergeAnnotations } from './annotations.js';
import { knownUsers, setAppOwners } from './app-owners.js';
import { invalid, refused } from './errors.js';
import { isObject, type Json, type JsonObject, refIdsOf, textOf, textsOf } from './json.js';
import { maskedFields, type Writable } from './masks.js';
import { keptName } from './names.js';
import { bodyPage, type Call, operationsOf, param, queryPage } from './operation.js';
import { OWNER_ROLE, OwnerList, withRole } from './owners.js';
import { complete, fieldValue, texts } from './proto.js';
import { checkOwners, entitlementRefsOf } from './role-owners.js';
import { type App, appFields } from './schema.js';
import { matches, similar } from './search.js';
import { type Tenant, touchedApp } from './tenant.js';

/** The paths that the mask of an update accepts. */
export const writableAppFields: Writable = [
  'displayName',
  'description',
  'instructions',
  'iconUrl',
  'monthlyCostUsd',
  'certifyPolicyId',
  'grantPolicyId',
  'revokePolicyId',
  'defaultRequestCatalogId',
  'identityMatching',
  'isManuallyManaged',
  'connectorVersion',
  'strictAccessEntitlementProvisioning',
  'enableConnectorSourcedOwnership',
  'revokeGrantSources',
  'annotations',
  'appUserMapper',
  'appUserMapper.mappingCases',
  'matchBatonRef',
  'matchBatonRef.appId',
  'matchBatonRef.connectorId',
  'matchBatonRef.externalId',
];

/** The fields that a create accepts. */
const creatableFields = [
  'displayName',
  'description',
  'instructions',
  'monthlyCostUsd',
  'certifyPolicyId',
  'grantPolicyId',
  'revokePolicyId',
  'identityMatching',
  'strictAccessEntitlementProvisioning',
  'annotations',
  'matchBatonRef',
] as const;

const policyFields = ['certifyPolicyId', 'grantPolicyId', 'revokePolicyId'];
const identityMatchings = ['UNSPECIFIED', 'STRICT', 'DISPLAY_NAME', 'CUSTOM'].map(
  (name) => `APP_USER_IDENTITY_MATCHING_${name}`,
);

function list(call: Call): JsonObject {
  return queryPage(call, call.tenant.apps.items, 'apps');
}

function get(call: Call): JsonObject {
  const app = call.tenant.appForReading(param(call, 'id'));
  call.touch(touchedApp(app));
  return { app };
}

function create(call: Call): JsonObject {
  const { tenant, body } = call;
  const owners = fieldValue(texts, body.owners, 'owners') === undefined ? [] : textsOf(body, 'owners');
  if (isObject(body.matchBatonRef) && owners.length > 0) {
    throw invalid('owners must be empty with match_baton_ref');
  }
  const id = tenant.newId();
  const sent = creatableFields.filter((name) => body[name] !== undefined && body[name] !== null);
  const changes: JsonObject = {};
  for (const name of sent) {
    const value = newValue(tenant, emptyApp(id), name, body[name]);
    if (value !== undefined) changes[name] = value;
  }
  if (textOf(changes, 'displayName') === '') throw refused('display_name is required');
  const users = [call.principal.user.id, ...knownUsers(tenant, owners)].map((user) => ({ id: user }));
  const entitlements = entitlementRefsOf(body, 'appEntitlementOwnerRefs');
  checkOwners(tenant, entitlements);
  const now = tenant.timestamp();
  const app: App = { ...emptyApp(id), ...changes, createdAt: now, updatedAt: now };
  tenant.addApp(app, new OwnerList());
  setAppOwners(tenant, app, withRole([], OWNER_ROLE, [...users, ...entitlements], now));
  call.touch(touchedApp(app));
  return { app };
}

function update(call: Call): JsonObject {
  const { tenant, body } = call;
  const app = tenant.app(param(call, 'id'));
  const sent = body.app;
  if (!isObject(sent)) throw refused('app is required');
  const names = maskedFields(body.updateMask, sent, writableAppFields);
  applyAppChange(tenant, app, sent, names);
  call.touch(touchedApp(app));
  return { app };
}

function remove(call: Call): JsonObject {
  const app = call.tenant.app(param(call, 'id'));
  for (const doomed of withDiscovered(call.tenant, app)) {
    call.touch(touchedApp(doomed));
    call.tenant.removeApp(doomed);
  }
  return {};
}

function search(call: Call): JsonObject {
  const { tenant, body } = call;
  const displayName = textOf(body, 'displayName');
  const query = textOf(body, 'query');
  const only = new Set(textsOf(body, 'appIds'));
  const without = new Set(textsOf(body, 'excludeAppIds'));
  const policies = refIdsOf(body, 'policyRefs');
  const found = tenant.apps.items.filter(
    (app) =>
      matches(displayName, app.displayName) &&
      similar(query, app.displayName, textOf(app, 'description')) &&
      (only.size === 0 || only.has(app.id)) &&
      !without.has(app.id) &&
      (body.onlyDirectories !== true || app.isDirectory) &&
      (policies.size === 0 || policyFields.some((field) => policies.has(textOf(app, field)))),
  );
  return bodyPage(call, found, 'search/apps');
}

/** Writes the named fields of `sent` into `app`: all of them or, if one is refused, none. */
export function applyAppChange(tenant: Tenant, app: App, sent: JsonObject, names: readonly string[]): void {
  const changes: JsonObject = {};
  const unset: string[] = [];
  for (const name of names) {
    const value = newValue(tenant, app, name, sent[name]);
    if (value === undefined) unset.push(name);
    else changes[name] = value;
  }
  if (names.includes('displayName') && changes.displayName === '') {
    throw refused('display_name is required');
  }
  for (const name of unset) delete app[name];
  Object.assign(app, changes, { updatedAt: tenant.timestamp() });
}

/** The value of a field after a write; `undefined` removes the field from the JSON. */
function newValue(tenant: Tenant, app: App, name: string, sent: Json | undefined): Json | undefined {
  const type = appFields[name];
  if (type === undefined) throw invalid(`unknown field ${name}`);
  const value = fieldValue(type, sent, `app.${name}`);
  switch (name) {
    case 'displayName':
      return keptName(String(value), tenant.settings);
    case 'annotations':
      return mergeAnnotations(app.annotations, sent);
    case 'enableConnectorSourcedOwnership':
      if (value === true && app[name] !== true) tenant.needFeature('CONNECTOR_SOURCED_OWNERSHIP', name);
      return value === true ? true : undefined;
    case 'identityMatching':
      if (!identityMatchings.includes(String(value))) throw invalid(`invalid value for app.${name}`);
      return value;
    case 'defaultRequestCatalogId':
      if (value !== '' && tenant.catalogs.get(String(value)) === undefined) {
        throw refused('default_request_catalog_id is invalid');
      }
      return value;
    case 'certifyPolicyId':
    case 'grantPolicyId':
    case 'revokePolicyId':
      checkPolicy(tenant, name, String(value));
      return value;
    case 'matchBatonRef':
      if (isObject(value) && Object.values(value).includes('')) throw refused('match_baton_ref is invalid');
      return value;
    case 'appUserMapper':
      return isObject(value) ? mapperOf(app.id, value) : undefined;
    default:
      return value;
  }
}

function checkPolicy(tenant: Tenant, name: string, id: string): void {
  if (id === '') return;
  const type = tenant.policies.get(id)?.policyType;
  const wanted = `POLICY_TYPE_${name.replace('PolicyId', '').toUpperCase()}`;
  if (type === undefined || ![wanted, 'POLICY_TYPE_UNSPECIFIED'].includes(type)) {
    throw refused(`${name.replace('PolicyId', '_policy_id')} is invalid`);
  }
}

/** The mapper with the fields that the server sets: the app and the index of each case. */
function mapperOf(appId: string, mapper: JsonObject): JsonObject {
  const cases = Array.isArray(mapper.mappingCases) ? mapper.mappingCases.filter(isObject) : [];
  return {
    appId,
    mappingCases: cases.map((entry, index) => ({ ...entry, appId, caseIndex: index })),
  };
}

/** The app and, if it is a directory, the apps discovered through it. */
function withDiscovered(tenant: Tenant, app: App): App[] {
  const doomed = [app];
  for (const parent of doomed) {
    if (!parent.isDirectory) continue;
    const children = tenant.apps.items.filter((child) => child.parentAppId === parent.id);
    doomed.push(...children.filter((child) => !doomed.includes(child)));
  }
  return doomed;
}

function emptyApp(id: string): App {
  return toApp({ id });
}

/** A complete app; fields that `source` lacks get the zero values of the API. */
export function toApp(source: JsonObject): App {
  return complete(appFields, { ...source, appOwners: null }) as App;
}

/** The operations on apps. */
export const appOperations = operationsOf('c1.api.app.v1', [
  ['Apps.List', 'GET /api/v1/apps', 'read', list],
  ['Apps.Create', 'POST /api/v1/apps', 'create', create],
  ['Apps.Get', 'GET /api/v1/apps/:id', 'read', get],
  ['Apps.Update', 'POST /api/v1/apps/:id', 'update', update],
  ['Apps.Delete', 'DELETE /api/v1/apps/:id', 'delete', remove],
  ['AppSearch.Search', 'POST /api/v1/search/apps', 'read', search],
]);
