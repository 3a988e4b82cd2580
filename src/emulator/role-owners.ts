import { knownUsers } from './app-owners.js';
import { notFound, refused } from './errors.js';
import { isObject, type JsonObject, refIdsOf, textOf } from './json.js';
import { type Call, type Operation, operationsOf, param, queryPage } from './operation.js';
import { isSameOwner, isUser, type Owner, type OwnerList, type OwnerRef, withRole } from './owners.js';
import { fieldValue, listOf, text } from './proto.js';
import type { Tenant } from './tenant.js';

/** An object with owners in roles. */
export interface Owned {
  readonly owners: OwnerList;
  /** The members of an owner in an answer that name the object. */
  readonly facts: JsonObject;
  /** Writes the owners. Throws an ApiError to refuse them. */
  write(owners: readonly Owner[]): void;
}

const userRefs = listOf({ id: text });
const entitlementRefs = listOf({ appId: text, id: text });
const USER = 'users/:role_slug/:user_ref_id';
const ENTITLEMENT = 'entitlements/:role_slug/:app_entitlement_ref_app_id/:app_entitlement_ref_id';

/**
 * The operations on the owners of a kind of object by role. `member` begins the names of the members with an owner in the
 * answers.
 */
export function roleOwnerOperations(
  service: string,
  base: string,
  member: string,
  ownedBy: (call: Call) => Owned,
): Operation[] {
  const search =
    (wanted: (owner: Owner) => boolean) =>
    (call: Call): JsonObject => {
      const { owners, facts } = ownedBy(call);
      const role = call.query.role_slug ?? '';
      const found = owners.visible.filter(
        (owner) => wanted(owner) && (role === '' || owner.roleSlug === role),
      );
      const page = queryPage(call, found, `${member}-owners`);
      return { ...page, list: page.list.map((owner) => viewOf(call.tenant, facts, owner)) };
    };
  const answer = (call: Call, { facts }: Owned, owner: Owner): JsonObject => ({
    [`${member}${isUser(owner) ? 'User' : 'Entitlement'}`]: viewOf(call.tenant, facts, owner),
  });
  const get = (call: Call): JsonObject => {
    const owned = ownedBy(call);
    return answer(call, owned, ownerIn(call, owned.owners.visible));
  };
  const create = (call: Call): JsonObject => {
    const owned = ownedBy(call);
    const [role, ref] = [param(call, 'role_slug'), refOf(call)];
    checkBody(call, ref);
    const refs = [...owned.owners.accepted.filter((owner) => owner.roleSlug === role), ref];
    write(call, owned, role, refs);
    return answer(call, owned, ownerIn(call, owned.owners.accepted));
  };
  const remove = (call: Call): JsonObject => {
    const owned = ownedBy(call);
    const gone = ownerIn(call, owned.owners.accepted);
    owned.write(owned.owners.accepted.filter((owner) => owner !== gone));
    return {};
  };
  const set = (call: Call): JsonObject => {
    const owned = ownedBy(call);
    const role = textOf(call.body, 'roleSlug');
    if (role === '') throw refused('role_slug is required');
    fieldValue(userRefs, call.body.userRefs, 'user_refs');
    const users = [...refIdsOf(call.body, 'userRefs')].map((id) => ({ id }));
    write(call, owned, role, [...users, ...entitlementRefsOf(call.body, 'appEntitlementRefs')]);
    return {};
  };
  return operationsOf(service, [
    ['Set', `PUT ${base}`, 'update', set],
    ['SearchUserOwners', `GET ${base}/users`, 'read', search(isUser)],
    ['SearchEntitlementOwners', `GET ${base}/entitlements`, 'read', search((owner) => !isUser(owner))],
    ['GetUserOwner', `GET ${base}/${USER}`, 'read', get],
    ['CreateUserOwner', `POST ${base}/${USER}`, 'update', create],
    ['DeleteUserOwner', `DELETE ${base}/${USER}`, 'update', remove],
    ['GetEntitlementOwner', `GET ${base}/${ENTITLEMENT}`, 'read', get],
    ['CreateEntitlementOwner', `POST ${base}/${ENTITLEMENT}`, 'update', create],
    ['DeleteEntitlementOwner', `DELETE ${base}/${ENTITLEMENT}`, 'update', remove],
  ]);
}

/** The references to entitlements under `key` of a body. Throws a 400 for another form. */
export function entitlementRefsOf(body: JsonObject, key: string): Required<OwnerRef>[] {
  const refs = fieldValue(entitlementRefs, body[key], key);
  return (Array.isArray(refs) ? refs.filter(isObject) : []).map((ref) => ({
    id: textOf(ref, 'id'),
    appId: textOf(ref, 'appId'),
  }));
}

/** Throws a 500 of code 2 for an owner that is no user and no entitlement of the tenant. */
export function checkOwners(tenant: Tenant, refs: readonly OwnerRef[]): void {
  for (const { id, appId } of refs) {
    if (appId === undefined) knownUsers(tenant, [id]);
    else if (tenant.entitlements(appId).get(id) === undefined) {
      throw refused(`app_entitlement_ref is invalid: no entitlement ${id} in the app ${appId}`);
    }
  }
}

function write({ tenant }: Call, owned: Owned, role: string, refs: readonly OwnerRef[]): void {
  checkOwners(tenant, refs);
  owned.write(withRole(owned.owners.accepted, role, refs, tenant.timestamp()));
}

/** The owner that the path names. */
function refOf({ params }: Call): OwnerRef {
  const {
    user_ref_id: userId,
    app_entitlement_ref_app_id: appId = '',
    app_entitlement_ref_id: id = '',
  } = params;
  return userId === undefined ? { id, appId } : { id: userId };
}

function ownerIn(call: Call, owners: readonly Owner[]): Owner {
  const ref = refOf(call);
  const role = param(call, 'role_slug');
  const found = owners.find((owner) => owner.roleSlug === role && isSameOwner(owner, ref));
  if (found === undefined) throw notFound(`owner not found: ${role}/${ref.id}`);
  return found;
}

function checkBody({ body }: Call, ref: OwnerRef): void {
  const [key, name] = isUser(ref) ? ['userRef', 'user_ref'] : ['appEntitlementRef', 'app_entitlement_ref'];
  const sent = body[key];
  if (!isObject(sent)) return;
  const differs = (member: string, wanted = ''): boolean => ![wanted, ''].includes(textOf(sent, member));
  if (differs('id', ref.id) || differs('appId', ref.appId)) throw refused(`${name} does not match the path`);
}

function viewOf(tenant: Tenant, facts: JsonObject, { id, appId, roleSlug, createdAt }: Owner): JsonObject {
  const user = appId === undefined ? tenant.users.get(id) : undefined;
  const appEntitlement = appId === undefined ? undefined : tenant.entitlements(appId).get(id);
  return { ...facts, roleSlug, ...(user && { user }), ...(appEntitlement && { appEntitlement }), createdAt };
}
