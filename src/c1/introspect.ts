import { asList, asText } from '../text/shape.js';
import type { C1Reader } from './client.js';

/** The principal of the credentials and its permissions. Empty where the tenant does not report them. */
export interface Identity {
  readonly userId: string;
  readonly roles: string[];
  readonly permissions: string[];
}

/** Reads the principal of the credentials from the tenant. */
export async function whoAmI(reader: C1Reader, signal?: AbortSignal): Promise<Identity> {
  const answer = await reader.get('/api/v1/auth/introspect', { signal });
  return {
    userId: asText(answer.userId),
    roles: texts(answer.roles),
    permissions: texts(answer.permissions),
  };
}

function texts(value: unknown): string[] {
  return asList(value).filter((item) => typeof item === 'string');
}
