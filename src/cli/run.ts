import { composeDaemon, openSession, type Session } from '../compose.js';
import { EventBus } from '../core/model/events.js';
import { phaseOf } from '../core/model/phase.js';
import { Redactor } from '../core/redact/redactor.js';
import { type DaemonParts, runDaemon, type Signals } from '../daemon/daemon.js';
import { processSignals } from '../daemon/signals.js';
import { watchDefinitions } from '../definitions/watch.js';
import { openNotifications } from '../notifications.js';
import { SettingsError } from '../settings/problems.js';
import type { Settings } from '../settings/settings.js';
import { createLog, type Log } from '../telemetry/log.js';
import { logReconciliations } from '../telemetry/reconciliations.js';
import { version } from '../version.js';
import { type CommonFlags, settingsFor } from './common.js';
import { layout } from './output.js';
import { serve } from './serve.js';

interface Flags extends Omit<CommonFlags, 'output'> {
  readonly once?: boolean;
}

/** `c1sync run`: the daemon. Logs to stdout; with `--once` one sweep, exit 1 when an object failed or is invalid. */
export async function run(flags: Flags): Promise<void> {
  // A signal may stop the daemon before it has started.
  const signals = flags.once === true ? undefined : processSignals();
  const redactor = new Redactor();
  const settings = await settingsFor(flags).catch((error: unknown) => {
    const { log } = error instanceof SettingsError ? error : {};
    stoppedBy(error, logOf(log, redactor));
  });
  if (settings === undefined) return;
  const log = logOf(settings.log, redactor);
  stopOnUnhandled(log);
  try {
    await runWith(settings, { log, redactor, signals });
  } catch (error) {
    stoppedBy(error, log);
  }
}

function logOf(settings: Partial<Settings['log']> | undefined, redactor: Redactor): Log {
  const { level = 'info', format = process.stdout.isTTY === true ? 'pretty' : 'json' } = settings ?? {};
  return createLog({ level, format, colour: layout(process.stdout).colour, redactor });
}

/** Logs the error that ends the process, or throws it where the log does not show it. */
function stoppedBy(error: unknown, log: Log): void {
  if (!log.isLevelEnabled('fatal')) throw error;
  log.fatal({ error }, 'stopped by an error');
  process.exitCode = 1;
}

interface Surroundings {
  readonly log: Log;
  readonly redactor: Redactor;
  /** Missing for a single sweep. */
  readonly signals: ReturnType<typeof processSignals> | undefined;
}

async function runWith(settings: Settings, { log, redactor, signals }: Surroundings): Promise<void> {
  const events = new EventBus((error, event) => log.error({ error, event }, 'subscriber failed'));
  logReconciliations(events, log);
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
    waitForLock: true,
    signal: stopping.signal,
  }).catch((error: unknown) => {
    if (error !== stopping.signal.reason) throw error;
    log.info({}, 'stopped');
  });
  if (session === undefined) return;
  session.store.onLost((reason) => {
    log.fatal({ reason }, 'state folder lost');
    process.exit(1);
  });
  const notifications = openNotifications(session, log);
  try {
    process.exitCode = signals === undefined ? await once(session) : await daemon(session, log, signals);
  } finally {
    await notifications.close();
    await session.close();
  }
}

/** Where the definitions come from. */
function sourceFields({ source: { directory, git } }: Settings): Record<string, unknown> {
  return git === undefined ? { directory } : { repository: git.url, ref: git.ref, path: git.path };
}

/** Ends the process at an unexpected error, so that its supervisor restarts it from a known state. */
function stopOnUnhandled(log: Log): void {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      log.fatal({ error, event }, 'unexpected error');
      process.exit(1);
    });
  }
}

async function once(session: Session): Promise<number> {
  const sweep = await session.reconciler.reconcileOnce({ trigger: 'start', scope: 'all' });
  const results = await sweep.results;
  const isWrong =
    results.some(({ outcome }) => outcome === 'failed') ||
    sweep.plan.standings.some(({ status }) => phaseOf(status) === 'out-of-sync');
  return isWrong || sweep.load.problems.length > 0 ? 1 : 0;
}

async function daemon(session: Session, log: Log, signals: Signals): Promise<number> {
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
  const server = await serve(session, scheduler, log);
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
