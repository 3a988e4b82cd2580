import { readFile } from 'node:fs/promises';
import type { AuthOptions } from './c1/auth.js';
import { type Connection, type ConnectOptions, connect, type ObservedCall } from './c1/connection.js';
import { type Clock, steadyClock, systemClock } from './core/model/clock.js';
import { EventBus } from './core/model/events.js';
import { type Random, systemRandom } from './core/model/random.js';
import { Secret } from './core/model/secret.js';
import { Redactor, secretsIn } from './core/redact/redactor.js';
import { type EmbeddedAccess, sharedTenant, startEmbedded } from './embedded.js';
import { httpTransport, type Transport } from './http/exchange.js';
import {
  requireTenant,
  type Settings,
  stateDirectory,
  type TenantAuth,
  type TenantSettings,
} from './settings/settings.js';
import type { Log } from './telemetry/log.js';
import { version } from './version.js';

/** The shared parts of a tenant's connection. */
export interface TenantPorts {
  readonly events: EventBus;
  /** The steady clock. */
  readonly clock: Clock;
  /** The time of day. */
  readonly wall: Clock;
  readonly random: Random;
  readonly transport: Transport;
  readonly redactor: Redactor;
  readonly log?: Log | undefined;
  /** True to start an embedded tenant that commands of the same settings find; otherwise a shared one is used, if any. */
  readonly shares?: boolean | undefined;
}

/** The connection to the tenant of the settings. */
export interface OpenTenant {
  readonly connection: Connection;
  /** The folder of its state. */
  readonly stateDirectory: string;
  /** Ends an embedded tenant and deletes its state. */
  close(): Promise<void>;
}

/** A sign-in that has begun, with the parts that its session goes on with. */
export interface BegunSignIn {
  readonly tenant: OpenTenant;
  readonly ports: TenantPorts;
  /** Resolves when it has succeeded or failed. */
  readonly ended: Promise<void>;
  /** Ends it where it still goes on. */
  end(): void;
}

/**
 * Begins to sign in to the remote tenant of the settings; undefined where there is none: only an embedded one, or none at all.
 * @throws TerminalError for an invalid address or credentials
 */
export function beginSignIn(settings: Settings): BegunSignIn | undefined {
  if (settings.tenant?.kind !== 'remote') return undefined;
  const redactor = new Redactor();
  redactor.add(secretsIn(settings));
  const ports = {
    events: new EventBus(),
    clock: steadyClock(systemClock),
    wall: systemClock,
    random: systemRandom,
    transport: httpTransport,
    redactor,
  };
  const tenant = connectTo(settings, settings.tenant, ports);
  const ending = new AbortController();
  const ended = tenant.connection.signIn(ending.signal);
  return { tenant, ports, ended, end: () => ending.abort() };
}

/**
 * Connects to the tenant of the settings; starts an embedded one unless a daemon shares one. Its credentials are redacted from then on.
 * @throws TerminalError without a tenant and for an invalid address or credentials
 */
export async function openTenant(settings: Settings, ports: TenantPorts): Promise<OpenTenant> {
  const { transport, redactor, log } = ports;
  const tenant = requireTenant(settings);
  if (tenant.kind === 'remote') return connectTo(settings, tenant, ports);
  const common = connectionOptions(settings, ports);
  const shared = ports.shares === true ? undefined : await sharedTenant(settings, tenant, transport);
  if (shared !== undefined) {
    redactor.add([shared.clientSecret]);
    return { ...embeddedConnection(shared, common), close: async () => {} };
  }
  const started = await startEmbedded(settings, tenant, { log, shares: ports.shares === true });
  redactor.add(started.secrets);
  return { ...embeddedConnection(started, common), close: () => started.close() };
}

function connectionOptions(
  settings: Settings,
  { events, clock, wall, random, transport, redactor }: TenantPorts,
): Omit<ConnectOptions, 'url' | 'auth'> {
  return {
    requestsPerSecond: settings.api.requestsPerSecond,
    concurrency: settings.api.concurrency,
    timeoutMs: settings.api.timeout,
    maxPauseMs: settings.api.maxPause,
    clock,
    wall,
    random,
    transport,
    version,
    redactor,
    observe: (call: ObservedCall) => events.emit('call', call),
  };
}

function connectTo(
  settings: Settings,
  { url, auth }: Extract<TenantSettings, { kind: 'remote' }>,
  ports: TenantPorts,
): OpenTenant {
  const connection = connect({ url, auth: authOf(auth), ...connectionOptions(settings, ports) });
  return {
    connection,
    stateDirectory: stateDirectory(settings, connection.url.host),
    close: async () => {},
  };
}

function embeddedConnection(
  { url, clientId, clientSecret, stateDirectory }: EmbeddedAccess,
  common: Omit<ConnectOptions, 'url' | 'auth'>,
): Pick<OpenTenant, 'connection' | 'stateDirectory'> {
  const auth = { kind: 'client', clientId, clientSecret } as const;
  return { connection: connect({ url, auth, ...common }), stateDirectory };
}

function authOf(auth: TenantAuth): AuthOptions {
  switch (auth.kind) {
    case 'token':
      return { kind: 'token', accessToken: auth.accessToken.reveal() };
    case 'client':
      return { kind: 'client', clientId: auth.clientId, clientSecret: auth.clientSecret.reveal() };
    case 'oidc': {
      const { clientId, token } = auth;
      const read = token instanceof Secret ? async () => token.reveal() : () => readTokenFile(token.file);
      return { kind: 'oidc', clientId, token: read };
    }
  }
}

async function readTokenFile(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).trim();
}
