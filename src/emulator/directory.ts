import { configSchema } from './connector-types.js';
import { invalid, notFound, refused } from './errors.js';
import { Expansion, USER_TYPE } from './expansion.js';
import { type JsonObject, refIdsOf, textOf, textsOf } from './json.js';
import { bodyPage, type Call, operationsOf, param, queryPage } from './operation.js';
import { newFacts } from './policies.js';
import { complete } from './proto.js';
import { type Catalog, catalogFields, type User } from './schema.js';
import { similar } from './search.js';
import type { Touched } from './systemlog.js';

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
  const expansion = new Expansion(body.expandMask);
  const people = (ids: readonly string[]): User[] => ids.flatMap((id) => tenant.users.get(id) ?? []);
  const views = page.list.map((user) => ({
    ...userView(user),
    managersPath: expansion.place('manager_ids', USER_TYPE, people(textsOf(user, 'managerIds'))),
    delegatedUserPath: expansion.place(
      'delegated_user_id',
      USER_TYPE,
      people([textOf(user, 'delegatedUserId')]),
    ),
  }));
  return { ...page, list: views, expanded: expansion.expanded };
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
  const overlapping = (key: string) => {
    const wanted = textsOf(body, key);
    return (user: User): boolean =>
      wanted.length === 0 || textsOf(user, key).some((id) => wanted.includes(id));
  };
  const sieves = [
    among('departments', 'department'),
    among('jobTitles', 'jobTitle'),
    among('origins', 'origin'),
    among('userStatuses', 'status'),
    among('delegatedUserIds', 'delegatedUserId'),
    overlapping('roleIds'),
    overlapping('managerIds'),
  ];
  const excluded = [...textsOf(body, 'excludeTypes'), ...textsOf(body, 'excludeOrigins')];
  return (user) =>
    (email === '' || [user.email, ...textsOf(user, 'emails')].some((own) => own.toLowerCase() === email)) &&
    similar(query, user.displayName, user.email) &&
    (ids.size === 0 || ids.has(user.id)) &&
    !without.has(user.id) &&
    ![textOf(user, 'type'), textOf(user, 'origin')].some((own) => excluded.includes(own)) &&
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
  call.touch(touchedCatalog(catalog));
  const expansion = new Expansion(body.expandMask);
  const createdByUserPath = expansion.place('created_by_user_id', USER_TYPE, [call.principal.user]);
  const requestCatalogView = { ...catalogView(catalog), createdByUserPath };
  return { requestCatalogView, expanded: expansion.expanded };
}

function catalogOf(call: Call): Catalog {
  const catalog = call.tenant.catalogs.get(param(call, 'id'));
  if (catalog === undefined) throw notFound(`request catalog not found: ${param(call, 'id')}`);
  call.touch(touchedCatalog(catalog));
  return catalog;
}

function removeCatalog(call: Call): JsonObject {
  call.tenant.catalogs.remove(catalogOf(call).id);
  return {};
}

function touchedCatalog({ id, displayName }: Catalog): Touched {
  return { type: 'RequestCatalog', id, name: displayName };
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

/** A complete request catalog; fields that `source` lacks get the zero values of the API. */
export function toCatalog(source: JsonObject): Catalog {
  return complete(catalogFields, source) as Catalog;
}

/** The operations on users and catalogs, on the caller and on the system log. */
export const directoryOperations = operationsOf('c1.api', [
  ['auth.v1.Auth.Introspect', 'GET /api/v1/auth/introspect', 'read', introspect],
  ['user.v1.UserService.List', 'GET /api/v1/users', 'read', listUsers],
  ['user.v1.UserService.Get', 'GET /api/v1/users/:id', 'read', getUser],
  ['user.v1.UserSearch.Search', 'POST /api/v1/search/users', 'read', searchUsers],
  ['requestcatalog.v1.RequestCatalogManagementService.List', 'GET /api/v1/catalogs', 'read', listCatalogs],
  [
    'requestcatalog.v1.RequestCatalogManagementService.Get',
    'GET /api/v1/catalogs/:id',
    'read',
    (call) => ({ requestCatalogView: catalogView(catalogOf(call)), expanded: [] }),
  ],
  [
    'requestcatalog.v1.RequestCatalogManagementService.Delete',
    'DELETE /api/v1/catalogs/:id',
    'delete',
    removeCatalog,
  ],
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
