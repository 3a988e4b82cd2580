import { readFile } from 'node:fs/promises';
import type { AuthOptions } from './c1/auth.js';
import { type Connection, type ConnectOptions, connect, type ObservedCall } from './c1/connection.js';
import type { Clock } from './core/model/clock.js';
import type { EventBus } from './core/model/events.js';
import type { Random } from './core/model/random.js';
import { Secret } from './core/model/secret.js';
import type { Redactor } from './core/redact/redactor.js';
import { type EmbeddedAccess, sharedTenant, startEmbedded } from './embedded.js';
import type { Transport } from './http/exchange.js';
import { requireTenant, type Settings, stateDirectory, type TenantAuth } from './settings/settings.js';
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

/**
 * Connects to the tenant of the settings; starts an embedded one unless a daemon shares one. Its credentials are redacted from then on.
 * @throws TerminalError without a tenant and for an invalid address or credentials
 */
export async function openTenant(settings: Settings, ports: TenantPorts): Promise<OpenTenant> {
  const { events, clock, wall, random, transport, redactor, log } = ports;
  const tenant = requireTenant(settings);
  const common = {
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
  if (tenant.kind === 'remote') {
    const auth = authOf(tenant.auth);
    const connection = connect({ url: tenant.url, auth, ...common });
    return {
      connection,
      stateDirectory: stateDirectory(settings, connection.url.host),
      close: async () => {},
    };
  }
  const shared = ports.shares === true ? undefined : await sharedTenant(settings, tenant, transport);
  if (shared !== undefined) {
    redactor.add([shared.clientSecret]);
    return { ...embeddedConnection(shared, common), close: async () => {} };
  }
  const started = await startEmbedded(settings, tenant, { log, shares: ports.shares === true });
  redactor.add(started.secrets);
  return { ...embeddedConnection(started, common), close: () => started.close() };
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
