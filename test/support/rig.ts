import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createReader, createWriter } from '../../src/c1/client.js';
import { connect } from '../../src/c1/connection.js';
import { type Core, composeCore } from '../../src/compose-core.js';
import type { Result } from '../../src/core/apply/result.js';
import type { Clock } from '../../src/core/model/clock.js';
import { steadyClock, systemClock } from '../../src/core/model/clock.js';
import type { Suspension } from '../../src/core/model/decision.js';
import { codeOf } from '../../src/core/model/errors.js';
import { EventBus, type Reconciled, type Trigger } from '../../src/core/model/events.js';
import type { RecordStore } from '../../src/core/model/record.js';
import type { SweepScope } from '../../src/core/model/scope.js';
import type { AdoptMode } from '../../src/core/observe/matching.js';
import type { Planned } from '../../src/core/plan/input.js';
import { Control, type Resumed, type SuspensionOrder } from '../../src/core/reconcile/control.js';
import type { CoreSettings, Sweep } from '../../src/core/reconcile/reconcile.js';
import { Redactor } from '../../src/core/redact/redactor.js';
import type { FileRecordStore } from '../../src/core/state/file-store.js';
import { openStore } from '../../src/core/state/record-store.js';
import { DefinitionSource } from '../../src/definitions/load.js';
import type { EmulatorOptions } from '../../src/emulator/index.js';
import { type KindModule, kindModules } from '../../src/kinds/index.js';
import { type State, type TestEmulator, testEmulator } from './emulator.js';
import type { Fate } from './mortal.js';
import { whileTimePasses } from './pace.js';
import { coreSettings } from './settings.js';
import { VirtualClock } from './virtual-clock.js';

/** The options of a rig. */
export interface RigOptions {
  readonly tenant?: TestEmulator;
  readonly emulator?: EmulatorOptions;
  readonly clock?: Clock;
  readonly adopt?: AdoptMode;
  readonly workspace?: string;
  readonly timeoutMs?: number;
  readonly settings?: Partial<CoreSettings>;
  /** The environment of `valueFrom`; a test may change it between two sweeps. */
  readonly env?: NodeJS.ProcessEnv;
  /** The kinds that there are, each after those that it refers to; those of the program by default. */
  readonly kinds?: readonly KindModule[];
  /** The address of the tenant; its own by default. */
  readonly url?: string;
}

/** The parts of one opening of a rig. */
export interface OpenOptions {
  readonly settings?: Partial<CoreSettings>;
  /** The directory of the definitions, below the root; `definitions` by default. */
  readonly directory?: string;
  /** Puts something between the core and the records. */
  readonly wrap?: (store: RecordStore) => RecordStore;
  /** The step at which calls to the tenant and writes to the disk stop. */
  readonly fate?: Fate;
}

/** A writing call as the tenant saw it. */
export interface SeenWrite {
  readonly method: string;
  readonly path: string;
  readonly mask: string | undefined;
  readonly status: number;
}

/** A real tenant, a real definitions folder and state folder, and the core between them. */
export class Rig {
  readonly events: Reconciled[] = [];
  readonly root: string;
  readonly tenant: TestEmulator;
  readonly #options: RigOptions;
  store!: FileRecordStore;
  core!: Core;
  bus!: EventBus;
  redactor!: Redactor;

  private constructor(root: string, tenant: TestEmulator, options: RigOptions) {
    this.root = root;
    this.tenant = tenant;
    this.#options = options;
  }

  static async start(options: RigOptions = {}): Promise<Rig> {
    const root = await mkdtemp(path.join(tmpdir(), 'c1sync-rig-'));
    const tenant =
      options.tenant ??
      (await testEmulator({
        ...options.emulator,
        ...(options.clock === undefined ? {} : { clock: options.clock }),
      }));
    await mkdir(path.join(root, 'definitions'));
    const rig = new Rig(root, tenant, options);
    await rig.open();
    return rig;
  }

  /** Opens the state and wires a new core, as a restarted process would. */
  async open({
    settings = {},
    directory = 'definitions',
    wrap = (store) => store,
    fate,
  }: OpenOptions = {}): Promise<void> {
    const wall = this.#options.clock ?? systemClock;
    const clock = steadyClock(wall);
    this.redactor = new Redactor();
    const connection = connect({
      redactor: this.redactor,
      url: this.#options.url ?? this.tenant.url,
      auth: { kind: 'token', accessToken: this.tenant.accessToken },
      requestsPerSecond: 2000,
      concurrency: 5,
      timeoutMs: this.#options.timeoutMs ?? 30_000,
      version: 'test',
      clock,
      wall,
    });
    this.store = await openStore({
      directory: path.join(this.root, 'state'),
      mode: 'write',
      clock,
    });
    const { kinds = kindModules } = this.#options;
    const source = new DefinitionSource({
      directory: path.join(this.root, directory),
      kinds: kinds.map(({ kind }) => kind),
      env: this.#options.env ?? {},
    });
    const events = new EventBus();
    this.bus = events;
    events.on('reconciled', (event) => this.events.push(event));
    const reader = createReader(connection);
    const writer = createWriter(connection);
    this.core = composeCore({
      reader: fate?.reader(reader) ?? reader,
      writer: fate?.writer(writer) ?? writer,
      load: (signal) => source.load(signal),
      store: wrap(fate?.store(this.store) ?? this.store),
      events,
      clock,
      wall,
      redactor: this.redactor,
      adopt: this.#options.adopt ?? 'matching',
      concurrency: 5,
      connectorOwnerRole: 'owner',
      kinds,
      settings: {
        ...coreSettings,
        workspace: this.#options.workspace ?? 'test',
        ...this.#options.settings,
        ...settings,
      },
    });
  }

  /** Writes a definitions file. */
  async write(file: string, text: string): Promise<void> {
    const target = path.join(this.root, 'definitions', file);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, text);
  }

  async remove(file: string): Promise<void> {
    await rm(path.join(this.root, 'definitions', file), { recursive: true });
  }

  /** The commands of people. */
  get control(): Control {
    return new Control({
      ...this.core,
      store: this.store,
      events: this.bus,
      wall: this.#options.clock ?? systemClock,
    });
  }

  approve(hash: string, by = 'test'): Promise<readonly string[]> {
    return this.control.approve(hash, { by, via: 'api' });
  }

  suspend(order: SuspensionOrder): Promise<Suspension> {
    return this.control.suspend(order, { by: 'test', via: 'api' });
  }

  resume(target: string): Promise<Resumed> {
    return this.control.resume(target, { by: 'test', via: 'api' });
  }

  async plan(scope: SweepScope = 'all'): Promise<Planned> {
    return this.timed(this.core.reconciler.plan(scope));
  }

  /** One sweep with its changes carried out. */
  async sweep(
    scope: SweepScope = 'all',
    trigger: Trigger = 'command',
  ): Promise<Sweep & { readonly done: readonly Result[] }> {
    return this.timed(
      this.core.reconciler
        .reconcileOnce({ trigger, scope })
        .then(async (sweep) => ({ ...sweep, done: await sweep.results })),
    );
  }

  /** Waits for work with time passing, where the clock is a virtual one. */
  async timed<T>(work: Promise<T>): Promise<T> {
    const { clock } = this.#options;
    return clock instanceof VirtualClock ? whileTimePasses(clock, work) : work;
  }

  /** Writing calls that the tenant has seen since the last call. */
  async writes(): Promise<SeenWrite[]> {
    const calls = await this.tenant.requests();
    await this.tenant.clearRequests();
    return calls
      .filter(
        ({ method, path: target }) =>
          method !== 'GET' && !/\/(search\/|connectorcatalog|systemlog|auth\/v1)/.test(target),
      )
      .map(({ method, path: target, mask, status }) => ({
        method,
        path: target,
        mask: mask ?? undefined,
        status: Number(status),
      }));
  }

  /** The live apps of this name. */
  async apps(displayName: string): Promise<State['apps']> {
    return (await this.tenant.state()).apps.filter((app) => app.displayName === displayName);
  }

  /** The live connectors of this name. */
  async connectors(displayName: string): Promise<State['connectors']> {
    return (await this.tenant.state()).connectors.filter((item) => item.displayName === displayName);
  }

  /** Ends the core as a kill would, without waiting for what runs, and starts over from what is on disk. */
  async restart(options: OpenOptions = {}): Promise<void> {
    await this.store.close();
    await this.open(options);
  }

  /** The content of all files of the state folder. */
  async stateText(): Promise<string> {
    const entries = await readdir(path.join(this.root, 'state'), { withFileTypes: true, recursive: true });
    const files = entries.filter((entry) => entry.isFile());
    const texts = await Promise.all(
      files.map(({ parentPath, name }) =>
        readFile(path.join(parentPath, name), 'utf8').catch((error: unknown) => {
          // Heartbeats of the lock come and go.
          if (codeOf(error) === 'ENOENT') return '';
          throw error;
        }),
      ),
    );
    return texts.join('\n');
  }

  /** Gives the lock back, as a process that ends does. */
  async closeStore(): Promise<void> {
    await this.core.queue.close();
    await this.store.close();
  }

  async stop(): Promise<void> {
    await this.closeStore();
    if (this.#options.tenant === undefined) await this.tenant.close();
    await rm(this.root, { recursive: true, force: true });
  }
}
