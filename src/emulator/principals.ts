import { idOf } from './ids.js';
import { textOf } from './json.js';
import type { User } from './schema.js';
import { toUser } from './seed.js';
import type { Tenant } from './tenant.js';

/** The email address of the service principal if the seed has none. */
export const SERVICE_EMAIL = 'c1sync@acme.example';

/**
 * The two users with credentials: the service principal (the user with its address, or the first of type service) and a
 * person (the first enabled human). Adds a user if the seed has none.
 */
export function principalsOf(tenant: Tenant): { readonly service: User; readonly person: User } {
  const service =
    tenant.userByEmail(SERVICE_EMAIL) ??
    tenant.users.items.find((user) => textOf(user, 'type') === 'USER_TYPE_SERVICE') ??
    newUser(tenant, SERVICE_EMAIL, 'c1sync', 'USER_TYPE_SERVICE');
  const person =
    tenant.users.items.find((user) => user !== service && isPerson(user)) ??
    newUser(tenant, 'dana@acme.example', 'Dana Fox', 'USER_TYPE_HUMAN');
  return { service, person };
}

function isPerson(user: User): boolean {
  return textOf(user, 'type') === 'USER_TYPE_HUMAN' && textOf(user, 'status') === 'ENABLED';
}

function newUser(tenant: Tenant, email: string, displayName: string, type: string): User {
  const now = tenant.timestamp();
  const facts = { id: idOf(`users/${email}`), email, displayName, type, createdAt: now, updatedAt: now };
  const user = toUser({ ...facts, username: email.split('@')[0] ?? '', emails: [email] });
  tenant.users.add(user);
  return user;
}
