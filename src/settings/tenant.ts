import { Secret } from '../core/model/secret.js';
import type { RawSettings } from './schema.js';
import type { Settings, TenantAuth } from './settings.js';

/** The sources of the tenant's settings. */
export interface TenantInput {
  readonly raw: RawSettings['tenant'];
  readonly env: NodeJS.ProcessEnv;
  /** The reasons of keys with an unset `valueFrom`, by dotted path. */
  readonly unset: ReadonlyMap<string, string>;
  /** The name in `tenants`; undefined for the only tenant. */
  readonly name?: string | undefined;
}

/**
 * The tenant, or the missing settings. Vendor names supply values that neither the file nor C1SYNC_ variables set; they
 * never change a complete tenant.
 */
export function readTenant(input: TenantInput): Required<Pick<Settings, 'tenant' | 'tenantMissing'>> {
  const { embedded, auth: own, url: ownUrl } = input.raw;
  if (embedded !== undefined && embedded !== false) {
    const given = embedded === true ? {} : embedded;
    return { tenant: { kind: 'embedded', ...given }, tenantMissing: '' };
  }
  const auth = authOf(own) ?? authOf({ ...vendorCredentials(input.env), ...own });
  const clientId = auth !== undefined && 'clientId' in auth ? auth.clientId : own.clientId;
  const url = ownUrl ?? vendorUrl(input.env) ?? urlOf(clientId);
  return auth === undefined || url === undefined
    ? { tenant: undefined, tenantMissing: missingText(url !== undefined, auth !== undefined, input) }
    : { tenant: { kind: 'remote', url, auth }, tenantMissing: '' };
}

type Credentials = RawSettings['tenant']['auth'] & { readonly oidcToken?: Secret | undefined };

function vendorCredentials(env: NodeJS.ProcessEnv): Credentials {
  const secret = (name: string): Secret | undefined =>
    env[name] ? new Secret(env[name], `env ${name}`) : undefined;
  return {
    clientId: env.CONDUCTORONE_CLIENT_ID || undefined,
    clientSecret: secret('CONDUCTORONE_CLIENT_SECRET'),
    accessToken: secret('CONDUCTORONE_ACCESS_TOKEN'),
    oidcToken: secret('CONDUCTORONE_OIDC_TOKEN'),
  };
}

/** The order of precedence in the vendor's own tools. */
function authOf({
  accessToken,
  oidcToken,
  oidcTokenFile: file,
  clientId,
  clientSecret,
}: Credentials): TenantAuth | undefined {
  if (accessToken !== undefined) return { kind: 'token', accessToken };
  if (clientId === undefined) return undefined;
  if (file !== undefined) return { kind: 'oidc', clientId, token: { file } };
  if (oidcToken !== undefined) return { kind: 'oidc', clientId, token: oidcToken };
  return clientSecret === undefined ? undefined : { kind: 'client', clientId, clientSecret };
}

function vendorUrl(env: NodeJS.ProcessEnv): string | undefined {
  return env.CONDUCTORONE_SERVER_URL || env.CONDUCTORONE_TENANT_DOMAIN || undefined;
}

/** A client id reads `<name>@<tenant host>/<suffix>`. */
function urlOf(clientId: string | undefined): string | undefined {
  const host = /^[^@/]+@([^@/\s]+)\/[^/]+$/.exec(clientId ?? '')?.[1];
  return host === undefined ? undefined : `https://${host.toLowerCase()}`;
}

function missingText(hasUrl: boolean, hasAuth: boolean, { unset, name }: TenantInput): string {
  const isOnly = name === undefined;
  const lines = [
    isOnly ? 'No tenant to work on. Set:' : `The entry ${name} of tenants has no tenant. Set in it:`,
  ];
  if (!hasUrl) lines.push(isOnly ? URL_OF_ONE : 'tenant.url: https://<tenant>.conductor.one');
  if (!hasAuth) lines.push(isOnly ? AUTH_OF_ONE : AUTH_OF_MANY);
  for (const [key, reason] of unset) if (key.startsWith('tenant.')) lines.push(`${key} names ${reason}`);
  lines.push('or tenant.embedded: true, for an embedded tenant');
  return lines.join('\n  ');
}

const URL_OF_ONE =
  'tenant.url in c1sync.yaml, C1SYNC_TENANT_URL or CONDUCTORONE_SERVER_URL: https://<tenant>.conductor.one';
const AUTH_OF_ONE =
  'one of: CONDUCTORONE_CLIENT_ID and CONDUCTORONE_CLIENT_SECRET (tenant.auth.clientId, clientSecret); ' +
  'CONDUCTORONE_ACCESS_TOKEN (tenant.auth.accessToken); ' +
  'tenant.auth.clientId with oidcTokenFile (or CONDUCTORONE_OIDC_TOKEN)';
const AUTH_OF_MANY =
  'tenant.auth with one of: clientId and clientSecret; accessToken; clientId and oidcTokenFile';
