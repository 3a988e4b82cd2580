import { type Clock, systemClock } from '../core/clock.js';
import { Auth, type TrustedIssuers } from './auth.js';
import { defaultSeed } from './default-seed.js';
import { Faults } from './faults.js';
import { principalsOf } from './principals.js';
import { RateLimit } from './rate-limit.js';
import { RequestLog } from './request-log.js';
import { plantSeed, type SeedInput } from './seed.js';
import { buildServer } from './server.js';
import { applySettings, defaultSettings } from './settings.js';
import { Tenant } from './tenant.js';

export { SeedError, type SeedInput } from './seed.js';
export { readSeed } from './seed-file.js';

/** How an emulator is started; everything has a default. */
export interface EmulatorOptions {
  /** What the tenant holds at first; a small company if left out. */
  readonly seed?: SeedInput;
  /** Time; the machine's if left out. */
  readonly clock?: Clock;
  /** Address to listen on, 127.0.0.1 if left out. */
  readonly host?: string;
  /** Port to listen on; 0, the default, takes a free one. */
  readonly port?: number;
  /** How long every answer waits, milliseconds; 0 by default. */
  readonly latencyMs?: number;
  /** Requests allowed in a second, with a burst of as many; no limit by default. */
  readonly requestsPerSecond?: number;
  /** How long a write of owners takes to show, milliseconds; 0 by default, 45 to 150 seconds on a live tenant. */
  readonly ownerDelayMs?: number;
  /** PEM of a certificate and its key: https is spoken then. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** The tenant host in the client id; the address listened on if left out. */
  readonly tenantHost?: string;
  /** Issuers whose tokens are taken in exchange. Left out, any JWT with iss, sub and an exp to come is taken. */
  readonly trustedIssuers?: TrustedIssuers;
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
  const clock = options.clock ?? systemClock;
  const settings = { ...defaultSettings, features: [...defaultSettings.features] };
  applySettings(settings, {
    latencyMs: options.latencyMs,
    requestsPerSecond: options.requestsPerSecond,
    ownerDelayMs: options.ownerDelayMs,
  });
  const tenant = new Tenant(clock, settings);
  plantSeed(tenant, options.seed ?? defaultSeed());
  const { service, person } = principalsOf(tenant);
  const auth = await Auth.create({ clock, userId: service.id, trustedIssuers: options.trustedIssuers });
  const server = buildServer({
    tenant,
    auth,
    faults: new Faults(),
    requests: new RequestLog(),
    limit: new RateLimit(clock),
    tls: options.tls,
  });
  const host = options.host ?? '127.0.0.1';
  await server.listen({ host, port: options.port ?? 0 });
  const address = server.server.address();
  const authority = `${reachable(host)}:${typeof address === 'object' ? address?.port : ''}`;
  auth.tenantHost = options.tenantHost ?? authority;
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://${authority}`,
    clientId: auth.clientId,
    clientSecret: auth.clientSecret,
    accessToken: auth.lastingToken(service.id),
    userAccessToken: auth.lastingToken(person.id),
    close: () => server.close(),
  };
}

/** The name a client on this machine reaches the address under. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
