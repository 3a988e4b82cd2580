import type { C1Reader } from '../../c1/client.js';
import { ApiError } from '../../c1/errors.js';
import type { JsonObject } from '../../c1/json.js';
import type { ObjectRef } from '../../core/model/kind.js';
import { asTextSet } from '../fields.js';
import { required } from '../live.js';
import { type Operation, objectIn, pathOf, type Send, type WriteOperation } from '../operation.js';

const OWNERS = '/api/v2/apps/{parentId}/connectors/{id}/owners';

/** The calls about those who own a connector, by the role that owning it is. */
export const ownersOperations = {
  ownerUsers: { method: 'GET', route: `${OWNERS}/users`, object: ['user'] },
  ownerEntitlements: { method: 'GET', route: `${OWNERS}/entitlements`, object: ['appEntitlement'] },
  setOwners: { method: 'PUT', route: OWNERS, log: 'c1.api.app.v2.ConnectorOwners.Set' },
} as const satisfies Readonly<Record<string, Operation | WriteOperation>>;

const { ownerUsers, ownerEntitlements, setOwners } = ownersOperations;

/** The ids of the users in the role; undefined where the tenant has no such call. */
export async function readOwners(
  client: C1Reader,
  connector: ObjectRef,
  role: string,
  signal?: AbortSignal,
): Promise<string[] | undefined> {
  const owners = await listed(client, ownerUsers, connector, role, signal);
  return owners && asTextSet(owners.map(({ id }) => id));
}

/**
 * Makes exactly these users the owners in the role. The call replaces entitlement owners too, so those found are sent
 * along. False where the tenant has no such call: nothing was done.
 */
export async function writeOwners(
  { reader, send }: { readonly reader: C1Reader; readonly send: Send },
  connector: ObjectRef,
  role: string,
  userIds: readonly string[],
  signal?: AbortSignal,
): Promise<boolean> {
  const entitlements = await listed(reader, ownerEntitlements, connector, role, signal);
  if (entitlements === undefined) return false;
  const body: JsonObject = {
    roleSlug: role,
    userRefs: userIds.map((id) => ({ id })),
    appEntitlementRefs: entitlements.map(({ appId, id }) => ({ appId, id })),
  };
  return (await unlessMissing(send(setOwners, connector, body, signal))) !== undefined;
}

async function listed(
  client: C1Reader,
  operation: Operation,
  connector: ObjectRef,
  role: string,
  signal?: AbortSignal,
): Promise<JsonObject[] | undefined> {
  const path = pathOf(operation, connector);
  const owners = await unlessMissing(client.list(path, { query: { role_slug: role }, signal }));
  return owners?.map((owner) => required(objectIn(operation, owner), `GET ${path}`));
}

async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}
