import type { C1Reader } from './client.js';

/** Who the credentials belong to and what they may do. Empty where the tenant does not say. */
export interface Identity {
  readonly userId: string;
  readonly principalId: string;
  readonly roles: string[];
  readonly permissions: string[];
  readonly features: string[];
  /** The tenant's clock, milliseconds since the epoch, when it shows it. */
  readonly serverDate?: number;
}

/** Asks the tenant who we are. The API spells the principal `principleId`. */
export async function whoAmI(reader: C1Reader, signal?: AbortSignal): Promise<Identity> {
  const answer = await reader.get('/api/v1/auth/introspect', { signal });
  const server = reader.serverTime?.()?.server;
  return {
    userId: text(answer.userId),
    principalId: text(answer.principleId) || text(answer.principalId),
    roles: texts(answer.roles),
    permissions: texts(answer.permissions),
    features: texts(answer.features),
    ...(server === undefined ? {} : { serverDate: server }),
  };
}

/** Beginnings of the ids of roles whose holder manages every app, whoever owns it. */
const APP_ADMIN_ROLES = ['role/c1.api.tenant.v1.Tenant:owner', 'role/c1.api.app.v1.Apps:owner'];

/** True where one of the roles lets its holder manage every app. Roles are ids that may carry a suffix. */
export function managesEveryApp({ roles }: Pick<Identity, 'roles'>): boolean {
  return roles.some((role) => APP_ADMIN_ROLES.some((id) => role.startsWith(id)));
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
