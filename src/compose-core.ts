import type { C1Reader, C1Writer } from './c1/client.js';
import { isNotFound } from './c1/errors.js';
import { whoAmI } from './c1/introspect.js';
import { systemLog as systemLogOf } from './c1/systemlog.js';
import { Admissions } from './core/apply/admission.js';
import { Backoff } from './core/apply/backoff.js';
import { Executor } from './core/apply/execute.js';
import { MemoryQueue } from './core/apply/queue.js';
import { Attributions } from './core/drift/attributions.js';
import { ChangeLog } from './core/drift/change-log.js';
import type { Clock } from './core/model/clock.js';
import type { Load, LoadStart } from './core/model/definition.js';
import { definitionsByKey } from './core/model/definition-index.js';
import { CallError } from './core/model/errors.js';
import type { EventBus } from './core/model/events.js';
import type { Principal } from './core/model/kind.js';
import { type Random, systemRandom } from './core/model/random.js';
import type { RecordStore } from './core/model/record.js';
import { cached } from './core/observe/lookup-cache.js';
import type { AdoptMode } from './core/observe/matching.js';
import { Observer } from './core/observe/observe.js';
import { childrenOf } from './core/observe/orphans.js';
import type { Planned } from './core/plan/input.js';
import { Definitions } from './core/reconcile/definitions.js';
import { Planner } from './core/reconcile/planner.js';
import { type CoreSettings, Reconciler } from './core/reconcile/reconcile.js';
import { Snapshot } from './core/reconcile/snapshot.js';
import { Redactor } from './core/redact/redactor.js';
import { SecretMemory, secretSpecs } from './core/redact/secret-memory.js';
import { DecisionStore } from './core/state/decision-store.js';
import { Announcer } from './core/status/announce.js';
import { redactedLoad, redactingReader, redactingWriter } from './core/status/redact-shown.js';
import { StatusStore } from './core/status/status-store.js';
import { type KindModule, kindModules, lookups } from './kinds/index.js';
import { sending } from './kinds/operation.js';

/** The inputs of the core. */
export interface CoreOptions {
  readonly reader: C1Reader;
  /** Missing in a core that only plans: it then has no way to write. */
  readonly writer?: C1Writer | undefined;
  readonly load: (signal?: AbortSignal, from?: LoadStart) => Promise<Load>;
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
  readonly kinds?: readonly KindModule[] | undefined;
  readonly settings: CoreSettings;
  /** Hides the secrets of this tenant; a load adds its own. */
  readonly redactor?: Redactor;
}

/** The wired core. */
export type Core = ReturnType<typeof composeCore>;

/** Wires the core to a tenant, a source of definitions and a store of records. */
export function composeCore(options: CoreOptions) {
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
    module,
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
    callWindowMs: settings.callWindowMs,
    settleMs: settings.settleMs,
    clock,
    log: systemLog,
  });
  const definitions = new Definitions({
    load: async (signal, from) => {
      const load = await options.load(signal, from);
      secrets.learn(secretSpecs(definitionsByKey(load.definitions)).values());
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
    planner.plan(await definitions.latestFor(keys, signal), keys, signal);
  const executor =
    send &&
    new Executor({
      access: new Map(
        readers.map(({ module, ...read }) => [
          read.kind.name,
          {
            ...read,
            writer: redactingWriter(module.writer(send, reader, kindOptions), redactor),
            children: (id, signal) => childrenOf({ readers }, read.kind, id, signal),
          },
        ]),
      ),
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
  const reconciler = new Reconciler({
    definitions,
    planner,
    store,
    decisions,
    attributions,
    announcer: new Announcer({
      statusStore,
      events,
      mode: settings.mode,
      attributions,
      clock,
      random,
      redactor,
    }),
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

/** The user of our credentials; undefined where the tenant does not disclose it. Throws where it refuses the credentials. */
async function principal(reader: C1Reader, signal?: AbortSignal): Promise<Principal | undefined> {
  try {
    const { userId, roles } = await whoAmI(reader, signal);
    return userId === '' ? undefined : { userId, roles };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    if (error instanceof CallError && error.terminal && !error.isTenantWide) return undefined;
    throw error;
  }
}
