import { z } from 'zod';
import { toApp } from './apps.js';
import { connectorTypeSchema, knownConnectorTypes, readConfig } from './connector-types.js';
import { setConnectorOwners, toConnector } from './connectors.js';
import { toCatalog } from './directory.js';
import { toEntitlement } from './entitlements.js';
import { ApiError } from './errors.js';
import { idOf } from './ids.js';
import { isObject, type Json, type JsonObject, textOf, textsOf } from './json.js';
import { isUser, OWNER_ROLE, type Owner, OwnerList, userIdsIn, withRole } from './owners.js';
import { toPolicy } from './policies.js';
import { complete } from './proto.js';
import { entitlementRefsOf } from './role-owners.js';
import { type User, userFields } from './schema.js';
import type { Tenant } from './tenant.js';

const json: z.ZodType<Json> = z.json();
const objects = z.array(z.record(z.string(), json)).default([]);

/**
 * The initial state of a tenant, in the form of `GET /_emulator/state`. Objects are JSON of the API: missing fields get zero
 * values, missing ids get ids that are the same for the same seed. Users may have `roles` and `permissions`, apps
 * `ownerIds`; apps and connectors may have `ownerEntitlements` (`{appId, id}`). Connectors name their app in `appId` and hold the secrets in `config`. The tenant also has the publicly known
 * connector types. A seed without `features` enables all features.
 */
const seedSchema = z.strictObject({
  users: objects,
  policies: objects,
  catalogs: objects,
  connectorTypes: z.array(connectorTypeSchema).default([]),
  apps: objects,
  connectors: objects,
  entitlements: objects,
  features: z.array(z.string()).optional(),
});

/** The input form of a seed: every member is optional. */
export type SeedInput = z.input<typeof seedSchema>;

/** An invalid seed: the message names the place, the error and the expected value. */
export class SeedError extends Error {
  override readonly name = 'SeedError';
}

/** Fills an empty tenant. Throws a {@link SeedError} that names the place of the first error. */
export function plantSeed(tenant: Tenant, input: unknown): void {
  const result = seedSchema.safeParse(input);
  if (!result.success) throw new SeedError(`The seed is not valid: ${describe(result.error)}`);
  const seed = result.data;
  const now = tenant.timestamp();
  if (seed.features !== undefined) tenant.settings.features = seed.features;
  for (const type of [...knownConnectorTypes(), ...seed.connectorTypes]) {
    tenant.connectorTypes.set(type.catalogId, type);
  }
  each(seed.users, 'users', 'email', now, (source, path) => plantUser(tenant, source, path));
  each(seed.policies, 'policies', 'displayName', now, (source, path) => {
    tenant.policies.add(unique(tenant.policies, toPolicy(source), path));
  });
  each(seed.catalogs, 'catalogs', 'displayName', now, (source, path) => {
    tenant.catalogs.add(unique(tenant.catalogs, toCatalog(source), path));
  });
  each(seed.apps, 'apps', 'displayName', now, (source, path) => plantApp(tenant, source, path));
  each(seed.entitlements, 'entitlements', 'displayName', now, (source, path) => {
    plantEntitlement(tenant, source, path);
  });
  each(seed.connectors, 'connectors', 'displayName', now, (source, path) => {
    plantConnector(tenant, source, path, now);
  });
}

/** The errors of a zod check, each with its place, in one line. */
export function describe(error: z.ZodError): string {
  return error.issues.map((issue) => `${pathOf(issue.path)}: ${issue.message}`).join('; ');
}

function pathOf(path: readonly PropertyKey[]): string {
  const parts = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`));
  return parts.join('').replace(/^\./, '') || 'the whole';
}

function each(
  sources: readonly JsonObject[],
  kind: string,
  naming: string,
  now: string,
  plant: (source: JsonObject, path: string) => void,
): void {
  for (const [index, source] of sources.entries()) {
    const path = `${kind}[${index}]`;
    const facts = {
      ...source,
      id: textOf(source, 'id') || idOf(`${kind}/${index}/${textOf(source, naming)}`),
      createdAt: source.createdAt ?? now,
      updatedAt: source.updatedAt ?? source.createdAt ?? now,
    };
    try {
      plant(facts, path);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      throw new SeedError(`The seed is not valid: ${path}: ${error.message}`, { cause: error });
    }
  }
}

function plantUser(tenant: Tenant, source: JsonObject, path: string): void {
  const email = textOf(source, 'email');
  const user = toUser({ displayName: email, ...source });
  tenant.users.add(unique(tenant.users, user, path));
  if (source.roles === undefined && source.permissions === undefined) return;
  tenant.grants.set(user.id, {
    roles: textsOf(source, 'roles'),
    permissions: textsOf(source, 'permissions'),
  });
}

function plantApp(tenant: Tenant, source: JsonObject, path: string): void {
  const app = unique(tenant.apps, toApp(source), path);
  const owners = textsOf(source, 'ownerIds').map((id, index) => {
    const user = tenant.users.get(id) ?? tenant.userByEmail(id);
    if (user !== undefined) return user.id;
    throw new SeedError(`The seed is not valid: ${path}.ownerIds[${index}]: no user has the id ${id}`);
  });
  const refs = [...owners.map((id) => ({ id })), ...entitlementRefsOf(source, 'ownerEntitlements')];
  tenant.addApp(app, new OwnerList(withRole([], OWNER_ROLE, refs, app.createdAt ?? '')));
}

function plantEntitlement(tenant: Tenant, source: JsonObject, path: string): void {
  const appId = textOf(source, 'appId');
  const entitlement = unique(tenant.entitlements(appId), toEntitlement(source), path);
  tenant.addEntitlement(entitlement);
}

function plantConnector(tenant: Tenant, source: JsonObject, path: string, now: string): void {
  const appId = textOf(source, 'appId');
  if (tenant.apps.get(appId) === undefined) {
    throw new SeedError(
      `The seed is not valid: ${path}.appId: no app of this seed has the id ${JSON.stringify(appId)}`,
    );
  }
  const config = isObject(source.config) ? readConfig(source.config, undefined) : null;
  const configUpdatedAt = config === null ? null : (source.configUpdatedAt ?? source.updatedAt ?? now);
  const connector = toConnector({ ...source, config, configUpdatedAt });
  tenant.addConnector(unique(tenant.connectors(appId), connector, path));
  const refs = [
    ...connector.userIds.map((id) => ({ id })),
    ...entitlementRefsOf(source, 'ownerEntitlements'),
  ];
  setConnectorOwners(tenant, connector, withRole([], OWNER_ROLE, refs, now));
}

function unique<T extends { readonly id: string }>(
  taken: { get(id: string): unknown },
  object: T,
  path: string,
): T {
  if (taken.get(object.id) === undefined) return object;
  throw new SeedError(`The seed is not valid: ${path}.id: ${object.id} exists already`);
}

/** A complete user; fields that `source` lacks get the zero values of the API. */
export function toUser(source: JsonObject): User {
  return complete(userFields, source) as User;
}

function ownerEntitlements(owners: readonly Owner[]): JsonObject {
  const refs = owners
    .filter((owner) => owner.roleSlug === OWNER_ROLE && !isUser(owner))
    .map(({ appId = '', id }) => ({ appId, id }));
  return refs.length === 0 ? {} : { ownerEntitlements: refs };
}

/** The state of the tenant in the form of a seed: with secrets and current owners, without deleted objects. */
export function stateOf(tenant: Tenant): JsonObject {
  return {
    users: tenant.users.items.map((user) => ({ ...user, ...tenant.grants.get(user.id) })),
    policies: tenant.policies.items,
    catalogs: tenant.catalogs.items,
    connectorTypes: [...tenant.connectorTypes.values()],
    apps: tenant.apps.items.map((app) => {
      const { visible } = tenant.owners(app.id);
      return { ...app, ownerIds: userIdsIn(visible), ...ownerEntitlements(visible) };
    }),
    connectors: tenant.apps.items
      .flatMap((app) => tenant.connectors(app.id).items)
      .map((connector) => ({
        ...connector,
        ...ownerEntitlements(tenant.connectorOwners(connector.id).visible),
      })),
    entitlements: tenant.apps.items.flatMap((app) => tenant.entitlements(app.id).items),
    features: [...tenant.settings.features],
  };
}
