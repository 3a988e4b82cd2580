import type { C1Reader, C1Writer } from './c1/client.js';
import { isNotFound } from './c1/errors.js';
import { whoAmI } from './c1/introspect.js';
import { Backoff } from './core/backoff.js';
import { Board } from './core/board.js';
import type { Clock } from './core/clock.js';
import type { Load } from './core/definition.js';
import { CallError } from './core/errors.js';
import type { EventBus } from './core/events.js';
import { Executor } from './core/execute.js';
import type { Principal } from './core/kind.js';
import { cached } from './core/lookup-cache.js';
import type { AdoptMode } from './core/match.js';
import { Observer } from './core/observe.js';
import { MemoryQueue, type WorkQueue } from './core/queue.js';
import { type CoreSettings, Reconciler } from './core/reconcile.js';
import type { RecordStore } from './core/record.js';
import { kindModules, kinds, lookups } from './kinds/index.js';

/** What the core is wired from. */
export interface CoreOptions {
  readonly reader: C1Reader;
  /** Missing in a core that only plans: it then has no way to write. */
  readonly writer?: C1Writer;
  readonly load: (signal?: AbortSignal) => Promise<Load>;
  readonly store: RecordStore;
  readonly events: EventBus;
  readonly clock: Clock;
  readonly adopt: AdoptMode;
  /** Objects worked on at once. */
  readonly concurrency: number;
  readonly connectorOwnerRole: string;
  readonly settings: CoreSettings;
}

/** The wired core. */
export interface Core {
  readonly reconciler: Reconciler;
  readonly queue: WorkQueue;
  readonly board: Board;
  readonly backoff: Backoff;
}

/** Wires the core to a tenant, a source of definitions and a store of records. */
export function composeCore(options: CoreOptions): Core {
  const { reader, writer, store, events, clock, settings } = options;
  const kindOptions = { connectorOwnerRole: options.connectorOwnerRole };
  const readers = kindModules.map((module) => ({
    kind: module.kind,
    reader: module.reader(reader, kindOptions),
  }));
  const queue = new MemoryQueue({ concurrency: options.concurrency });
  const board = new Board(clock);
  const backoff = new Backoff(clock);
  const observer = new Observer({
    readers,
    lookups: new Map(lookups(reader).map((lookup) => [lookup.name, cached(lookup, clock)])),
    whoAmI: (signal) => principal(reader, signal),
    workspace: settings.workspace,
    adopt: options.adopt,
    clock,
  });
  const access = new Map(
    writer === undefined
      ? []
      : kindModules.map((module) => [
          module.kind.name,
          {
            kind: module.kind,
            reader: module.reader(reader, kindOptions),
            writer: module.writer(writer, reader, kindOptions),
          },
        ]),
  );
  const reconciler = new Reconciler({
    kinds,
    load: options.load,
    observer,
    store,
    board,
    events,
    clock,
    settings,
    requests: () => reader.requests,
    ...(writer === undefined
      ? {}
      : {
          executor: (replan) =>
            new Executor({ access, store, queue, backoff, clock, workspace: settings.workspace, replan }),
        }),
  });
  return { reconciler, queue, board, backoff };
}

/** Roles that let their holder manage every app, whoever owns it. */
const ADMIN_ROLE = /(super|app|application)[ _-]?admin/i;

/** Who c1sync acts as; undefined where the tenant does not tell. */
async function principal(reader: C1Reader, signal?: AbortSignal): Promise<Principal | undefined> {
  try {
    const { userId, roles } = await whoAmI(reader, signal);
    return userId === '' ? undefined : { userId, admin: roles.some((role) => ADMIN_ROLE.test(role)) };
  } catch (error) {
    if (isNotFound(error) || (error instanceof CallError && error.terminal)) return undefined;
    throw error;
  }
}
