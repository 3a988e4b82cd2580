import { Redactor, secretsIn } from '../core/redact/redactor.js';
import type { Signals } from '../daemon/daemon.js';
import { processSignals } from '../daemon/signals.js';
import { SettingsError } from '../settings/problems.js';
import type { Settings } from '../settings/settings.js';
import { createLog, type Log } from '../telemetry/log.js';
import type { CommonFlags } from './common.js';
import { layout } from './output.js';
import { runTenant } from './run-tenant.js';
import { runTenants } from './run-tenants.js';
import { serve } from './serve.js';
import { settingsIn, settingsOf } from './tenants.js';

interface Flags extends Omit<CommonFlags, 'output'> {
  readonly once?: boolean;
}

/** `c1sync run`: the daemon. Logs to stdout; with `--once` one sweep, exit 1 when an object failed or is invalid. */
export async function run(flags: Flags): Promise<void> {
  // A signal may stop the daemon before it has started.
  const signals = flags.once === true ? undefined : processSignals();
  const redactor = new Redactor();
  const loaded = await settingsIn(flags).catch((error: unknown) => {
    const { log } = error instanceof SettingsError ? error : {};
    stoppedBy(error, logOf(log, redactor));
  });
  if (loaded === undefined) return;
  const { server, log: logSettings } = loaded.settings ?? loaded.shared;
  const log = logOf(logSettings, redactor);
  stopOnUnhandled(log);
  try {
    if (loaded.tenants === undefined)
      process.exitCode = await runOnly(settingsOf(loaded, flags.tenant), { log, redactor, signals });
    else {
      const chosen = loaded.tenants.filter(({ name }) => flags.tenant === undefined || name === flags.tenant);
      const logFor = (name: string, own: Redactor): Log => logOf(logSettings, own).child({ tenant: name });
      redactor.add(secretsIn(server));
      process.exitCode = await runTenants(chosen, {
        server,
        log,
        logFor,
        signals,
        reload: () => settingsIn(flags),
      });
    }
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

interface Around {
  readonly log: Log;
  readonly redactor: Redactor;
  /** Missing for a single sweep. */
  readonly signals: Signals | undefined;
}

/** Runs the only tenant. It owns the process: without its lock, the process ends. */
function runOnly(settings: Settings, { log, redactor, signals }: Around): Promise<number> {
  return runTenant(settings, {
    log,
    redactor,
    signals,
    serve: (session, scheduler) => serve(session, scheduler, log),
    onLost: (reason) => {
      log.fatal({ reason }, 'state folder lost');
      process.exit(1);
    },
  });
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
