import { mergeAnnotations } from './annotations.js';
import { configSchema } from './connector-types.js';
import { invalid, notFound, refused } from './errors.js';
import { type JsonObject, refIdsOf, textOf, textsOf } from './json.js';
import { bodyPage, type Call, operationsOf, param, queryPage } from './operation.js';
import { complete } from './proto.js';
import { type Catalog, catalogFields, type Policy, policyFields, type User } from './schema.js';
import { matches, similar } from './search.js';

const policyTypes = ['GRANT', 'REVOKE', 'CERTIFY', 'ACCESS_REQUEST', 'PROVISION'].map(
  (name) => `POLICY_TYPE_${name}`,
);

function introspect(call: Call): JsonObject {
  const { user, roles, permissions } = call.principal;
  return {
    userId: user.id,
    principleId: user.id,
    tenantId: 'emulated-tenant',
    roles: [...roles],
    permissions: [...permissions],
    features: [...call.tenant.settings.features],
    disabledModules: [],
    deviceClientId: '',
  };
}

function listUsers(call: Call): JsonObject {
  const page = queryPage(call, call.tenant.users.items, 'users');
  return { ...page, list: page.list.map(userView), expanded: [] };
}

function getUser(call: Call): JsonObject {
  const user = call.tenant.users.get(param(call, 'id'));
  if (user === undefined) throw notFound(`user not found: ${param(call, 'id')}`);
  return { userView: userView(user), expanded: [] };
}

function searchUsers(call: Call): JsonObject {
  const { body, tenant } = call;
  const page = bodyPage(call, tenant.users.items.filter(userFilter(body)), 'search/users');
  return { ...page, list: page.list.map(userView), expanded: [] };
}

function userFilter(body: JsonObject): (user: User) => boolean {
  const email = textOf(body, 'email').toLowerCase();
  const query = textOf(body, 'query');
  const ids = new Set([...textsOf(body, 'ids'), ...refIdsOf(body, 'refs')]);
  const without = new Set(textsOf(body, 'excludeIds'));
  const among = (key: string, field: string) => {
    const wanted = textsOf(body, key);
    return (user: User): boolean => wanted.length === 0 || wanted.includes(textOf(user, field));
  };
  const sieves = [
    among('departments', 'department'),
    among('jobTitles', 'jobTitle'),
    among('origins', 'origin'),
    among('userStatuses', 'status'),
  ];
  const excluded = textsOf(body, 'excludeTypes');
  return (user) =>
    (email === '' || [user.email, ...textsOf(user, 'emails')].some((own) => own.toLowerCase() === email)) &&
    similar(query, user.displayName, user.email) &&
    (ids.size === 0 || ids.has(user.id)) &&
    !without.has(user.id) &&
    !excluded.includes(textOf(user, 'type')) &&
    sieves.every((sieve) => sieve(user));
}

function userView(user: User): JsonObject {
  return {
    user,
    userId: user.id,
    rolesPath: '',
    managersPath: '',
    directoriesPath: '',
    delegatedUserPath: '',
  };
}

function listPolicies(call: Call): JsonObject {
  return queryPage(call, call.tenant.policies.items, 'policies');
}

function searchPolicies(call: Call): JsonObject {
  const { body, tenant } = call;
  const displayName = textOf(body, 'displayName');
  const query = textOf(body, 'query');
  const types = textsOf(body, 'policyTypes');
  const refs = refIdsOf(body, 'refs');
  const without = new Set(textsOf(body, 'excludePolicyIds'));
  const found = tenant.policies.items.filter(
    (policy) =>
      matches(displayName, policy.displayName) &&
      similar(query, policy.displayName, textOf(policy, 'description')) &&
      (types.length === 0 || types.includes(policy.policyType)) &&
      (refs.size === 0 || refs.has(policy.id)) &&
      !without.has(policy.id),
  );
  return bodyPage(call, found, 'search/policies');
}

function createPolicy(call: Call): JsonObject {
  const { body, tenant } = call;
  if (textOf(body, 'displayName') === '') throw refused('display_name is required');
  if (!policyTypes.includes(textOf(body, 'policyType'))) throw refused('policy_type is required');
  const policy = toPolicy({ ...body, ...newFacts(call) });
  tenant.policies.add(policy);
  call.touch({ type: 'Policy', id: policy.id, name: policy.displayName });
  return { policy };
}

function listCatalogs(call: Call): JsonObject {
  const page = queryPage(call, call.tenant.catalogs.items, 'catalogs');
  return { ...page, list: page.list.map(catalogView), expanded: [] };
}

function createCatalog(call: Call): JsonObject {
  const { body, tenant } = call;
  if (textOf(body, 'displayName') === '') throw refused('display_name is required');
  const createdByUserId = call.principal.user.id;
  const catalog = toCatalog({ ...body, ...newFacts(call), createdByUserId });
  tenant.catalogs.add(catalog);
  call.touch({ type: 'RequestCatalog', id: catalog.id, name: catalog.displayName });
  return { requestCatalogView: catalogView(catalog), expanded: [] };
}

function newFacts(call: Call): JsonObject {
  const now = call.tenant.timestamp();
  return {
    id: call.tenant.newId(),
    annotations: mergeAnnotations({}, call.body.annotations),
    systemBuiltin: false,
    createdAt: now,
    updatedAt: now,
    deletedAt: null,
  };
}

function catalogView(catalog: Catalog): JsonObject {
  return { requestCatalog: catalog, memberCount: '0', createdByUserPath: '', accessEntitlementsPath: '' };
}

function configurationSchema(call: Call): JsonObject {
  const id = textOf(call.body, 'catalogId');
  if (id === '') throw refused('catalog_id is required');
  const type = call.tenant.connectorTypes.get(id);
  if (type === undefined) throw notFound(`connector catalog entry not found: ${id}`);
  return configSchema(type);
}

function listEvents(call: Call): JsonObject {
  const direction = textOf(call.body, 'sortDirection');
  if (!['', 'SORT_DIRECTION_UNSPECIFIED', 'SORT_DIRECTION_ASC', 'SORT_DIRECTION_DESC'].includes(direction)) {
    throw invalid('invalid value for sort_direction');
  }
  return call.tenant.log.list(call.body);
}

/** A complete policy; fields that `source` lacks get the zero values of the API. */
export function toPolicy(source: JsonObject): Policy {
  return complete(policyFields, source) as Policy;
}

/** A complete request catalog; fields that `source` lacks get the zero values of the API. */
export function toCatalog(source: JsonObject): Catalog {
  return complete(catalogFields, source) as Catalog;
}

/** The operations on users, policies, catalogs and entitlements, on the caller and on the system log. */
export const directoryOperations = operationsOf('c1.api', [
  ['auth.v1.Auth.Introspect', 'GET /api/v1/auth/introspect', 'read', introspect],
  ['user.v1.UserService.List', 'GET /api/v1/users', 'read', listUsers],
  ['user.v1.UserService.Get', 'GET /api/v1/users/:id', 'read', getUser],
  ['user.v1.UserSearch.Search', 'POST /api/v1/search/users', 'read', searchUsers],
  ['policy.v1.Policies.List', 'GET /api/v1/policies', 'read', listPolicies],
  ['policy.v1.Policies.Create', 'POST /api/v1/policies', 'create', createPolicy],
  ['policy.v1.PolicySearch.Search', 'POST /api/v1/search/policies', 'read', searchPolicies],
  ['requestcatalog.v1.RequestCatalogManagementService.List', 'GET /api/v1/catalogs', 'read', listCatalogs],
  [
    'requestcatalog.v1.RequestCatalogManagementService.Create',
    'POST /api/v1/catalogs',
    'create',
    createCatalog,
  ],
  [
    'integration.connector.v1.ConnectorCatalogService.ConfigurationSchema',
    'POST /api/v1/connectorcatalog',
    'read',
    configurationSchema,
  ],
  ['systemlog.v1.SystemLogService.ListEvents', 'POST /api/v1/systemlog/events', 'read', listEvents],
]);
