import path from 'node:path';
import { type C1Reader, type C1Writer, createReader, createWriter } from './c1/client.js';
import type { Connection } from './c1/connection.js';
import { isNotFound } from './c1/errors.js';
import { whoAmI } from './c1/introspect.js';
import { systemLog as systemLogOf } from './c1/systemlog.js';
import { tenantUrl } from './c1/url.js';
import { Admissions } from './core/apply/admission.js';
import { Backoff } from './core/apply/backoff.js';
import { Executor } from './core/apply/execute.js';
import type { KindAccess } from './core/apply/execution.js';
import { MemoryQueue, type WorkQueue } from './core/apply/queue.js';
import { Attributions } from './core/drift/attributions.js';
import { ChangeLog } from './core/drift/change-log.js';
import { type Clock, steadyClock, systemClock } from './core/model/clock.js';
import type { Load } from './core/model/definition.js';
import { CallError, TerminalError } from './core/model/errors.js';
import { EventBus } from './core/model/events.js';
import type { Kind, KindReader, Lookup, Principal } from './core/model/kind.js';
import { type Random, systemRandom } from './core/model/random.js';
import type { RecordStore } from './core/model/record.js';
import type { LogSource } from './core/model/system-log.js';
import { cached } from './core/observe/lookup-cache.js';
import type { AdoptMode } from './core/observe/matching.js';
import { Observer } from './core/observe/observe.js';
import { childrenOf } from './core/observe/orphans.js';
import type { Planned } from './core/plan/input.js';
import { Definitions } from './core/reconcile/definitions.js';
import { LogFollower } from './core/reconcile/log-follower.js';
import { Planner } from './core/reconcile/planner.js';
import { type CoreSettings, Reconciler } from './core/reconcile/reconcile.js';
import { Scheduler } from './core/reconcile/schedule.js';
import { Snapshot } from './core/reconcile/snapshot.js';
import { Redactor, secretsIn } from './core/redact/redactor.js';
import { SecretMemory } from './core/redact/secret-memory.js';
import { DecisionStore } from './core/state/decision-store.js';
import type { Disk } from './core/state/disk.js';
import { holderOf } from './core/state/lock.js';
import type { Processes } from './core/state/processes.js';
import { type FileRecordStore, openStore } from './core/state/record-store.js';
import { Announcer } from './core/status/announce.js';
import type { HistoryReader } from './core/status/history.js';
import { redactedLoad, redactingReader, redactingWriter } from './core/status/redact-shown.js';
import { StatusStore } from './core/status/status-store.js';
import { type OpenDefinitions, openDefinitions } from './definitions/open.js';
import { fetchTransport, type Transport } from './http/exchange.js';
import { type KindModule, kindModules, lookups, kinds as programKinds } from './kinds/index.js';
import { sending } from './kinds/operation.js';
import { requireTenant, type Settings, stateDirectory } from './settings/settings.js';
import { History } from './telemetry/history.js';
import { readHistory } from './telemetry/history-file.js';
import type { Log } from './telemetry/log.js';
import { Notifier } from './telemetry/notify.js';
import { type Notifications, notify } from './telemetry/notify-events.js';
import { notifyMemories } from './telemetry/notify-memory.js';
import { openTenant } from './tenant.js';

/** The inputs of the core. */
export interface CoreOptions {
  readonly reader: C1Reader;
  /** Missing in a core that only plans: it then has no way to write. */
  readonly writer?: C1Writer;
  readonly load: (signal?: AbortSignal) => Promise<Load>;
  readonly store: RecordStore;
  readonly events: EventBus;
  /** A steady one, see `steadyClock`, for durations. */
  readonly clock: Clock;
  /** The time of day. */
  readonly wall: Clock;
  /** That of the machine when left out. */
  readonly random?: Random;
  readonly adopt: AdoptMode;
  /** Jobs that run at once. */
  readonly concurrency: number;
  readonly connectorOwnerRole: string;
  /** All kinds, each after those that it refers to; those of the program when left out. */
  readonly kinds?: readonly KindModule[];
  readonly settings: CoreSettings;
  /** Hides the secrets of this tenant; a load adds its own. */
  readonly redactor?: Redactor;
}

/** The wired core. */
export interface Core {
  readonly reconciler: Reconciler;
  readonly queue: WorkQueue;
  readonly statusStore: StatusStore;
  readonly backoff: Backoff;
  readonly decisions: DecisionStore;
  readonly planner: Planner;
  readonly snapshot: Snapshot;
  readonly admissions: Admissions;
  readonly systemLog: LogSource;
  /** The system log from now on; a poll reads it. */
  readonly changeLog: ChangeLog;
  readonly attributions: Attributions;
  readonly readers: readonly { readonly kind: Kind; readonly reader: KindReader }[];
  readonly lookups: ReadonlyMap<string, Lookup>;
  readonly random: Random;
}

/** Wires the core to a tenant, a source of definitions and a store of records. */
export function composeCore(options: CoreOptions): Core {
  const {
    reader,
    store,
    events,
    clock,
    wall,
    settings,
    kinds: modules = kindModules,
    random = systemRandom,
    redactor = new Redactor(),
  } = options;
  const kindOptions = { connectorOwnerRole: options.connectorOwnerRole };
  const kinds = modules.map(({ kind }) => kind);
  const readers = modules.map((module) => ({
    kind: module.kind,
    reader: redactingReader(module.reader(reader, kindOptions), redactor),
  }));
  const secrets = new SecretMemory(redactor);
  const queue = new MemoryQueue({ concurrency: options.concurrency });
  const statusStore = new StatusStore(clock);
  const decisions = new DecisionStore(store, clock);
  const backoff = new Backoff(clock, random, decisions);
  const snapshot = new Snapshot({ decisions, store, clock, wall, settings });
  const admissions = new Admissions({ decisions, clock, ruleInput: () => snapshot.ruleInput() });
  const attributions = new Attributions(clock);
  let self: Principal | undefined;
  const nested = kinds.filter(({ parent }) => parent !== undefined).map(({ name }) => name);
  const systemLog = systemLogOf(reader, redactor, nested);
  const changeLog = new ChangeLog(systemLog, clock, () => self?.userId);
  const send = options.writer && sending(options.writer, (write) => changeLog.noteWrite(write));
  const names = new Map(lookups(reader, modules).map((lookup) => [lookup.name, cached(lookup, clock)]));
  const observer = new Observer({
    readers,
    lookups: names,
    whoAmI: async (signal) => {
      self = await principal(reader, signal);
      return self;
    },
    workspace: settings.workspace,
    adopt: options.adopt,
    prune: settings.prune,
    onDeleted: settings.onDeleted,
    createWindowMs: settings.createWindowMs,
    settleMs: settings.settleMs,
    clock,
    log: systemLog,
  });
  const access = new Map<string, KindAccess>(
    send === undefined
      ? []
      : modules.map((module) => [
          module.kind.name,
          {
            kind: module.kind,
            reader: redactingReader(module.reader(reader, kindOptions), redactor),
            writer: redactingWriter(module.writer(send, reader, kindOptions), redactor),
            children: (id, signal) => childrenOf({ readers }, module.kind, id, signal),
          },
        ]),
  );
  const definitions = new Definitions({
    load: async (signal) => {
      const load = await options.load(signal);
      secrets.learn(load.definitions.map(({ spec }) => spec));
      return redactedLoad(load, redactor);
    },
    store,
    events,
  });
  const planner = new Planner({
    kinds,
    observer,
    store,
    attributions,
    snapshot,
    admissions,
    clock,
    settings,
  });
  const refresh = async (keys: ReadonlySet<string>, signal?: AbortSignal): Promise<Planned> =>
    planner.plan(definitions.loaded ?? (await definitions.load(signal)), keys, signal);
  const executor =
    send &&
    new Executor({
      access,
      store,
      queue,
      backoff,
      admissions,
      clock,
      random,
      ...settings,
      refresh,
      definitions,
    });
  const around = { events, clock, random, redactor, attributions };
  const reconciler = new Reconciler({
    definitions,
    planner,
    store,
    decisions,
    attributions,
    announcer: new Announcer({ statusStore, mode: settings.mode, ...around }),
    events,
    clock,
    wall,
    settings,
    requests: () => reader.requests,
    executor,
  });
  return {
    reconciler,
    queue,
    statusStore,
    backoff,
    decisions,
    planner,
    snapshot,
    admissions,
    systemLog,
    changeLog,
    attributions,
    readers,
    lookups: names,
    random,
  };
}

/** The user of our credentials; undefined where the tenant does not disclose it. */
async function principal(reader: C1Reader, signal?: AbortSignal): Promise<Principal | undefined> {
  try {
    const { userId, roles } = await whoAmI(reader, signal);
    return userId === '' ? undefined : { userId, roles };
  } catch (error) {
    if (isNotFound(error) || (error instanceof CallError && error.terminal)) return undefined;
    throw error;
  }
}

/** How long a definition must be gone before its object is deleted, milliseconds: an interval, a minute at most. */
export function pruneAfter({ sync }: Settings): number {
  return Math.min(sync.interval, MOST_PRUNE_WAIT_MS);
}

/** The options of a command's session. */
export interface SessionOptions {
  /** `plan` reads only: it is wired without a writer. */
  readonly mode: 'plan' | 'write';
  /** The command, shown to others that find the state folder locked. */
  readonly command: string;
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
  /** Milliseconds that a create whose answer was lost may still take. */
  readonly createWindowMs?: number;
  /** True to wait for another process that holds the lock, {@link LOCK_WAIT_MS} at most. */
  readonly waitForLock?: boolean;
  /** Aborts that wait. */
  readonly signal?: AbortSignal;
  /** True to ignore the limits of the settings. */
  readonly force?: boolean;
  /** True to keep a git source up to date as long as the session lasts; otherwise it is fetched once. */
  readonly poll?: boolean;
  /** Opens the definitions; from the folder or repository of the settings when left out. */
  readonly openDefinitions?: typeof openDefinitions;
  /** False to keep no history though the session may write. */
  readonly keepsHistory?: boolean;
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

/** The shortest time in which a create without an answer may still be carried out, milliseconds. */
const CREATE_WINDOW_MS = 60_000;

/** The longest time that a definition must be gone before its object is deleted, milliseconds. */
const MOST_PRUNE_WAIT_MS = 60_000;

/**
 * Connects to the tenant of the settings and opens its state.
 * @throws TerminalError when no tenant is set or its address or credentials cannot be right, LockedError when another
 * process works on this tenant and workspace
 */
export async function openSession(settings: Settings, options: SessionOptions): Promise<Session> {
  const wall = options.clock ?? systemClock;
  const clock = steadyClock(wall);
  const { random = systemRandom, transport = fetchTransport } = options;
  const events = options.events ?? new EventBus();
  const redactor = options.redactor ?? new Redactor();
  redactor.add(secretsIn(settings));
  const ports = { events, clock, wall, random, transport, redactor, log: options.log };
  const tenant = await openTenant(settings, ports);
  try {
    const store = await openStore({
      directory: tenant.stateDirectory,
      ...(settings.state.hashKey === undefined ? {} : { hashKey: settings.state.hashKey.reveal() }),
      mode: options.mode === 'plan' ? 'read' : 'write',
      clock,
      random,
      ...(options.processes === undefined ? {} : { processes: options.processes }),
      ...(options.disk === undefined ? {} : { disk: options.disk }),
      command: options.command,
      ...(options.waitForLock === true ? { waitMs: LOCK_WAIT_MS } : {}),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      onWait: (owner) => options.log?.info({ holder: holderOf(owner) }, 'waiting for the state folder'),
    });
    tenant.connection.fence(store);
    const definitions = await (options.openDefinitions ?? openDefinitions)(settings.source, {
      kinds: programKinds,
      events,
      clock,
      redactor,
      ...(options.poll === true ? { folder: path.join(tenant.stateDirectory, 'git') } : {}),
    }).catch(async (error: unknown) => {
      await store.close();
      throw error;
    });
    const reader = createReader(tenant.connection);
    const core = composeCore({
      reader,
      ...(options.mode === 'plan' ? {} : { writer: createWriter(tenant.connection) }),
      load: (signal) => definitions.load(signal),
      redactor,
      store,
      events,
      clock,
      wall,
      random,
      adopt: settings.sync.adopt,
      concurrency: settings.api.concurrency,
      connectorOwnerRole: settings.api.connectorOwnerRole,
      settings: {
        workspace: settings.workspace,
        mode: settings.sync.mode,
        settleMs: settings.sync.settle,
        createWindowMs: options.createWindowMs ?? Math.max(CREATE_WINDOW_MS, 2 * settings.api.timeout),
        requestsPerSecond: settings.api.requestsPerSecond,
        refuseUnset: options.mode === 'write',
        onTakeover: settings.sync.onTakeover,
        onSecretDrift: settings.sync.onSecretDrift,
        onDeleted: settings.sync.onDeleted,
        prune: settings.sync.prune,
        pruneAfterMs: pruneAfter(settings),
        limits: options.force === true ? {} : settings.sync.limits,
        freeze: settings.sync.freeze.map(({ cron, duration, timezone }) => ({
          cron,
          durationMs: duration,
          timezone,
        })),
      },
    });
    const keepsHistory = options.mode === 'write' && options.keepsHistory !== false;
    const history = keepsHistory ? await keepHistory(store, events, wall, options.log) : undefined;
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
      history: history ?? { page: (query) => readHistory(store.directory, query) },
      close,
    };
  } catch (error) {
    await tenant.close();
    throw error;
  }
}

/** Creates the scheduler of a daemon, and the follower of the system log unless the settings switch it off. */
export function composeDaemon(session: Session): {
  readonly scheduler: Scheduler;
  readonly follower: LogFollower | undefined;
} {
  const { settings, reconciler } = session;
  const { interval, systemLogInterval } = settings.sync;
  const scheduler = new Scheduler({ ...session, intervalMs: interval });
  reconciler.onRequeue((scope) => scheduler.request('command', scope));
  const follower =
    systemLogInterval === 'off'
      ? undefined
      : new LogFollower({ ...session, log: session.changeLog, intervalMs: systemLogInterval, scheduler });
  return { scheduler, follower };
}

function keepHistory(
  { directory }: FileRecordStore,
  events: EventBus,
  clock: Clock,
  log: Log | undefined,
): Promise<History> {
  return History.open({
    directory,
    events,
    clock,
    onError: (error) => log?.error({ error }, 'history not usable'),
  });
}

/**
 * Opens the state of the settings' tenant without a request to the tenant.
 * @throws TerminalError for an embedded tenant, which leaves no state behind
 */
export function openState(
  settings: Settings,
  mode: 'read' | 'write',
  command: string,
): Promise<FileRecordStore> {
  const tenant = requireTenant(settings);
  if (tenant.kind === 'embedded') {
    throw new TerminalError('an embedded tenant is gone with its process, and its records with it');
  }
  return openStore({
    directory: stateDirectory(settings, tenantUrl(tenant.url).host),
    ...(settings.state.hashKey === undefined ? {} : { hashKey: settings.state.hashKey.reveal() }),
    mode,
    command,
  });
}

/** Starts the notifications of the settings. Close them before the session. */
export function openNotifications(session: Session, log: Log): Notifications {
  const { settings, connection, store, wall, transport, events, statusStore, redactor } = session;
  const around = { clock: wall, transport, log, redactor };
  const receivers = settings.notify.map(({ url, headers, ...rest }, index) => ({
    name: `notify[${index}]`,
    ...rest,
    url: new URL(url.reveal()),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.reveal()])),
  }));
  // The parsed form of an address may differ from its text in the settings.
  redactor.add(receivers.map(({ url }) => url.href));
  const origin = { tenant: connection.url.host, workspace: settings.workspace };
  const memories = notifyMemories(store, receivers);
  const notifiers = receivers.flatMap((receiver, index) => {
    const memory = memories[index];
    return memory === undefined ? [] : [new Notifier({ receiver, origin, memory, ...around })];
  });
  return notify(events, notifiers, statusStore);
}
