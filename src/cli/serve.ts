import type { Session } from '../compose.js';
import { Control } from '../core/reconcile/control.js';
import type { Scheduler } from '../core/reconcile/schedule.js';
import { Overview } from '../core/status/overview.js';
import { Revisions } from '../core/status/revisions.js';
import { Unmanaged } from '../core/status/unmanaged.js';
import type { AccessToken } from '../daemon/http/access.js';
import { type Server, type ServerParts, startServer } from '../daemon/http/server.js';
import { kinds } from '../kinds/index.js';
import type { Settings } from '../settings/settings.js';
import type { Log } from '../telemetry/log.js';
import { Metrics } from '../telemetry/metrics.js';
import { version } from '../version.js';

/** The parts of a daemon's HTTP server. They subscribe to the session at once. */
export function serverParts(session: Session, scheduler: Scheduler, log: Log): ServerParts {
  const { settings, connection, store, definitions, wall } = session;
  const { git } = settings.source;
  const about = {
    version,
    workspace: settings.workspace,
    mode: settings.sync.mode,
    tenant: connection.url.host,
    kinds: kinds.map(({ name }) => name),
  };
  const overview = new Overview({ ...session, about, scheduler });
  const metrics = new Metrics({
    ...session,
    clock: wall,
    daemon: () => overview.daemon(),
    budget: () => connection.budget(),
  });
  let isLocked = true;
  store.onLost(() => {
    isLocked = false;
  });
  return {
    ...session,
    ...settings.server,
    tokens: tokensOf(settings.server),
    clock: wall,
    overview,
    control: new Control(session),
    revisions: new Revisions(session),
    unmanaged: new Unmanaged({ ...session, workspace: settings.workspace }),
    metrics,
    webhook: git && { secret: git.webhookSecret, ref: git.ref, fetchNow: () => definitions.fetchNow?.() },
    isLocked: () => isLocked,
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
