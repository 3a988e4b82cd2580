import path from 'node:path';
import { type C1Reader, createReader, createWriter } from './c1/client.js';
import type { Connection } from './c1/connection.js';
import { tenantUrl } from './c1/url.js';
import { type Core, composeCore } from './compose-core.js';
import { type Clock, steadyClock, systemClock } from './core/model/clock.js';
import { TerminalError } from './core/model/errors.js';
import { EventBus } from './core/model/events.js';
import { type Random, systemRandom } from './core/model/random.js';
import { LogFollower } from './core/reconcile/log-follower.js';
import { RunFollower } from './core/reconcile/run-follower.js';
import { Scheduler } from './core/reconcile/schedule.js';
import { Redactor, secretsIn } from './core/redact/redactor.js';
import type { Disk } from './core/state/disk.js';
import type { FileRecordStore } from './core/state/file-store.js';
import { holderOf } from './core/state/lock.js';
import type { Processes } from './core/state/processes.js';
import { openStore } from './core/state/record-store.js';
import { Activity } from './core/status/activity.js';
import type { HistoryReader } from './core/status/history.js';
import { type OpenDefinitions, openDefinitions } from './definitions/open.js';
import { sharedTenant } from './embedded.js';
import { httpTransport, type Transport } from './http/exchange.js';
import { type KindModule, kindModules } from './kinds/index.js';
import { requireTenant, type Settings, stateDirectory, type TenantSettings } from './settings/settings.js';
import { History } from './telemetry/history.js';
import { readHistory } from './telemetry/history-file.js';
import type { Log } from './telemetry/log.js';
import { type BegunSignIn, openTenant, type TenantPorts } from './tenant.js';

/** How long a definition must be gone before its object is deleted, milliseconds: an interval, a minute at most. */
function pruneAfter({ sync }: Settings): number {
  return Math.min(sync.interval, MOST_PRUNE_WAIT_MS);
}

/** The options of a command's session. */
export interface SessionOptions {
  /** `plan` reads only: it is wired without a writer. */
  readonly mode: 'plan' | 'write';
  /** The command, shown to others that find the state folder locked. */
  readonly command: string;
  /** The tenant and its parts, where its sign-in has begun already. */
  readonly signedIn?: BegunSignIn | undefined;
  /** The time of day; that of the machine if left out. */
  readonly clock?: Clock;
  /** The source of ids and jitter; that of the machine if left out. */
  readonly random?: Random;
  /** Carries requests and notifications; Node's own `fetch` if left out. */
  readonly transport?: Transport;
  /** The disk of the state; that of the machine if left out. */
  readonly disk?: Disk;
  /** This process among others; those of the machine if left out. */
  readonly processes?: Processes;
  readonly log?: Log;
  /** Receives every secret of the tenant; shared with the log. */
  readonly redactor?: Redactor;
  readonly events?: EventBus;
  /** Milliseconds that a call whose answer was lost may still take. */
  readonly callWindowMs?: number;
  /** True to wait for another process that holds the lock, {@link LOCK_WAIT_MS} at most. */
  readonly waitForLock?: boolean;
  /** Aborts that wait. */
  readonly signal?: AbortSignal;
  /** True to ignore the limits of the settings. */
  readonly force?: boolean;
  /** True for a session of one load: an absence that an earlier process has noted counts. */
  readonly isOneSweep?: boolean;
  /** True to keep a git source up to date as long as the session lasts; otherwise it is fetched once. */
  readonly poll?: boolean;
  /** All kinds, each after those that it refers to; those of the program if left out. */
  readonly kinds?: readonly KindModule[];
  /** Opens the definitions; from the folder or repository of the settings when left out. */
  readonly openDefinitions?: typeof openDefinitions;
  /** False to keep no history though the session may write. */
  readonly keepsHistory?: boolean;
  /** Who runs the command, for the history; missing for a daemon. */
  readonly by?: string;
}

/** A tenant, its state and its definitions, wired together. */
export interface Session extends Core {
  readonly settings: Settings;
  readonly connection: Connection;
  readonly reader: C1Reader;
  readonly store: FileRecordStore;
  readonly definitions: OpenDefinitions;
  readonly events: EventBus;
  /** The steady clock of all parts. */
  readonly clock: Clock;
  /** The time of day. */
  readonly wall: Clock;
  readonly transport: Transport;
  /** Knows every secret of the tenant, its settings and its definitions, earlier values too. */
  readonly redactor: Redactor;
  /** The history. New events are kept where the session may write. */
  readonly history: HistoryReader;
  /** Releases the lock and closes all parts. */
  close(): Promise<void>;
}

/** How long a process waits for the lock of another one, milliseconds. */
const LOCK_WAIT_MS = 30_000;

/** The shortest time in which a call without an answer may still be carried out, milliseconds. */
const CALL_WINDOW_MS = 60_000;

/** The longest time that a definition must be gone before its object is deleted, milliseconds. */
const MOST_PRUNE_WAIT_MS = 60_000;

/**
 * Connects to the tenant of the settings and opens its state.
 * @throws TerminalError when no tenant is set or its address or credentials cannot be right, LockedError when another
 * process works on this tenant and workspace
 */
export async function openSession(settings: Settings, options: SessionOptions): Promise<Session> {
  const { kinds = kindModules } = options;
  const ports = options.signedIn?.ports ?? portsOf(settings, options);
  const { events, clock, wall, random, transport, redactor } = ports;
  const tenant = options.signedIn?.tenant ?? (await openTenant(settings, ports));
  try {
    const store = await openStore({
      directory: tenant.stateDirectory,
      hashKey: settings.state.hashKey?.reveal(),
      mode: options.mode === 'plan' ? 'read' : 'write',
      clock,
      random,
      processes: options.processes,
      disk: options.disk,
      command: options.command,
      waitMs: options.waitForLock === true ? LOCK_WAIT_MS : undefined,
      signal: options.signal,
      onWait: (owner) => options.log?.info({ holder: holderOf(owner) }, 'waiting for the state folder'),
    });
    tenant.connection.fence(store);
    const definitions = await (options.openDefinitions ?? openDefinitions)(settings.source, {
      kinds: kinds.map(({ kind }) => kind),
      events,
      clock,
      redactor,
      folder: options.poll === true ? path.join(tenant.stateDirectory, 'git') : undefined,
    }).catch(async (error: unknown) => {
      await store.close();
      throw error;
    });
    const reader = createReader(tenant.connection);
    const core = composeCore({
      reader,
      writer: options.mode === 'plan' ? undefined : createWriter(tenant.connection),
      kinds,
      load: (signal, from) => definitions.load(signal, from),
      redactor,
      store,
      events,
      clock,
      wall,
      random,
      adopt: settings.sync.adopt,
      concurrency: changesAtOnce(settings.api),
      connectorOwnerRole: settings.api.connectorOwnerRole,
      settings: {
        workspace: settings.workspace,
        mode: settings.sync.mode,
        settleMs: settings.sync.settle,
        callWindowMs: options.callWindowMs ?? Math.max(CALL_WINDOW_MS, 2 * settings.api.timeout),
        requestsPerSecond: settings.api.requestsPerSecond,
        refuseUnset: options.mode === 'write',
        onTakeover: settings.sync.onTakeover,
        onSecretDrift: settings.sync.onSecretDrift,
        onDeleted: settings.sync.onDeleted,
        prune: settings.sync.prune,
        pruneAfterMs: pruneAfter(settings),
        showsUnconfirmed: options.mode === 'plan',
        absenceFrom: options.isOneSweep === true ? undefined : clock.now(),
        limits: options.force === true ? {} : settings.sync.limits,
        freeze: settings.sync.freeze.map(({ cron, duration, timezone }) => ({
          cron,
          durationMs: duration,
          timezone,
        })),
      },
    });
    const keepsHistory = options.mode === 'write' && options.keepsHistory !== false;
    const history = keepsHistory
      ? await History.open({
          directory: store.directory,
          events,
          clock: wall,
          by: options.by,
          onError: (error) => options.log?.error({ error }, 'history not usable'),
        })
      : undefined;
    const close = async (): Promise<void> => {
      await core.queue.close();
      await history?.close();
      await definitions.close();
      await store.close();
      await tenant.close();
    };
    return {
      ...core,
      settings,
      connection: tenant.connection,
      reader,
      store,
      definitions,
      events,
      clock,
      wall,
      transport,
      redactor,
      history: history ?? readOnlyHistory(store.directory, wall),
      close,
    };
  } catch (error) {
    await tenant.close();
    throw error;
  }
}

/**
 * More changes than requests: while one waits for the disk, another one has its request. Those beyond wait a second at most
 * for the rate, since a change that waits for long is planned again.
 */
function changesAtOnce({ concurrency, requestsPerSecond }: Settings['api']): number {
  return concurrency + Math.min(concurrency, Math.floor(requestsPerSecond));
}

function portsOf(settings: Settings, options: SessionOptions): TenantPorts {
  const wall = options.clock ?? systemClock;
  const { random = systemRandom, transport = httpTransport, events = new EventBus() } = options;
  const { redactor = new Redactor(), log, poll: shares } = options;
  redactor.add(secretsIn(settings));
  return { events, clock: steadyClock(wall), wall, random, transport, redactor, log, shares };
}

/** The history of a session that keeps none itself: the files as they are, without activity. */
function readOnlyHistory(directory: string, wall: Clock): HistoryReader {
  return {
    page: (query) => readHistory(directory, query),
    activity: () => new Activity().view(wall.now()),
  };
}

/**
 * Creates the scheduler of a daemon, the follower of runs, and the follower of the system log unless the settings switch it
 * off.
 */
export function composeDaemon(session: Session): {
  readonly scheduler: Scheduler;
  readonly follower: LogFollower | undefined;
  readonly runs: RunFollower;
} {
  const { settings, reconciler } = session;
  const { interval, systemLogInterval } = settings.sync;
  const scheduler = new Scheduler({ ...session, intervalMs: interval });
  reconciler.onRequeue((scope) => scheduler.request('command', scope));
  const follower =
    systemLogInterval === 'off'
      ? undefined
      : new LogFollower({ ...session, log: session.changeLog, intervalMs: systemLogInterval, scheduler });
  return { scheduler, follower, runs: new RunFollower(session) };
}

/**
 * Opens the state of the settings' tenant without a request to the tenant.
 * @throws TerminalError for an embedded tenant that no daemon shares: it leaves no state behind
 */
export async function openState(
  settings: Settings,
  mode: 'read' | 'write',
  command: string,
): Promise<FileRecordStore> {
  const tenant = requireTenant(settings);
  return openStore({
    directory: await directoryOf(settings, tenant),
    hashKey: settings.state.hashKey?.reveal(),
    mode,
    command,
  });
}

async function directoryOf(settings: Settings, tenant: TenantSettings): Promise<string> {
  if (tenant.kind === 'remote') return stateDirectory(settings, tenantUrl(tenant.url).host);
  const shared = await sharedTenant(settings, tenant, httpTransport);
  if (shared !== undefined) return shared.stateDirectory;
  throw new TerminalError('an embedded tenant is gone with its process, and its records with it');
}
