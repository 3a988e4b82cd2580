import { composeDaemon, openSession, type Session } from '../compose.js';
import { EventBus } from '../core/model/events.js';
import { phaseOf } from '../core/model/phase.js';
import type { Scheduler } from '../core/reconcile/schedule.js';
import type { Redactor } from '../core/redact/redactor.js';
import { type DaemonParts, runDaemon, type Signals } from '../daemon/daemon.js';
import { watchDefinitions } from '../definitions/watch.js';
import { openNotifications } from '../notifications.js';
import type { Settings } from '../settings/settings.js';
import type { Log } from '../telemetry/log.js';
import { logReconciliations } from '../telemetry/reconciliations.js';
import { version } from '../version.js';
import { MANY_DEFINITIONS, optimise } from './heap.js';

/** The surroundings of a running tenant in its process. */
export interface TenantRun {
  readonly log: Log;
  readonly redactor: Redactor;
  /** Missing for a single sweep. */
  readonly signals: Signals | undefined;
  /** Starts to answer about the session; the result is closed at the end. */
  readonly serve: (session: Session, scheduler: Scheduler) => Promise<{ close(): Promise<void> }>;
  /** Called when another process has the state folder. Nothing is sent from then on. */
  readonly onLost: (reason: string) => void;
}

/**
 * Works on one tenant until a signal to stop, or for one sweep. The result is the exit code.
 * @throws TerminalError and LockedError where it cannot start
 */
export async function runTenant(settings: Settings, around: TenantRun): Promise<number> {
  const { log, redactor, signals, onLost } = around;
  const events = new EventBus((error, event) => log.error({ error, event }, 'subscriber failed'));
  logReconciliations(events, log);
  events.on('definitions loaded', ({ definitions }) => {
    if (definitions >= MANY_DEFINITIONS) optimise();
  });
  log.info(
    {
      version,
      ...sourceFields(settings),
      workspace: settings.workspace,
      mode: settings.sync.mode,
    },
    'starting',
  );
  const stopping = new AbortController();
  void signals?.stop.then((signal) => stopping.abort(new Error(signal)));
  const session = await openSession(settings, {
    mode: 'write',
    command: 'run',
    log,
    redactor,
    events,
    poll: signals !== undefined,
    isOneSweep: signals === undefined,
    waitForLock: true,
    signal: stopping.signal,
  }).catch((error: unknown) => {
    if (error !== stopping.signal.reason) throw error;
    log.info({}, 'stopped');
  });
  if (session === undefined) return 0;
  session.store.onLost(onLost);
  const notifications = openNotifications(session, log);
  try {
    return signals === undefined ? await once(session) : await daemon(session, signals, around);
  } finally {
    await notifications.close().finally(() => session.close());
  }
}

/** Where the definitions come from. */
function sourceFields({ source: { directory, git } }: Settings): Record<string, unknown> {
  return git === undefined ? { directory } : { repository: git.url, ref: git.ref, path: git.path };
}

async function once(session: Session): Promise<number> {
  const sweep = await session.reconciler.reconcileOnce({ trigger: 'start', scope: 'all' });
  const results = await sweep.results;
  const isWrong =
    results.some(({ outcome }) => outcome === 'failed') ||
    sweep.plan.standings.some(({ status }) => phaseOf(status) === 'out-of-sync');
  return isWrong || sweep.load.problems.length > 0 ? 1 : 0;
}

async function daemon(session: Session, signals: Signals, { log, serve }: TenantRun): Promise<number> {
  const { settings, wall, reconciler, definitions } = session;
  const { scheduler, follower, runs } = composeDaemon(session);
  const watch: DaemonParts['watch'] = (onChange) =>
    watchDefinitions({
      directory: definitions.directory,
      extraFiles: () => reconciler.secretFiles,
      debounceMs: settings.sync.debounce,
      clock: wall,
      onChange,
      onError: (error) => log.error({ error }, 'watching failed'),
    });
  signals.onReload(() => definitions.fetchNow?.());
  const server = await serve(session, scheduler);
  await runDaemon({
    ...session,
    scheduler,
    server,
    follower,
    runs,
    watch,
    log: (message, fields = {}) => log.info(fields, message),
    signals,
  });
  return 0;
}
