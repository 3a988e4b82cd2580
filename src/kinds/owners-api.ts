import type { C1Reader } from '../c1/client.js';
import { ApiError } from '../c1/errors.js';
import type { JsonObject } from '../c1/json.js';
import { TerminalError } from '../core/model/errors.js';
import type { LiveObject, ObjectRef } from '../core/model/kind.js';
import type { SubRead } from './api.js';
import { asEntitlementSet, entitlementRefs, OWNER_ENTITLEMENTS } from './entitlements.js';
import { asTextSet } from './fields.js';
import { required } from './live.js';
import { type Operation, objectIn, pathOf, type Send, type WriteOperation } from './operation.js';

/** The calls on the owners of an object by role. */
export interface OwnersOperations {
  readonly ownerUsers: Operation;
  readonly ownerEntitlements: Operation;
  readonly setOwners: WriteOperation;
}

/** The calls on the owners at a route, by role. `log`: the name of their write in the system log. */
export function ownersOperations(route: string, log: string): OwnersOperations {
  return {
    ownerUsers: { method: 'GET', route: `${route}/users`, object: ['user'] },
    ownerEntitlements: { method: 'GET', route: `${route}/entitlements`, object: ['appEntitlement'] },
    setOwners: { method: 'PUT', route, log },
  };
}

/** One object whose owners are read or written. */
export interface OwnersOf {
  readonly operations: OwnersOperations;
  readonly object: ObjectRef;
  readonly role: string;
}

/** The ids of the users in the role; undefined if the tenant lacks the call. */
export async function readOwnerUsers(
  client: C1Reader,
  of: OwnersOf,
  signal?: AbortSignal,
): Promise<string[] | undefined> {
  const owners = await listed(client, of.operations.ownerUsers, of, signal);
  return owners && asTextSet(owners.map(({ id }) => id));
}

/** The ids of the entitlements in the role; undefined if the tenant lacks the call. */
export async function readOwnerEntitlements(
  client: C1Reader,
  of: OwnersOf,
  signal?: AbortSignal,
): Promise<string[] | undefined> {
  const owners = await listed(client, of.operations.ownerEntitlements, of, signal);
  return owners && asEntitlementSet(owners);
}

/** How the halves of the owners of an object are read; undefined if the tenant lacks the call. */
interface OwnerReads {
  readonly users: (object: LiveObject, signal?: AbortSignal) => Promise<readonly string[]>;
  readonly entitlements: (object: LiveObject, signal?: AbortSignal) => Promise<readonly string[] | undefined>;
}

/**
 * Reads the users who own an object and, where a definition manages them, the entitlements. A tenant without the call has
 * none.
 */
export function ownersReader(usersPath: string, reads: OwnerReads): SubRead {
  return async (object, paths, signal) => {
    const users = reads.users(object, signal);
    if (!paths.includes(OWNER_ENTITLEMENTS)) return { [usersPath]: await users };
    const both = await Promise.all([users, reads.entitlements(object, signal)]);
    return { [usersPath]: both[0], [OWNER_ENTITLEMENTS]: both[1] ?? [] };
  };
}

/** The owners among the values of a write. */
export function ownersIn(values: LiveObject['values'], usersPath: string): Owners {
  const { [usersPath]: users, [OWNER_ENTITLEMENTS]: entitlements } = values;
  return {
    users: users === undefined ? undefined : asTextSet(users),
    entitlements: entitlements === undefined ? undefined : asEntitlementSet(entitlements),
  };
}

/** The error of a tenant without the call that writes entitlements. */
export function lacksEntitlements(): TerminalError {
  return new TerminalError('this tenant has no owners by entitlement; remove spec.ownerEntitlements');
}

/** The owners of an object; a half that is undefined stays as it is. */
export interface Owners {
  readonly users?: readonly string[] | undefined;
  readonly entitlements?: readonly string[] | undefined;
}

/**
 * Sets the owners in the role. The call replaces users and entitlements, so it sends a half that stays as the tenant has it
 * right before. False if the tenant lacks the call: nothing was written.
 */
export async function writeOwners(
  { reader, send }: { readonly reader: C1Reader; readonly send: Send },
  of: OwnersOf,
  owners: Owners,
  signal?: AbortSignal,
): Promise<boolean> {
  const users = owners.users ?? (await readOwnerUsers(reader, of, signal));
  const entitlements = owners.entitlements ?? (await readOwnerEntitlements(reader, of, signal));
  if (users === undefined || entitlements === undefined) return false;
  const body: JsonObject = {
    roleSlug: of.role,
    userRefs: users.map((id) => ({ id })),
    appEntitlementRefs: entitlementRefs(entitlements),
  };
  return (await unlessMissing(send(of.operations.setOwners, of.object, body, signal))) !== undefined;
}

async function listed(
  client: C1Reader,
  operation: Operation,
  { object, role }: OwnersOf,
  signal?: AbortSignal,
): Promise<JsonObject[] | undefined> {
  const path = pathOf(operation, object);
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
