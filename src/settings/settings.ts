import path from 'node:path';
import { TerminalError } from '../core/model/errors.js';
import type { Secret } from '../core/model/secret.js';
import type { SettingsError } from './problems.js';
import type { RawSettings } from './schema.js';

/** How to authenticate. `oidc` holds the token itself, or a file to read at each exchange. */
export type TenantAuth =
  | { readonly kind: 'token'; readonly accessToken: Secret }
  | { readonly kind: 'oidc'; readonly clientId: string; readonly token: Secret | { readonly file: string } }
  | { readonly kind: 'client'; readonly clientId: string; readonly clientSecret: Secret };

/** A remote tenant, with `url` from the settings or the client id, or an embedded tenant. */
export type TenantSettings =
  | { readonly kind: 'remote'; readonly url: string; readonly auth: TenantAuth }
  | ({ readonly kind: 'embedded' } & Exclude<RawSettings['tenant']['embedded'], boolean | undefined>);

/** Checked settings. Durations are milliseconds, paths are absolute. */
export interface Settings extends Omit<RawSettings, 'tenant' | 'state' | 'tenants'> {
  /** The name of its tenant in `tenants`; undefined for the only tenant. */
  readonly name?: string | undefined;
  /** The settings file, if there is one. */
  readonly file?: string | undefined;
  /** Undefined when none is set: some commands need no tenant. */
  readonly tenant?: TenantSettings | undefined;
  /** The missing settings of an undefined `tenant`, for people; otherwise empty. */
  readonly tenantMissing: string;
  readonly state: RawSettings['state'] & { readonly path: string };
}

/** One of several tenants. */
export type NamedSettings =
  | { readonly name: string; readonly settings: Settings; readonly error?: undefined }
  | { readonly name: string; readonly settings?: undefined; readonly error: SettingsError };

/** The settings of one tenant, or of those in `tenants`, of which at least one has no error. */
export type LoadedSettings =
  | { readonly settings: Settings; readonly tenants?: undefined }
  | {
      readonly settings?: undefined;
      readonly tenants: readonly NamedSettings[];
      /** The settings of all of them. */
      readonly shared: Pick<Settings, 'file' | 'server' | 'state' | 'log'>;
    };

/**
 * The tenant of the settings.
 * @throws TerminalError that lists the missing settings when there is no tenant
 */
export function requireTenant(settings: Settings): TenantSettings {
  if (settings.tenant === undefined) throw new TerminalError(settings.tenantMissing);
  return settings.tenant;
}

/** The folder of one tenant host (with its port, if any) and workspace. */
export function stateDirectory(settings: Settings, tenantHost: string): string {
  const host = tenantHost.toLowerCase().replace(/[^a-z0-9.-]/g, '_');
  return path.join(settings.state.path, host, settings.workspace);
}
