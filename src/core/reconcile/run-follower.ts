import type { Status } from '../model/change.js';
import type { Clock, Timer } from '../model/clock.js';
import type { EventBus, RunStarted } from '../model/events.js';
import type { Kind, KindReader, LiveObject } from '../model/kind.js';
import { type AwaitedRun, LONGEST_RUN_MS, runOutcome } from '../status/run-outcome.js';
import type { StatusEntry, StatusStore } from '../status/status-store.js';

/** The time from one list of a parent to the next, milliseconds. */
const LIST_MS = 60_000;
/** Statuses of objects whose runs are of no interest any more. */
const ENDED: readonly Status[] = ['Suspended', 'Orphaned', 'Gone'];

/** The parts of a follower of runs. */
export interface RunFollowerParts {
  readonly readers: readonly { readonly kind: Kind; readonly reader: KindReader }[];
  readonly statusStore: Pick<StatusStore, 'entries'>;
  readonly events: EventBus;
  /** A steady one. */
  readonly clock: Clock;
}

/** The runs that are awaited below one parent, by the id of the object. */
interface Group {
  readonly kind: string;
  readonly parentId: string | undefined;
  readonly awaited: Map<string, AwaitedRun>;
}

/**
 * Awaits the runs that writes have started, and emits their outcome: one list a minute for all objects of a parent. A new
 * write of an object begins its wait again. A wait ends without an outcome when the object is suspended, gone or without a
 * definition, and with the process.
 */
export class RunFollower {
  readonly #parts: RunFollowerParts;
  readonly #abort = new AbortController();
  readonly #groups = new Map<string, Group>();
  readonly #timers = new Map<Group, Timer>();
  readonly #turns = new Set<Promise<void>>();
  readonly #end: () => void;

  constructor(parts: RunFollowerParts) {
    this.#parts = parts;
    this.#end = parts.events.on('run started', (run) => this.#await(run));
  }

  /** Forgets every wait. Resolves when no list is under way. */
  async stop(): Promise<void> {
    this.#end();
    this.#abort.abort(new Error('c1sync is stopping'));
    for (const timer of this.#timers.values()) timer.cancel();
    await Promise.all(this.#turns);
  }

  #await({ kind, id, parentId, before }: RunStarted): void {
    const name = `${kind}/${parentId ?? ''}`;
    const group = this.#groups.get(name) ?? { kind, parentId, awaited: new Map() };
    this.#groups.set(name, group);
    group.awaited.set(id, { before, since: this.#parts.clock.now() });
    if (!this.#timers.has(group)) this.#schedule(name, group);
  }

  #schedule(name: string, group: Group): void {
    const run = (): void => {
      const turn = this.#check(group).finally(() => {
        this.#turns.delete(turn);
        this.#timers.delete(group);
        if (this.#abort.signal.aborted) return;
        if (group.awaited.size === 0) this.#groups.delete(name);
        else this.#schedule(name, group);
      });
      this.#turns.add(turn);
    };
    this.#timers.set(group, this.#parts.clock.after(LIST_MS, run, { detached: true }));
  }

  /** Ends the waits that have an outcome or are of no interest any more. */
  async #check(group: Group): Promise<void> {
    const { clock, statusStore, readers } = this.#parts;
    const present = (): ReadonlyMap<string, StatusEntry> =>
      new Map(statusStore.entries().flatMap((entry) => (entry.id === undefined ? [] : [[entry.id, entry]])));
    const drop = (entries: ReadonlyMap<string, StatusEntry>): void => {
      for (const id of group.awaited.keys()) if (isEnded(entries.get(id))) group.awaited.delete(id);
    };
    drop(present());
    const access = readers.find(({ kind }) => kind.name === group.kind);
    if (access === undefined || group.awaited.size === 0) return;
    // A write during the list begins a wait that this list says nothing about.
    const awaited = [...group.awaited];
    const live = await this.#list(access.reader, group);
    if (this.#abort.signal.aborted) return;
    const entries = present();
    drop(entries);
    for (const [id, run] of awaited) {
      const entry = entries.get(id);
      const health = runOutcome(run, live.get(id), clock.now());
      if (health === undefined || entry === undefined || group.awaited.get(id) !== run) continue;
      group.awaited.delete(id);
      this.#parts.events.emit('health after change', {
        kind: entry.kind,
        name: entry.name,
        id,
        health,
        reason: reasonOf(health, access.kind.health?.(live.get(id)?.facts ?? {}) ?? []),
        waitedMs: clock.now() - run.since,
      });
    }
  }

  /** Objects by id; none where they cannot be read: the next list may succeed. */
  async #list(reader: KindReader, { parentId }: Group): Promise<ReadonlyMap<string, LiveObject>> {
    try {
      const listed = await reader.list(parentId, this.#abort.signal);
      return new Map(listed.map((one) => [one.id, one]));
    } catch {
      return new Map();
    }
  }
}

function isEnded(entry: StatusEntry | undefined): boolean {
  return entry === undefined || ENDED.includes(entry.status);
}

function reasonOf(health: string, facts: readonly string[]): string | undefined {
  if (health === 'Healthy') return undefined;
  if (health !== 'Unknown') return facts.join('; ') || undefined;
  return `no sync has ended within ${LONGEST_RUN_MS / 60_000} minutes of the change; check the object in the tenant`;
}
