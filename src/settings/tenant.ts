import { Secret } from '../core/model/secret.js';
import type { RawSettings } from './schema.js';
import type { EmbeddedTenant, RemoteTenant, TenantAuth } from './settings.js';

/** What a tenant is made from. */
export interface TenantInput {
  readonly raw: RawSettings['tenant'];
  readonly env: NodeJS.ProcessEnv;
  /** Keys whose `valueFrom` holds nothing, with the reason, by dotted path. */
  readonly unset: ReadonlyMap<string, string>;
  readonly secret: (text: string, dotted: string) => Secret;
  /** Makes the path of a key absolute. */
  readonly absolute: (file: string, dotted: string) => string;
}

/** The tenant, or what to set in order to have one. */
export type TenantResult =
  | { readonly tenant: RemoteTenant | EmbeddedTenant; readonly missing: '' }
  | { readonly tenant: undefined; readonly missing: string };

/** Vendor names fill in what neither file nor C1SYNC_ variables give; they never change what is already whole. */
export function readTenant(input: TenantInput): TenantResult {
  const { embedded } = input.raw;
  if (embedded !== undefined && embedded !== false) {
    return { tenant: embeddedTenant(embedded === true ? {} : embedded, input), missing: '' };
  }
  const own = credentialsOf(input);
  const vendor = vendorCredentials(input.env);
  const auth = authOf(own) ?? authOf({ ...vendor, ...own });
  const clientId = auth !== undefined && 'clientId' in auth ? auth.clientId : own.clientId;
  const url = input.raw.url ?? vendorUrl(input.env) ?? urlOf(clientId);
  if (auth === undefined || url === undefined) {
    return { tenant: undefined, missing: missingText(url !== undefined, auth !== undefined, input) };
  }
  return { tenant: { kind: 'remote', url, auth }, missing: '' };
}

interface Credentials {
  readonly clientId?: string;
  readonly clientSecret?: Secret;
  readonly accessToken?: Secret;
  readonly oidcToken?: Secret | { readonly file: string };
}

function credentialsOf({ raw: { auth }, secret, absolute }: TenantInput): Credentials {
  return {
    ...(auth.clientId === undefined ? {} : { clientId: auth.clientId }),
    ...(auth.clientSecret === undefined
      ? {}
      : { clientSecret: secret(auth.clientSecret, 'tenant.auth.clientSecret') }),
    ...(auth.accessToken === undefined
      ? {}
      : { accessToken: secret(auth.accessToken, 'tenant.auth.accessToken') }),
    ...(auth.oidcTokenFile === undefined
      ? {}
      : { oidcToken: { file: absolute(auth.oidcTokenFile, 'tenant.auth.oidcTokenFile') } }),
  };
}

function vendorCredentials(env: NodeJS.ProcessEnv): Credentials {
  const secret = (name: string): Secret | undefined =>
    env[name] ? new Secret(env[name], `env ${name}`) : undefined;
  const clientSecret = secret('CONDUCTORONE_CLIENT_SECRET');
  const accessToken = secret('CONDUCTORONE_ACCESS_TOKEN');
  const oidcToken = secret('CONDUCTORONE_OIDC_TOKEN');
  return {
    ...(env.CONDUCTORONE_CLIENT_ID ? { clientId: env.CONDUCTORONE_CLIENT_ID } : {}),
    ...(clientSecret === undefined ? {} : { clientSecret }),
    ...(accessToken === undefined ? {} : { accessToken }),
    ...(oidcToken === undefined ? {} : { oidcToken }),
  };
}

/** The order in which the vendor's own tools choose. */
function authOf({ accessToken, oidcToken, clientId, clientSecret }: Credentials): TenantAuth | undefined {
  if (accessToken !== undefined) return { kind: 'token', accessToken };
  if (clientId === undefined) return undefined;
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

function embeddedTenant(
  given: Exclude<RawSettings['tenant']['embedded'], boolean | undefined>,
  { absolute }: TenantInput,
): EmbeddedTenant {
  const { seed, latencyMs, requestsPerSecond, ownerDelayMs } = given;
  return {
    kind: 'embedded',
    ...(seed === undefined ? {} : { seed: absolute(seed, 'tenant.embedded.seed') }),
    ...(latencyMs === undefined ? {} : { latencyMs }),
    ...(requestsPerSecond === undefined ? {} : { requestsPerSecond }),
    ...(ownerDelayMs === undefined ? {} : { ownerDelayMs }),
  };
}

function missingText(hasUrl: boolean, hasAuth: boolean, { unset }: TenantInput): string {
  const lines = ['No tenant to work on. Set:'];
  if (!hasUrl) {
    lines.push(
      'tenant.url in c1sync.yaml, C1SYNC_TENANT_URL or CONDUCTORONE_SERVER_URL: https://<tenant>.conductor.one',
    );
  }
  if (!hasAuth) {
    lines.push(
      'one of: CONDUCTORONE_CLIENT_ID and CONDUCTORONE_CLIENT_SECRET (tenant.auth.clientId, clientSecret); ' +
        'CONDUCTORONE_ACCESS_TOKEN (tenant.auth.accessToken); ' +
        'tenant.auth.clientId with oidcTokenFile (or CONDUCTORONE_OIDC_TOKEN)',
    );
  }
  for (const [key, reason] of unset) if (key.startsWith('tenant.')) lines.push(`${key} names ${reason}`);
  lines.push('or tenant.embedded: true, for an embedded tenant to try things with');
  return lines.join('\n  ');
}
