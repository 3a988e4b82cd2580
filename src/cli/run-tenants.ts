import { systemClock } from '../core/model/clock.js';
import { messageOf, TerminalError } from '../core/model/errors.js';
import { systemRandom } from '../core/model/random.js';
import { Redactor } from '../core/redact/redactor.js';
import type { Signals } from '../daemon/daemon.js';
import { SignalHub } from '../daemon/signals.js';
import { supervise } from '../daemon/supervise.js';
import type { LoadedSettings, NamedSettings, Settings } from '../settings/settings.js';
import type { Log } from '../telemetry/log.js';
import { optimise } from './heap.js';
import { runTenant, type TenantRun } from './run-tenant.js';
import { serveTenants, type TenantsServer } from './serve.js';
import { settingsOf } from './tenants.js';

/** The parts that several tenants share. */
export interface Shared {
  readonly server: Settings['server'];
  readonly log: Log;
  /** The log of a tenant, which hides the secrets of this tenant. */
  readonly logFor: (name: string, redactor: Redactor) => Log;
  /** Missing for a single sweep of each. */
  readonly signals: Signals | undefined;
  /** Reads the settings again, before a tenant that failed is started again. */
  readonly reload: () => Promise<LoadedSettings>;
}

/**
 * Works on several tenants until a signal to stop, or for one sweep each. One that cannot start, or loses its state folder,
 * is shown as failing and started again later; the others go on. The result is the exit code.
 * @throws TerminalError where the server cannot listen
 */
export function runTenants(tenants: readonly NamedSettings[], shared: Shared): Promise<number> {
  return shared.signals === undefined ? sweepAll(tenants, shared) : serveAll(tenants, shared, shared.signals);
}

async function sweepAll(tenants: readonly NamedSettings[], { log, logFor }: Shared): Promise<number> {
  const codes = tenants.map(async ({ name, settings, error }) => {
    const redactor = new Redactor();
    const own = logFor(name, redactor);
    try {
      if (settings === undefined) throw error;
      return await runTenant(settings, { ...idle, log: own, redactor, signals: undefined });
    } catch (cause) {
      own.error({ error: cause }, 'tenant failed');
      return 1;
    }
  });
  const worst = Math.max(...(await Promise.all(codes)));
  log.info({ tenants: tenants.length }, 'stopped');
  return worst;
}

/** A single sweep has no server, and fails at its next write without the lock. */
const idle: Pick<TenantRun, 'serve' | 'onLost'> = {
  serve: async () => ({ close: async () => undefined }),
  onLost: () => undefined,
};

async function serveAll(
  tenants: readonly NamedSettings[],
  shared: Shared,
  signals: Signals,
): Promise<number> {
  optimise();
  const hub = new SignalHub(signals);
  const stopping = new AbortController();
  void signals.stop.then((signal) => stopping.abort(new Error(signal)));
  const server = await serveTenants(shared.server, tenants, shared.log);
  const runs = tenants.map(async (tenant) => {
    const redactor = new Redactor();
    const log = shared.logFor(tenant.name, redactor);
    const run = runOf(tenant, { ...shared, log, redactor, hub, server });
    if (tenants.length === 1) return runAlone(run, log);
    const onFailure = (error: unknown, nextTry: number): void => {
      log.error({ error, nextTry: new Date(nextTry).toISOString() }, 'tenant failed');
      const reason = redactor.text(messageOf(error)).replaceAll(/\n\s*/g, ' ');
      server.tenants.fail(tenant.name, reason, nextTry);
    };
    const around = { clock: systemClock, random: systemRandom, signal: stopping.signal };
    await supervise({ run, onFailure, ...around });
    return 0;
  });
  try {
    return Math.max(...(await Promise.all(runs)));
  } finally {
    await server.close();
  }
}

/** The only tenant ends the process. Its own log hides its secrets. */
async function runAlone(run: () => Promise<void>, log: Log): Promise<number> {
  try {
    await run();
    return 0;
  } catch (error) {
    if (!log.isLevelEnabled('fatal')) throw error;
    log.fatal({ error }, 'stopped by an error');
    return 1;
  }
}

/** The parts that all runs of a tenant share. */
interface Runs extends Pick<Shared, 'log' | 'reload'> {
  readonly redactor: Redactor;
  readonly hub: SignalHub;
  readonly server: TenantsServer;
}

/** A function that works on a tenant until the process stops: with its settings as they are then, from the second time on. */
function runOf({ name, settings, error }: NamedSettings, runs: Runs): () => Promise<void> {
  const { log, redactor, hub, server, reload } = runs;
  let isFirst = true;
  const present = async (): Promise<Settings> => {
    if (!isFirst) return settingsOf(await reload(), name);
    isFirst = false;
    if (settings === undefined) throw error;
    return settings;
  };
  return async () => {
    const chosen = await present();
    const branch = hub.branch();
    let lost: string | undefined;
    const onLost = (reason: string): void => {
      lost = reason;
      branch.end('state folder lost');
    };
    const serve: TenantRun['serve'] = async (session, scheduler) => server.add(name, session, scheduler);
    try {
      await runTenant(chosen, { log, redactor, signals: branch, serve, onLost });
    } catch (cause) {
      // Without the lock, the end may fail as well.
      if (lost === undefined) throw cause;
    } finally {
      branch.release();
    }
    if (lost !== undefined) throw new TerminalError(`the state folder was lost: ${lost}`);
  };
}
