import { listen } from './server.js';
import { type TenantOptions, TenantServer } from './tenant-server.js';

export { SeedError, type SeedInput } from './seed.js';
export { readSeed } from './seed-file.js';

/** How an emulator is started; everything has a default. */
export interface EmulatorOptions extends TenantOptions {
  /** Address to listen on, 127.0.0.1 if left out. */
  readonly host?: string;
  /** Port to listen on; 0, the default, takes a free one. */
  readonly port?: number;
  /** PEM of a certificate and its key: https is spoken then. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** The tenant host in the client id; the address listened on if left out. */
  readonly tenantHost?: string;
}

/** A running emulator. */
export interface Emulator {
  /** Base URL, without a slash at the end. */
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** A token of the service principal; does not expire. */
  readonly accessToken: string;
  /** A token of a second principal, a person; does not expire. */
  readonly userAccessToken: string;
  /** Stops listening and drops every connection. */
  close(): Promise<void>;
}

/**
 * Starts a tenant on a real HTTP server. Rejects with a SeedError for a seed that cannot be used, and with the system's error
 * where it cannot listen.
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { host = '127.0.0.1', port = 0, tls } = options;
  const tenant = new TenantServer(options);
  const server = await listen(tenant, { host, port, tls });
  const authority = `${reachable(host)}:${server.port}`;
  tenant.tenantHost = options.tenantHost ?? authority;
  const { clientId, clientSecret, accessToken, userAccessToken } = tenant;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${authority}`,
    clientId,
    clientSecret,
    accessToken,
    userAccessToken,
    close: () => server.close(),
  };
}

/** The name a client on this machine reaches the address under. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
