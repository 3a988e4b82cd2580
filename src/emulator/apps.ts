import { mergeAnnotations } from './annotations.js';
import { knownUsers, MAX_OWNERS } from './app-owners.js';
import { invalid, refused } from './errors.js';
import { isObject, type Json, type JsonObject, refIdsOf, textOf, textsOf } from './json.js';
import { maskedFields, type Writable } from './masks.js';
import { keptName } from './names.js';
import { bodyPage, type Call, type Operation, param, queryPage } from './operation.js';
import { OwnerList } from './owners.js';
import { pageOf } from './paging.js';
import { complete, fieldValue, texts } from './proto.js';
import { type App, appFields } from './schema.js';
import { matches, similar } from './search.js';
import { type Tenant, touchedApp } from './tenant.js';

/** What an update may write, and what a mask may name below it. */
export const writableAppFields: Writable = {
  displayName: [],
  description: [],
  instructions: [],
  iconUrl: [],
  monthlyCostUsd: [],
  certifyPolicyId: [],
  grantPolicyId: [],
  revokePolicyId: [],
  defaultRequestCatalogId: [],
  identityMatching: [],
  isManuallyManaged: [],
  connectorVersion: [],
  strictAccessEntitlementProvisioning: [],
  enableConnectorSourcedOwnership: [],
  revokeGrantSources: [],
  annotations: [],
  appUserMapper: ['mappingCases'],
  matchBatonRef: ['appId', 'connectorId', 'externalId'],
};

/** What a creation takes. */
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
  const page = pageOf(call.tenant.apps.items, queryPage(call), 'apps');
  return { list: page.list, nextPageToken: page.nextPageToken };
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
  const everyOwner = [...new Set([call.principal.user.id, ...knownUsers(tenant, owners)])];
  if (everyOwner.length > MAX_OWNERS) throw invalid(`owners: more than ${MAX_OWNERS}`);
  const now = tenant.stamp();
  const app: App = { ...emptyApp(id), ...changes, createdAt: now, updatedAt: now };
  const ownerList = new OwnerList();
  ownerList.set(everyOwner, tenant.clock, tenant.settings.ownerDelayMs);
  tenant.addApp(app, ownerList);
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
  const page = pageOf(found, bodyPage(call), 'search/apps');
  return { list: page.list, nextPageToken: page.nextPageToken };
}

/** Writes the named fields of `sent` into `app`; all of them or, where one is refused, none. */
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
  Object.assign(app, changes, { updatedAt: tenant.stamp() });
}

/** What a field becomes by a write; `undefined` where it is left out of the JSON from then on. */
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

/** The mapper with what the server fills in: whose it is and the number of each case. */
function mapperOf(appId: string, mapper: JsonObject): JsonObject {
  const cases = Array.isArray(mapper.mappingCases) ? mapper.mappingCases.filter(isObject) : [];
  return {
    appId,
    mappingCases: cases.map((entry, index) => ({ ...entry, appId, caseIndex: index })),
  };
}

/** The app and, where it is a directory, all that was discovered through it. */
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

/** A whole app from what is known of it; the rest gets the API's zero values. */
export function toApp(source: JsonObject): App {
  return complete(appFields, { ...source, appOwners: null }) as App;
}

/** The operations on apps. */
export const appOperations: readonly Operation[] = [
  { name: 'c1.api.app.v1.Apps.List', method: 'GET', path: '/api/v1/apps', activity: 'read', run: list },
  {
    name: 'c1.api.app.v1.Apps.Create',
    method: 'POST',
    path: '/api/v1/apps',
    activity: 'create',
    run: create,
  },
  { name: 'c1.api.app.v1.Apps.Get', method: 'GET', path: '/api/v1/apps/:id', activity: 'read', run: get },
  {
    name: 'c1.api.app.v1.Apps.Update',
    method: 'POST',
    path: '/api/v1/apps/:id',
    activity: 'update',
    run: update,
  },
  {
    name: 'c1.api.app.v1.Apps.Delete',
    method: 'DELETE',
    path: '/api/v1/apps/:id',
    activity: 'delete',
    run: remove,
  },
  {
    name: 'c1.api.app.v1.AppSearch.Search',
    method: 'POST',
    path: '/api/v1/search/apps',
    activity: 'read',
    run: search,
  },
];
