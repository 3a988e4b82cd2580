import type { Session } from '../compose.js';
import { type Clock, systemClock } from '../core/model/clock.js';
import { Control } from '../core/reconcile/control.js';
import type { Scheduler } from '../core/reconcile/schedule.js';
import { Overview } from '../core/status/overview.js';
import { Revisions } from '../core/status/revisions.js';
import { Unmanaged } from '../core/status/unmanaged.js';
import type { AccessToken } from '../daemon/http/access.js';
import { type Server, type ServerParts, startServer } from '../daemon/http/server.js';
import { type TenantAbout, type TenantParts, Tenants } from '../daemon/http/tenants.js';
import { kinds } from '../kinds/index.js';
import type { NamedSettings, Settings } from '../settings/settings.js';
import { hostOf } from '../settings/tenants.js';
import type { Log } from '../telemetry/log.js';
import { Metrics } from '../telemetry/metrics.js';
import { version } from '../version.js';

/** The sources of the answers about a tenant. They subscribe to the session at once. */
export function tenantParts(session: Session, scheduler: Scheduler): TenantParts {
  const { settings, connection, store, definitions } = session;
  const { git } = settings.source;
  const about = {
    name: settings.name,
    version,
    workspace: settings.workspace,
    mode: settings.sync.mode,
    tenant: connection.url.host,
    kinds: kindNames,
  };
  let isLocked = true;
  store.onLost(() => {
    isLocked = false;
  });
  return {
    events: session.events,
    history: session.history,
    overview: new Overview({ ...session, about, scheduler }),
    control: new Control(session),
    revisions: new Revisions(session),
    unmanaged: new Unmanaged({ ...session, workspace: settings.workspace }),
    webhook: git && { secret: git.webhookSecret, ref: git.ref, fetchNow: () => definitions.fetchNow?.() },
    isLocked: () => isLocked,
  };
}

const kindNames = kinds.map(({ name }) => name);

/** Counts what a session does, until the returned function is called. */
function follow(
  metrics: Metrics,
  { connection, events, wall, settings }: Session,
  { overview }: TenantParts,
): () => void {
  const budget = (): ReturnType<typeof connection.budget> => connection.budget();
  return metrics.follow({ events, clock: wall, daemon: () => overview.daemon(), budget }, settings.name);
}

/** The parts of the HTTP server of the only tenant. */
export function serverParts(session: Session, scheduler: Scheduler, log: Log): ServerParts {
  const metrics = new Metrics({ version, kinds: kindNames });
  const serves = tenantParts(session, scheduler);
  follow(metrics, session, serves);
  return { ...processParts(session.settings.server, session.wall, log), serves, metrics };
}

function processParts(
  server: Settings['server'],
  clock: Clock,
  log: Log,
): Omit<ServerParts, 'serves' | 'metrics'> {
  return {
    ...server,
    tokens: tokensOf(server),
    clock,
    onError: (error, fields) => log.error({ error, ...fields }, 'request failed'),
  };
}

/** All tokens of the settings, each with its name. */
function tokensOf({ token, readToken, tokens }: Settings['server']): readonly AccessToken[] {
  return [
    ...(token === undefined ? [] : [{ name: 'token', token, can: 'change' } as const]),
    ...(readToken === undefined ? [] : [{ name: 'readToken', token: readToken, can: 'read' } as const]),
    ...tokens,
  ];
}

/**
 * Starts the HTTP server of a daemon and logs its address. Call it before the first sweep.
 * @throws TerminalError when it cannot listen
 */
export async function serve(session: Session, scheduler: Scheduler, log: Log): Promise<Server> {
  const server = await startServer(serverParts(session, scheduler, log));
  log.info({ url: server.url }, 'listening');
  return server;
}

/** The HTTP server of several tenants. */
export interface TenantsServer extends Server {
  /** Its tenants, of which none runs at first. */
  readonly tenants: Tenants;
  /** Serves and counts the session of a tenant, until the returned part is closed. */
  add(name: string, session: Session, scheduler: Scheduler): { close(): Promise<void> };
}

/**
 * Starts the HTTP server of several tenants and logs its address.
 * @throws TerminalError when it cannot listen
 */
export async function serveTenants(
  settings: Settings['server'],
  named: readonly NamedSettings[],
  log: Log,
): Promise<TenantsServer> {
  const tenants = new Tenants(systemClock, new Map(named.map((one) => [one.name, aboutOf(one)])));
  const metrics = new Metrics({ version, kinds: kindNames, tenants: named.map(({ name }) => name) });
  const server = await startServer({ ...processParts(settings, systemClock, log), serves: tenants, metrics });
  log.info({ url: server.url }, 'listening');
  return {
    ...server,
    tenants,
    add: (name, session, scheduler) => {
      const parts = tenantParts(session, scheduler);
      const ends = [tenants.start(name, parts), follow(metrics, session, parts)];
      return {
        close: async () => {
          for (const end of ends) end();
        },
      };
    },
  };
}

/** The facts of a tenant that its settings alone show. */
function aboutOf({ settings }: NamedSettings): TenantAbout {
  if (settings === undefined) return { tenant: null, workspace: null, mode: null };
  const { tenant, workspace, sync } = settings;
  return { tenant: tenant?.kind === 'remote' ? hostOf(tenant.url) : null, workspace, mode: sync.mode };
}
