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

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
