import { asText, isObject } from '../../text/shape.js';
import type { KindApi } from '../api.js';
import { entitlementRefs } from '../entitlements.js';
import { asInteger } from '../fields.js';
import type { Operation, WriteOperation } from '../operation.js';
import { ownersOperations } from '../owners-api.js';
import { appKind } from './schema.js';

const ONE = '/api/v1/apps/{id}';

/** The calls on the owners of an app by role. */
export const appOwners = ownersOperations('/api/v2/apps/{id}/owners', 'c1.api.app.v2.AppOwners.Set');

/** The calls on apps. `setOwners` writes users alone. */
export const appOperations = {
  list: { method: 'GET', route: '/api/v1/apps' },
  search: { method: 'POST', route: '/api/v1/search/apps' },
  get: { method: 'GET', route: ONE, object: ['app'] },
  ownerIds: { method: 'GET', route: `${ONE}/ownerids` },
  create: { method: 'POST', route: '/api/v1/apps', log: 'c1.api.app.v1.Apps.Create', object: ['app'] },
  update: { method: 'POST', route: ONE, log: 'c1.api.app.v1.Apps.Update', object: ['app'] },
  setOwners: { method: 'PUT', route: `${ONE}/owners`, log: 'c1.api.app.v1.AppOwners.Set' },
  ownerUsers: appOwners.ownerUsers,
  ownerEntitlements: appOwners.ownerEntitlements,
  setAllOwners: appOwners.setOwners,
  delete: { method: 'DELETE', route: ONE, log: 'c1.api.app.v1.Apps.Delete' },
} as const satisfies Readonly<Record<string, Operation | WriteOperation>>;

/** The form of apps in the API. */
export const appApi: KindApi = {
  kind: appKind,
  operations: appOperations,
  // An unset message is null: the API refuses an empty message because of its missing members.
  encoders: {
    appEntitlementRefs: entitlementRefs,
    matchBatonRef: (value) => (isObject(value) && Object.keys(value).length > 0 ? value : null),
  },
  partsOf: (json) => ({
    facts: { isDirectory: json.isDirectory === true, userCount: asInteger(json.userCount) },
  }),
  // The search ignores case but not spaces, and a tenant may trim names.
  searchFor: ({ displayName }) => ({ displayName: asText(displayName).trim() }),
};
