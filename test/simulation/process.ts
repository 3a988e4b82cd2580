import { isDeepStrictEqual } from 'node:util';
import { composeDaemon, openSession, type Session } from '../../src/compose.js';
import type { Clock } from '../../src/core/model/clock.js';
import type { Load, LoadStart } from '../../src/core/model/definition.js';
import { messageOf } from '../../src/core/model/errors.js';
import { type CoreEvents, EventBus, type EventName, type Reconciled } from '../../src/core/model/events.js';
import type { Random } from '../../src/core/model/random.js';
import type { ObjectRecord } from '../../src/core/model/record.js';
import type { Disk } from '../../src/core/state/disk.js';
import type { Processes } from '../../src/core/state/processes.js';
import { runDaemon } from '../../src/daemon/daemon.js';
import { DefinitionSource } from '../../src/definitions/load.js';
import { kinds } from '../../src/kinds/index.js';
import type { Settings } from '../../src/settings/settings.js';
import { createLog, type Log } from '../../src/telemetry/log.js';
import { logReconciliations } from '../../src/telemetry/reconciliations.js';
import type { SimulatedFolder } from './folder.js';
import type { Sender } from './judge.js';
import type { Loop } from './loop.js';
import { type Begun, type Listener, Probe } from './probe.js';
import type { Transport } from './transport.js';

/** The log stamps its lines with the time of the machine, which no run can repeat. */
const TIME_OF_DAY = /"time":"[^"]*",/;

/** Everything that history, notifications and metrics are made from, requests and their pace left out. */
const HEARD = [
  'reconciled',
  'attributed',
  'sweep finished',
  'definitions loaded',
  'problem',
  'status changed',
  'tenant unreachable',
  'system log closed',
  'recovery begun',
  'recovery ended',
  'commanded',
] as const satisfies readonly EventName[];

/** An event of the core, as its subscribers got it. */
export interface Emitted<Name extends EventName = EventName> {
  readonly name: Name;
  readonly event: CoreEvents[Name];
}

/** What a process finds around it. */
export interface Surroundings {
  readonly loop: Loop;
  readonly folder: SimulatedFolder;
  readonly clock: (process: Process) => Clock;
  readonly disk: (process: Process) => Disk;
  readonly transport: (process: Process) => Transport;
  readonly processes: (process: Process) => Processes;
  /** The chance that the process itself draws on. */
  readonly random: Random;
  /** Hears of every line of its log. */
  readonly remark: (text: string) => void;
  /** Hears of what its guard decides. */
  readonly guard: Listener;
  /** Called when a process has come to its end by itself. */
  readonly ended: (process: Process, code: number, reason: string) => void;
  /** It has loaded definitions from a folder: those of these keys. */
  readonly loaded: (directory: string, keys: ReadonlySet<string>) => void;
  /** A load found something else than one that reads every file. */
  readonly misread: (what: string) => void;
}

/** One life of a c1sync process: the core as it is wired for a command, on simulated ports. */
export class Process implements Sender {
  readonly name: string;
  readonly pid: number;
  readonly prunes: boolean;
  readonly directory: string;
  /** True for one that works until it is stopped; a command may end with a refusal. */
  readonly isDaemon: boolean;
  /** False where it may change neither the tenant nor the disk. */
  readonly mayWrite: boolean;
  life: 'running' | 'stopped' | 'dead' = 'running';
  /** Lines of its log. */
  readonly output: string[] = [];
  /** Events of its core, oldest first. */
  readonly emitted: Emitted[] = [];
  /** Reconciliations of its core, oldest first. */
  readonly reconciled: Reconciled[] = [];
  session: Session | undefined;
  probe: Probe | undefined;
  /** True once it was told to stop. */
  isEnding = false;
  /** When it took the lock of the state, in pieces of work of the loop; undefined where it never did. */
  lockedAt: number | undefined;
  isForced = false;
  /** When it loaded the definitions that it acts on, where it loads them once; undefined for a daemon. */
  loadedAt: number | undefined;
  #stoppedAt: number | undefined;
  readonly #around: Surroundings;
  readonly #settings: Settings;
  readonly #stop = deferred<string>();
  readonly #reloads: (() => void)[] = [];
  /** The version of the folder when the watch named paths. */
  readonly #announced = new Map<LoadStart | undefined, number>();

  constructor(name: string, pid: number, settings: Settings, around: Surroundings) {
    this.name = name;
    this.pid = pid;
    this.#settings = settings;
    this.prunes = settings.sync.prune;
    this.directory = settings.source.directory;
    this.isDaemon = name.startsWith('run');
    this.mayWrite = !name.startsWith('plan');
    this.#around = around;
  }

  /** Since when it may act on what it saw: from the moment it was stopped last, if it was. */
  get since(): number {
    return this.#stoppedAt ?? this.#around.loop.now;
  }

  get isOpen(): boolean {
    return this.session !== undefined;
  }

  get begun(): Iterable<Begun> {
    return this.probe?.begun ?? [];
  }

  isFinished(id: string): boolean {
    const record = this.#recordOf(id);
    return record !== undefined && record.unfinished === undefined;
  }

  rootOf(id: string): string | undefined {
    return this.#recordOf(id)?.source?.root;
  }

  get records(): ReadonlyMap<string, string> {
    const objects = this.session?.store.records().objects.values() ?? [];
    return new Map([...objects].map(({ key, id }) => [key, id]));
  }

  #recordOf(id: string): ObjectRecord | undefined {
    return [...(this.session?.store.records().objects.values() ?? [])].find((record) => record.id === id);
  }

  /** Begins to work as `c1sync run` does. */
  run(): void {
    this.#around.loop.post(this, 'starts', () => {
      void this.#live((session, log) => this.#daemon(session, log), 'run');
    });
  }

  /** Begins some other work with a session. `force`: beyond the limits of the settings. */
  work(command: string, act: (session: Session, log: Log) => Promise<void>, { force = false } = {}): void {
    this.isForced = force;
    this.#around.loop.post(this, `starts ${command}`, () => void this.#live(act, command, force));
  }

  /** Asks something of the process while it works; it may refuse. */
  ask(what: string, act: (session: Session) => Promise<void>): void {
    this.#around.loop.post(this, `is asked to ${what}`, () => {
      if (this.session !== undefined) act(this.session).catch(() => {});
    });
  }

  /** SIGSTOP: nothing of it goes on until it is woken. */
  sleep(): void {
    this.life = 'stopped';
    this.#stoppedAt = this.#around.loop.now;
  }

  /** SIGCONT. */
  wake(): void {
    this.life = 'running';
  }

  /** SIGTERM. */
  terminate(): void {
    this.isEnding = true;
    this.#around.loop.post(this, 'SIGTERM', () => this.#stop.resolve('SIGTERM'));
  }

  /** SIGHUP. */
  reload(): void {
    this.#around.loop.post(this, 'SIGHUP', () => {
      for (const reload of this.#reloads) reload();
    });
  }

  async #live(
    act: (session: Session, log: Log) => Promise<void>,
    command: string,
    force = false,
  ): Promise<void> {
    const { clock, disk, transport, processes, folder, random } = this.#around;
    const log = createLog({
      ...this.#settings.log,
      format: 'json',
      destination: {
        write: (line: string) => {
          this.output.push(line);
          this.#around.remark(`${this.name} logs ${line.trimEnd().replace(TIME_OF_DAY, '')}`);
        },
      },
    });
    const events = new EventBus((error) => this.#end(1, `a subscriber failed: ${messageOf(error)}`));
    logReconciliations(events, log);
    for (const name of HEARD) events.on(name, (event) => void this.emitted.push({ name, event }));
    events.on('reconciled', (event) => void this.reconciled.push(event));
    try {
      const session = await openSession(this.#settings, {
        mode: command === 'plan' ? 'plan' : 'write',
        command,
        force,
        log,
        events,
        clock: clock(this),
        random,
        disk: disk(this),
        transport: transport(this),
        processes: processes(this),
        waitForLock: command === 'run',
        openDefinitions: async ({ directory }) => {
          const options = { directory, kinds, env: {}, now: () => clock(this).now() };
          const source = new DefinitionSource({ ...options, reader: folder.for(this) });
          const load = async (signal?: AbortSignal, from?: LoadStart) => {
            const version = this.#announced.get(from) ?? folder.version;
            const loaded = await source.load(signal, from);
            if (!this.isDaemon) this.loadedAt = this.#around.loop.now;
            this.#around.loaded(directory, new Set(loaded.definitions.map(({ key }) => key)));
            const whole = new DefinitionSource({ ...options, reader: folder.atOnce }, source);
            this.#compare(loaded, await whole.load(undefined, 'files'), version);
            return loaded;
          };
          return { directory, load, earlier: async () => [], close: async () => {} };
        },
        keepsHistory: false,
      });
      this.session = session;
      this.probe = new Probe(session, this.#around.guard);
      session.store.onLost((reason) => this.#end(1, `state folder lost: ${reason}`));
      await act(session, log);
      await session.close();
      this.#end(0, 'done');
    } catch (error) {
      this.#end(1, messageOf(error));
    }
  }

  #daemon(session: Session, log: Log): Promise<void> {
    return runDaemon({
      ...session,
      ...composeDaemon(session),
      watch: async (onChange) => this.#watch(session, onChange),
      log: (message, fields = {}) => log.info(fields, message),
      signals: { stop: this.#stop.promise, onReload: (reload) => void this.#reloads.push(reload) },
    });
  }

  /** A load is the same wherever it starts, unless the folder has changed since, or since the paths were named. */
  #compare(loaded: Load, whole: Load, version: number): void {
    if (this.#around.folder.version !== version || isDeepStrictEqual(loaded, whole)) return;
    const differing = Object.keys(whole).filter(
      (part) => !isDeepStrictEqual(Reflect.get(loaded, part), Reflect.get(whole, part)),
    );
    this.#around.misread(`loads other ${differing.join(', ')} than one that reads every file`);
  }

  #watch({ settings, clock }: Session, onChange: (from: LoadStart) => void): { close(): Promise<void> } {
    let timer: { cancel(): void } | undefined;
    let changed = new Set<string>();
    const end = this.#around.folder.watch((place) => {
      changed.add(place);
      timer?.cancel();
      timer = clock.after(settings.sync.debounce, () => {
        const from = changed;
        this.#announced.set(from, this.#around.folder.version);
        changed = new Set();
        onChange(from);
      });
    });
    return {
      close: async () => {
        end();
        timer?.cancel();
      },
    };
  }

  #end(code: number, reason: string): void {
    if (this.life === 'dead') return;
    this.life = 'dead';
    this.#around.ended(this, code, reason);
  }
}

function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
