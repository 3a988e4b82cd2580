import path from 'node:path';
import { TerminalError } from '../core/model/errors.js';
import type { Secret } from '../core/model/secret.js';
import type { RawSettings } from './schema.js';

/** How to authenticate. `oidc` holds the token itself, or a file to read at each exchange. */
export type TenantAuth =
  | { readonly kind: 'token'; readonly accessToken: Secret }
  | { readonly kind: 'oidc'; readonly clientId: string; readonly token: Secret | { readonly file: string } }
  | { readonly kind: 'client'; readonly clientId: string; readonly clientSecret: Secret };

/** A tenant somewhere else. `url` is as the user wrote it, or made from the client id. */
export interface RemoteTenant {
  readonly kind: 'remote';
  readonly url: string;
  readonly auth: TenantAuth;
}

/** A tenant that c1sync starts in its own process. What is undefined is left to the emulator. */
export interface EmbeddedTenant {
  readonly kind: 'embedded';
  /** Absolute path of a file. */
  readonly seed?: string;
  /** Milliseconds. */
  readonly latencyMs?: number;
  /** 0 for no limit. */
  readonly requestsPerSecond?: number;
  /** Milliseconds. */
  readonly ownerDelayMs?: number;
}

/** Somebody who is told what happens. */
interface ReceiverSettings {
  /** An https address, or http on loopback. */
  readonly url: Secret;
  readonly events: RawSettings['notify'][number]['events'];
  readonly format: RawSettings['notify'][number]['format'];
  readonly headers: Readonly<Record<string, Secret>>;
}

/** A git repository with the definitions. */
export interface GitSettings {
  readonly url: string;
  /** Undefined: the default branch. */
  readonly ref?: string | undefined;
  /** Undefined: the whole repository. */
  readonly path?: string | undefined;
  /** Milliseconds. */
  readonly pollInterval: number;
  readonly username?: string;
  readonly token?: Secret;
  /** Absolute. */
  readonly sshKeyFile?: string;
  /** Absolute. */
  readonly knownHostsFile?: string;
  readonly webhookSecret?: Secret;
}

/** Checked settings. All spans are milliseconds, all paths absolute. */
export interface Settings {
  /** The settings file, if there is one. */
  readonly file?: string;
  /** Undefined when none is set: commands without a tenant work all the same. */
  readonly tenant?: RemoteTenant | EmbeddedTenant;
  /** What to set when `tenant` is undefined, for people; else empty. */
  readonly tenantMissing: string;
  readonly workspace: string;
  /** `directory` counts only without `git`. */
  readonly source: { readonly directory: string; readonly git?: GitSettings };
  readonly sync: Readonly<RawSettings['sync']>;
  readonly api: Readonly<RawSettings['api']>;
  readonly server: {
    readonly host: string;
    readonly port: number;
    readonly token?: Secret;
    readonly readToken?: Secret;
    readonly url?: string;
  };
  readonly state: { readonly path: string; readonly hashKey?: Secret };
  readonly notify: readonly ReceiverSettings[];
  readonly log: Readonly<RawSettings['log']>;
}

/**
 * The tenant of the settings.
 * @throws TerminalError that lists what to set when there is none
 */
export function requireTenant(settings: Settings): RemoteTenant | EmbeddedTenant {
  if (settings.tenant === undefined) throw new TerminalError(settings.tenantMissing);
  return settings.tenant;
}

/** The folder of one tenant host (with its port, if it has one) and workspace. */
export function stateDirectory(settings: Settings, tenantHost: string): string {
  const host = tenantHost.toLowerCase().replace(/[^a-z0-9.-]/g, '_');
  return path.join(settings.state.path, host, settings.workspace);
}
