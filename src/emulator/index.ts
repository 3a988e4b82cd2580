import { asList, asObject } from '../text/shape.js';
import { listen } from './server.js';
import { type TenantOptions, TenantServer } from './tenant-server.js';

export { SeedError, type SeedInput } from './seed.js';
export { readSeed } from './seed-file.js';

/** The options of an emulator; every option has a default. */
export interface EmulatorOptions extends TenantOptions {
  /** Address to listen on; 127.0.0.1 by default. */
  readonly host?: string;
  /** Port to listen on; 0, the default, picks a free port. */
  readonly port?: number;
  /** PEM of a certificate and its key; with them the emulator serves https. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** The tenant host in the client id; by default the address to listen on. */
  readonly tenantHost?: string;
}

/** A running emulator. */
export interface Emulator {
  /** Base URL without a trailing slash. */
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** A token of the service principal; does not expire. */
  readonly accessToken: string;
  /** A token of a second principal, a person; does not expire. */
  readonly userAccessToken: string;
  /** A command for a shell in which a person edits one of its apps in the web app; undefined without an app. */
  readonly exampleEdit: string | undefined;
  /** Stops listening and drops every connection. */
  close(): Promise<void>;
}

/**
 * Starts a tenant on an HTTP server: `tenant`, or a new one with these options. Rejects with a SeedError for an invalid seed and with the system's error if it cannot
 * listen.
 */
export async function startEmulator(
  options: EmulatorOptions = {},
  tenant = new TenantServer(options),
): Promise<Emulator> {
  const { host = '127.0.0.1', port = 0, tls } = options;
  const server = await listen(tenant, { host, port, tls });
  const authority = `${reachable(host)}:${server.port}`;
  tenant.tenantHost = options.tenantHost ?? authority;
  const { clientId, clientSecret, accessToken, userAccessToken } = tenant;
  const url = `${tls === undefined ? 'http' : 'https'}://${authority}`;
  return {
    url,
    exampleEdit: await exampleEdit(tenant, url),
    clientId,
    clientSecret,
    accessToken,
    userAccessToken,
    close: () => server.close(),
  };
}

async function exampleEdit(tenant: TenantServer, url: string): Promise<string | undefined> {
  const request = { method: 'GET', path: '/_emulator/state', headers: {}, body: '' };
  const answer = await tenant.handle(request);
  if (typeof answer === 'string') return undefined;
  const { apps, users } = asObject(JSON.parse(answer.body.toString()));
  const app = asList(apps)
    .map(asObject)
    .find(({ isDirectory }) => isDirectory !== true);
  const user = asList(users).map(asObject).at(0);
  if (app === undefined || user === undefined) return undefined;
  const edit = { kind: 'App', id: app.id, set: { description: 'Edited by hand' }, user: user.email };
  const body = JSON.stringify(edit).replaceAll("'", '\\u0027');
  return `curl ${url}/_emulator/web-edit -H 'content-type: application/json' -d '${body}'`;
}

/** The host name under which a local client reaches the address. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
