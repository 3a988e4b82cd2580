import { notFound } from './errors.js';
import { APP_TYPE, Expansion } from './expansion.js';
import { type JsonObject, textOf, textsOf } from './json.js';
import { bodyPage, type Call, operationsOf, param, queryPage } from './operation.js';
import { complete } from './proto.js';
import { entitlementRefsOf } from './role-owners.js';
import { type Entitlement, entitlementFields } from './schema.js';
import { matches, similar } from './search.js';

function list(call: Call): JsonObject {
  const { id } = call.tenant.app(param(call, 'app_id'));
  const page = queryPage(call, call.tenant.entitlements(id).items, 'entitlements');
  return { ...page, list: page.list.map(viewOf), expanded: [] };
}

function get(call: Call): JsonObject {
  const id = param(call, 'id');
  const entitlement = call.tenant.entitlements(param(call, 'app_id')).get(id);
  if (entitlement === undefined) throw notFound(`app entitlement not found: ${id}`);
  return { appEntitlementView: viewOf(entitlement), expanded: [] };
}

function search(call: Call): JsonObject {
  const { tenant, body } = call;
  const [only, without] = [textsOf(body, 'appIds'), textsOf(body, 'excludeAppIds')];
  const refs = entitlementRefsOf(body, 'refs');
  const displayName = textOf(body, 'displayName');
  const [query, alias] = [textOf(body, 'query'), textOf(body, 'alias')];
  const found = tenant.apps.items
    .filter(({ id }) => (only.length === 0 || only.includes(id)) && !without.includes(id))
    .flatMap(({ id }) => tenant.entitlements(id).items)
    .filter(
      (one) =>
        matches(displayName, one.displayName) &&
        matches(alias, textOf(one, 'alias')) &&
        similar(query, one.displayName, textOf(one, 'description')) &&
        (refs.length === 0 || refs.some((ref) => ref.appId === one.appId && ref.id === one.id)),
    );
  const { list: some, nextPageToken } = bodyPage(call, found, 'search/entitlements');
  const expansion = new Expansion(body.expandMask);
  const views = some.map((one) => ({
    ...viewOf(one),
    appPath: expansion.place('app_id', APP_TYPE, [tenant.app(one.appId)]),
  }));
  return { list: views, nextPageToken, expanded: expansion.expanded };
}

function viewOf(appEntitlement: Entitlement): JsonObject {
  return { appEntitlement, appPath: '', appResourcePath: '', appResourceTypePath: '' };
}

/** A complete entitlement; fields that `source` lacks get the zero values of the API. */
export function toEntitlement(source: JsonObject): Entitlement {
  return complete(entitlementFields, source) as Entitlement;
}

/** The operations on the entitlements of apps. */
export const entitlementOperations = operationsOf('c1.api.app.v1', [
  ['AppEntitlements.List', 'GET /api/v1/apps/:app_id/entitlements', 'read', list],
  ['AppEntitlements.Get', 'GET /api/v1/apps/:app_id/entitlements/:id', 'read', get],
  ['AppEntitlementSearchService.Search', 'POST /api/v1/search/entitlements', 'read', search],
]);
