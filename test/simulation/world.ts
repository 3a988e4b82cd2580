import type { Standing } from '../../src/core/model/change.js';
import type { Disk } from '../../src/core/state/disk.js';
import type { Identity, Processes } from '../../src/core/state/processes.js';
import { TenantServer } from '../../src/emulator/tenant-server.js';
import type { Json } from '../model/client.js';
import { configOf } from '../model/fields.js';
import { Random } from '../model/random.js';
import { tenantSeed } from '../model/seed.js';
import { ActorClock, WallClock } from './clock.js';
import { type Backup, SimulatedDisk } from './disk.js';
import { documentOf, SimulatedFolder } from './folder.js';
import { Guard } from './guard.js';
import { Judge, LEFT, type Memory } from './judge.js';
import { type Actor, Loop } from './loop.js';
import { keyOf, Model, type Thing } from './model.js';
import type { Modes } from './modes.js';
import { Network } from './network.js';
import { Process } from './process.js';
import { DEFINITIONS, STATE, settingsOf } from './settings.js';
import { People } from './tenant.js';
import type { Trace } from './trace.js';
import { transportOver } from './transport.js';

/** Longest time that a definition must have been gone before its object is deleted, milliseconds. */
const MOST_PRUNE_WAIT_MS = 60_000;
/** How long a write may take to show where the settings say nothing else, milliseconds. */
const SETTLE_MS = 5 * 60_000;
const RECORDS = `${STATE}/records.jsonl`;
/** Files of which the one with the highest number holds the state for its creator. */
const LOCK = /\/lock\.(\d+)$/;
/** By this time what a process heard is on the disk, milliseconds. */
const RECORD_MS = 10_000;
const BOOT = 100;

/** A backup of the state folder. */
export interface BackedUp {
  /** When it was made, milliseconds since the beginning. */
  readonly at: number;
  readonly files: Backup;
  /** What it knows. */
  readonly memory: Memory;
}

/** A whole simulated world: the machine with its clock and disk, the processes on it, the network, the tenant. */
export class World {
  readonly modes: Modes;
  readonly loop: Loop;
  readonly wall: WallClock;
  readonly disk: SimulatedDisk;
  readonly folder: SimulatedFolder;
  readonly network: Network;
  readonly tenant: TenantServer;
  readonly people: People;
  readonly model: Model;
  readonly judge: Judge;
  /** Every life of a process, the latest last. */
  readonly processes: Process[] = [];
  /** What processes have said as they ended by themselves. */
  readonly ends: { readonly process: Process; readonly code: number; readonly reason: string }[] = [];
  /** Files whose text is broken at the moment. */
  readonly broken = new Set<string>();
  /** True once the tenant has refused what we may not, since the world came to rest last. */
  refuses = false;
  /** When the owners that somebody else set last are certain to show, milliseconds since the beginning. */
  ownersShowAt = 0;
  /** Files and folders that are not what they should be at the moment. */
  readonly damaged = new Set<string>();
  /** Backups of the state folder, oldest first. */
  readonly backups: BackedUp[] = [];
  /** How often all that was remembered was lost or replaced. */
  losses = 0;
  /** Why a name alone may decide nothing, for whatever is defined: what was remembered is still being found again. */
  recovering: string | undefined;
  readonly trace: Trace;
  readonly #chance: Random;
  readonly #outside: Actor = { name: 'somebody', life: 'running' };
  #names: unknown = 'kept';

  constructor(seed: number, modes: Modes, trace: Trace) {
    this.modes = modes;
    this.trace = trace;
    this.#chance = new Random(seed ^ 0x5bd1_e995);
    this.loop = new Loop(new Random(seed), trace);
    this.wall = new WallClock(this.loop);
    this.disk = new SimulatedDisk(this.loop);
    this.folder = new SimulatedFolder(this.loop, this.wall);
    this.folder.makeFolder(DEFINITIONS);
    this.model = new Model(() => this.loop.now);
    const actor: Actor = { name: 'tenant', life: 'running' };
    const chance = this.#chance;
    this.tenant = new TenantServer({
      seed: tenantSeed(),
      clock: new ActorClock(this.loop, actor, new WallClock(this.loop)),
      random: portOf(chance),
    });
    this.people = new People(this.tenant);
    this.judge = new Judge({
      model: this.model,
      rules: {
        ...modes,
        pruneAfterMs: Math.min(MOST_PRUNE_WAIT_MS, spanOf(modes.interval)),
        settleMs: SETTLE_MS,
      },
      now: () => this.loop.now,
      wall: () => this.wall.now(),
      state: () => this.people.now,
      senderOf: (sender) => this.processOf(sender),
      senders: this.processes,
      guard: new Guard(modes),
      liveConfig: (id) => (this.people.has(id) ? configOf(this.people.connector(id)) : undefined),
    });
    this.network = new Network(this.loop, this.tenant, this.judge);
    for (const secret of [this.tenant.accessToken, this.tenant.clientSecret]) this.model.planted.add(secret);
  }

  /** Takes note of what the tenant holds at first. */
  async begin(): Promise<void> {
    const { apps, connectors } = await this.people.state();
    for (const { id } of apps) this.#seeded(String(id), 'App');
    for (const { id } of connectors) this.#seeded(String(id), 'Connector');
  }

  #seeded(id: string, kind: 'App' | 'Connector'): void {
    this.model.note({ id, kind, by: 'seed', thing: undefined, madeAs: undefined, isExcused: false });
  }

  processOf(actor: Actor): Process {
    const found = this.processes.find((process) => process === actor);
    if (found === undefined) throw new TypeError(`${actor.name} is no process`);
    return found;
  }

  /** Processes that are neither dead nor stopped. */
  get running(): Process[] {
    return this.processes.filter(({ life }) => life === 'running');
  }

  get stopped(): Process[] {
    return this.processes.filter(({ life }) => life === 'stopped');
  }

  /** The daemons that live. */
  get daemons(): Process[] {
    return this.processes.filter(({ life, isDaemon }) => life !== 'dead' && isDaemon);
  }

  /** A new process for a command; `prune` and the folder of definitions as its flags, or the settings, say. */
  process(command: string, prune = this.modes.prune, directory = DEFINITIONS): Process {
    const pid = BOOT + this.processes.length;
    const settings = settingsOf({ ...this.modes, prune }, this.tenant.accessToken, directory);
    const process = new Process(`${command}#${this.processes.length + 1}`, pid, settings, {
      loop: this.loop,
      folder: this.folder,
      random: portOf(this.#chance),
      processes: (self) => this.#seenBy(self),
      clock: (self) => new ActorClock(this.loop, self, this.wall),
      disk: (self): Disk => {
        const disk = this.disk.for(self, (place) => {
          if (place === RECORDS) this.judge.recordsWrittenBy(self);
          else if (this.#isNewestLock(place)) self.lockedAt = this.loop.turns;
        });
        return self.mayWrite ? disk : guarded(disk, (what) => this.judge.wrongs.push(`${self.name} ${what}`));
      },
      transport: (self) => transportOver(this.network, self),
      guard: {
        now: () => this.loop.now,
        wall: () => this.wall.now(),
        begins: (begun) => this.judge.guard.begins(begun),
        ends: (begun) => this.judge.guard.ends(begun),
        planned: (key, change) => this.judge.guard.lapse(key, change),
        tidies: () => this.#passes(),
      },
      remark: (text) => this.trace.remark(this.loop.now, text),
      loaded: (from, keys) => {
        // The records are judged by the definitions that they were made of.
        this.judge.audits(process);
        // `plan` notes nothing for those after it.
        if (process.mayWrite) this.judge.deletions.loaded(from, keys);
      },
      misread: (what) => this.judge.wrongs.push(`${process.name} ${what}`),
      ended: (self, code, reason) => {
        this.trace.note(this.loop.now, `${self.name} ends with ${code}: ${reason}`);
        this.ends.push({ process: self, code, reason });
        this.judge.audits(self);
        this.disturbs();
      },
    });
    this.processes.push(process);
    return process;
  }

  /** A plan is acted on: time has ended whatever it was to end. */
  #passes(): void {
    const { suspensions, settling, takeovers } = this.judge;
    for (const one of [suspensions, settling, takeovers]) one.passes(this.wall.now());
  }

  /** A process may not come to note what it heard a moment ago; on a disk that takes nothing, all that it knew is lost. */
  disturbs(): void {
    const since = this.loop.now - RECORD_MS;
    if (this.disk.trouble !== 'none') this.judge.claims.forgets();
    this.judge.settling.misses(since);
    this.judge.takeovers.misses(since);
    for (const thing of this.model.things) if (thing.configuredAt >= since) thing.isReconfigured = true;
  }

  /** The disk takes everything again; what was heard meanwhile may not be on it. */
  healDisk(): void {
    if (this.disk.trouble === 'none') return;
    this.disk.trouble = 'none';
    this.judge.settling.forgets();
    this.judge.takeovers.forgets();
  }

  /** The processes of the machine, as one of them sees them. */
  #seenBy({ pid }: Process): Processes {
    const identify = (of: number): Identity => ({
      boot: 'only boot',
      namespace: namespaceOf(of),
      pid: of,
      started: String(of),
      hostname: 'simulated',
    });
    return {
      self: identify(pid),
      lives: (other) =>
        this.processes.some(
          (process) =>
            process.pid === other.pid &&
            namespaceOf(process.pid) === namespaceOf(pid) &&
            process.life !== 'dead',
        ),
    };
  }

  /** How long nothing may be written once all is in sync, milliseconds: a sweep and a little more. */
  get quietMs(): number {
    return spanOf(this.modes.interval) + 60_000;
  }

  /**
   * Keys of what the daemon says is not in sync, defined or not, and of what is in sync but for bookkeeping that is held:
   * time may release a change of it.
   */
  unsettledKeys(): ReadonlySet<string> {
    const entries = this.#session?.statusStore.entries() ?? [];
    const unsettled = entries.filter(({ status }) => status !== 'Synced').map(({ key }) => key);
    const shown = this.daemons.flatMap(({ probe }) => [...(probe?.shown.values() ?? [])]);
    const held = shown.filter(({ change }) => change.held !== null).map(({ change }) => change.key);
    return new Set([...unsettled, ...held]);
  }

  /** Where the daemon says that a thing stands. */
  #shown(thing: Thing): Standing | undefined {
    return this.#session?.statusStore.get(keyOf(thing));
  }

  /** The session of the daemon that works. */
  get #session() {
    return this.daemons.find(({ session }) => session !== undefined)?.session;
  }

  /** The world has come to rest: what explained it is over for whatever is in sync. */
  rested(): void {
    for (const thing of this.model.things) this.#settled(thing);
    // Whatever cannot be read keeps a recovery going.
    const isRead = this.model.defined.every((thing) => this.#shown(thing)?.status !== 'Failed');
    if (isRead) this.recovering = undefined;
  }

  /** Forgets what explained where a thing stood, once it stands where it should. Of two that were made, one is left over. */
  #settled(thing: Thing): void {
    const shown = this.#shown(thing);
    if (shown?.status !== 'Synced') return;
    thing.causes.clear();
    thing.isForgotten = false;
    thing.syncedAt = this.loop.now;
    const origins = [...thing.ids].flatMap((id) => this.model.origins.get(id) ?? []);
    for (const origin of origins) origin.isUnheard = false;
    this.model.release(origins.filter(({ id }) => shown.id !== undefined && id !== shown.id));
  }

  /** Notes that the state knows what it did at a moment; without a memory, nothing. */
  forgets(why: string, { at, memory }: { readonly at: number; readonly memory: Memory | undefined }): void {
    this.losses += 1;
    this.recovering = why;
    const { model, judge } = this;
    judge.restores(memory);
    // A definition that has changed since then is a change once more.
    for (const thing of model.things)
      if (thing.rotatedAt !== undefined) thing.rotatedAt = Math.min(thing.rotatedAt, at);
    for (const thing of this.model.things) this.forgetsThing(thing, why);
  }

  /** Notes that our marks turned up: where nothing is recorded they say that records were lost. */
  findsMarks(): void {
    if ((this.#session?.store.records().objects.size ?? 0) > 0) return;
    this.recovering = 'marks were found where nothing was recorded';
    for (const { kind, causes } of this.model.things) if (kind === 'App') causes.set('Held', this.recovering);
  }

  /** Notes that the state knows less of a thing than it did: people decide where names alone do not. */
  forgetsThing(thing: Thing, why: string): void {
    thing.isForgotten = true;
    thing.forgottenAt = this.loop.now;
    for (const id of thing.ids)
      for (const known of [this.judge.settling, this.judge.takeovers]) known.forgets(id);
    thing.causes.set('Held', why);
    thing.causes.set('Gone', why);
    thing.causes.set('Failed', why);
  }

  /** Starts a daemon. */
  startDaemon(): Process {
    const process = this.process('run');
    process.run();
    return process;
  }

  /** SIGKILL. */
  kill(process: Process): void {
    process.life = 'dead';
    this.judge.audits(process);
    this.disturbs();
    this.disk.killed(process, this.loop.random);
  }

  /** The machine loses its power: every process ends, and the disk keeps what was synced. */
  powerFails(): void {
    for (const process of this.processes.filter(({ life }) => life !== 'dead')) this.kill(process);
    this.disk.powerFailed(this.loop.random);
  }

  /** Has something done `ms` milliseconds from now, by nobody who could be stopped. */
  later(ms: number, what: string, act: () => unknown): void {
    this.loop.after(this.#outside, ms, what, () => void act());
  }

  /** Turns what the tenant does. What it did to names so far may still be seen. */
  async tenantHas(traits: Json): Promise<void> {
    if (this.#names !== 'kept') {
      for (const { causes } of this.model.things) {
        causes.set('NotConverging', 'the tenant keeps names otherwise');
        causes.set('Held', 'the tenant keeps names otherwise');
      }
    }
    this.#names = traits.names;
    await this.people.settings(traits);
  }

  /** Puts every file of definitions and secrets where it should be. */
  repair(): void {
    if (this.damaged.size === 0) return;
    for (const place of this.damaged) this.folder.remove(place);
    this.damaged.clear();
    this.folder.makeFolder(DEFINITIONS);
    this.publish(
      this.model.defined.flatMap(({ file }) => file ?? []),
      [],
    );
    for (const thing of this.model.things) this.#writeSecret(thing);
  }

  /** Writes definitions files with the present definitions of the things in them. */
  publish(files: Iterable<string>, things: Iterable<Thing> = this.model.things): void {
    this.repair();
    for (const file of new Set(files)) {
      this.broken.delete(file);
      const inside = this.model.defined.filter((thing) => thing.file === file);
      const place = `${DEFINITIONS}/${file}`;
      if (inside.length === 0) this.folder.remove(place);
      else this.folder.write(place, inside.map(documentOf).join('\n---\n'));
    }
    for (const thing of things) {
      const isUnheard = [...thing.ids].some((id) => this.model.origins.get(id)?.isUnheard === true);
      if (thing.file === undefined && isUnheard) thing.causes.set('Held', LEFT);
      this.model.publish(thing);
    }
  }

  /** Writes the secret of a thing into its file. */
  publishSecret(thing: Thing): void {
    if (thing.secret === undefined) return;
    this.#writeSecret(thing);
    this.model.publish(thing);
  }

  #isNewestLock(place: string): boolean {
    const numberOf = (file: string): number => Number(LOCK.exec(file)?.[1] ?? -1);
    const numbers = [...this.disk.backup(STATE).keys()].map(numberOf);
    return numberOf(place) >= 0 && numberOf(place) === Math.max(...numbers);
  }

  #writeSecret({ secret }: Thing): void {
    if (secret !== undefined) this.folder.write(secret.file, `${secret.value}\n`);
  }
}

/**
 * A disk of a process that must change nothing; whatever it tries is reported. A first plan makes the hash key, so that an
 * apply after it may compare its hashes.
 */
function guarded(disk: Disk, report: (what: string) => void): Disk {
  const wrong = async (what: string, place: string): Promise<never> => {
    report(`${what} ${place}`);
    throw new Error(`${what} ${place}: it must change nothing`);
  };
  return {
    folder: (place) => disk.folder(place),
    list: (place) => disk.list(place),
    read: (place) => disk.read(place),
    append: (place) => wrong('appends to', place),
    replace: (place) => wrong('replaces', place),
    create: (place, text) =>
      place === `${STATE}/hash.key` ? disk.create(place, text) : wrong('creates', place),
    rename: (place) => wrong('renames', place),
    remove: (place) => wrong('removes', place),
  };
}

/** The port of the core on numbers of a seed. */
function portOf(random: Random): { number(): number; bytes(count: number): Buffer } {
  return {
    number: () => random.next(),
    bytes: (count) => Buffer.from(Array.from({ length: count }, () => random.int(0, 255))),
  };
}

/** Milliseconds of a span as the settings write it. */
function spanOf(text: string): number {
  const unit = text.endsWith('m') ? 60_000 : 1000;
  return Number.parseInt(text, 10) * unit;
}

/** Processes take turns in two containers of one machine. */
function namespaceOf(pid: number): string {
  return String(pid % 2);
}
