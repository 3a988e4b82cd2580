import type { C1Reader, C1Writer } from '../../c1/client.js';
import { ApiError } from '../../c1/errors.js';
import type { JsonObject } from '../../c1/json.js';
import { apiPath } from '../../c1/path.js';
import { asTextSet } from '../fields.js';
import { required } from '../live.js';

/** Names a connector for its owner calls, and the role that owning it is. */
export interface OwnedConnector {
  readonly appId: string;
  readonly id: string;
  readonly role: string;
}

/** The ids of the users in the role; undefined where the tenant has no such call. */
export async function readOwners(
  api: C1Reader,
  { appId, id, role }: OwnedConnector,
  signal?: AbortSignal,
): Promise<string[] | undefined> {
  const path = apiPath`/api/v2/apps/${appId}/connectors/${id}/owners/users`;
  const owners = await unlessMissing(api.list(path, { query: { role_slug: role }, signal }));
  return owners && asTextSet(owners.map((owner) => required(owner.user, `GET ${path}`).id));
}

/**
 * Makes exactly these users the owners in the role. The call replaces entitlement owners too, so those found are sent
 * along. False where the tenant has no such call: nothing was done.
 */
export async function writeOwners(
  parts: { readonly reader: C1Reader; readonly writer: C1Writer },
  { appId, id, role }: OwnedConnector,
  userIds: readonly string[],
  signal?: AbortSignal,
): Promise<boolean> {
  const base = apiPath`/api/v2/apps/${appId}/connectors/${id}/owners`;
  const query = { role_slug: role };
  const entitlements = await unlessMissing(parts.reader.list(`${base}/entitlements`, { query, signal }));
  if (entitlements === undefined) return false;
  const body: JsonObject = {
    roleSlug: role,
    userRefs: userIds.map((userId) => ({ id: userId })),
    appEntitlementRefs: entitlements.map((owner) => {
      const { appId: entitledApp, id: entitlement } = required(
        owner.appEntitlement,
        `GET ${base}/entitlements`,
      );
      return { appId: entitledApp, id: entitlement };
    }),
  };
  return (await unlessMissing(parts.writer.send('PUT', base, body, { signal }))) !== undefined;
}

async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}
