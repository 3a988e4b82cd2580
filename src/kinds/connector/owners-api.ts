import type { C1Reader } from '../../c1/client.js';
import { ApiError } from '../../c1/errors.js';
import type { JsonObject } from '../../c1/json.js';
import type { ObjectRef } from '../../core/model/kind.js';
import { asTextSet } from '../fields.js';
import { required } from '../live.js';
import { type Operation, objectIn, pathOf, type Send, type WriteOperation } from '../operation.js';

const OWNERS = '/api/v2/apps/{parentId}/connectors/{id}/owners';

/** The calls on the owners of a connector by role. */
export const ownersOperations = {
  ownerUsers: { method: 'GET', route: `${OWNERS}/users`, object: ['user'] },
  ownerEntitlements: { method: 'GET', route: `${OWNERS}/entitlements`, object: ['appEntitlement'] },
  setOwners: { method: 'PUT', route: OWNERS, log: 'c1.api.app.v2.ConnectorOwners.Set' },
} as const satisfies Readonly<Record<string, Operation | WriteOperation>>;

const { ownerUsers, ownerEntitlements, setOwners } = ownersOperations;

/** The ids of the users in the role; undefined if the tenant lacks the call. */
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
 * Sets exactly these users as owners in the role. The call also replaces entitlement owners, so it sends the current ones
 * again. False if the tenant lacks the call: nothing was written.
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
