import type { Session } from '../compose.js';
import { Control } from '../core/control.js';
import { Overview } from '../core/overview.js';
import type { Scheduler } from '../core/schedule.js';
import { type Server, startServer } from '../daemon/http/server.js';
import { kinds } from '../kinds/index.js';
import type { Log } from '../telemetry/log.js';
import { version } from '../version.js';

/**
 * Starts the HTTP server of a daemon and says in the log where it listens. It has to be there before the first sweep.
 * @throws TerminalError when it cannot listen
 */
export async function serve(session: Session, scheduler: Scheduler, log: Log): Promise<Server> {
  const { settings, connection, store } = session;
  const { host, port, token } = settings.server;
  if (token !== undefined) log.addSecrets([token.reveal()]);
  const about = {
    version,
    workspace: settings.workspace,
    mode: settings.sync.mode,
    tenant: connection.url.host,
    kinds: kinds.map(({ name }) => name),
  };
  let isLocked = true;
  store.onLost(() => {
    isLocked = false;
  });
  const server = await startServer({
    ...session,
    host,
    port,
    ...(token === undefined ? {} : { token }),
    overview: new Overview({ ...session, about, scheduler }),
    control: new Control(session),
    isLocked: () => isLocked,
    onError: (error, fields) => log.error({ error, ...fields }, 'request failed'),
  });
  log.info({ url: server.url }, 'listening');
  return server;
}
