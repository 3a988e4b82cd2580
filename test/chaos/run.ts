import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Random } from '../model/random.js';
import { tenantSeed } from '../model/seed.js';
import { Bystanders, doubled, faultsOf, noteCalm, type PlanJson, planFaults } from './checks.js';
import { calmDown, networkActions } from './disturb.js';
import { processActions } from './disturb-processes.js';
import { definitionActions, firstActions, folders } from './edit-definitions.js';
import { tenantActions } from './edit-tenant.js';
import { Folder } from './folder.js';
import { leaks } from './leaks.js';
import { Processes, pause, until } from './processes.js';
import { type Modes, modesOf, settingsFor } from './settings.js';
import type { Action, Stage } from './stage.js';
import { Tenant, writesIn } from './tenant.js';
import { World } from './world.js';

/** How a run is made. */
export interface Options {
  readonly seed: number;
  readonly rounds: number;
  /** Actions of a round. */
  readonly actions: number;
  /** The built command. */
  readonly main: string;
  /** Called with a line for every action. */
  readonly say: (line: string) => void;
}

/** The result of a run. */
export interface Summary {
  readonly actions: number;
  readonly lives: number;
  readonly writes: number;
  readonly things: number;
  readonly seconds: number;
}

/** Something that must never be was found. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/**
 * How long it may take until all is in order once nothing disturbs, milliseconds. A create that was lost on its way
 * takes more than a minute of it.
 */
const PATIENCE_MS = 300_000;
/** Full sweeps that must find nothing to do; one more may be under way when they are counted. */
const QUIET_SWEEPS = 2;
const LONGEST_PAUSE_MS = 350;

const actions: readonly (readonly [number, Action])[] = [
  ...definitionActions,
  ...tenantActions,
  ...networkActions,
  ...processActions,
];

/** Lets chaos loose on a daemon, round by round. Throws a {@link Violation} that says what is wrong. */
export async function chaos(options: Options): Promise<Summary> {
  const root = await mkdtemp(path.join(tmpdir(), 'c1sync-chaos-'));
  const run = new Run(options, root);
  try {
    return await run.go();
  } finally {
    await run.end();
    await rm(root, { recursive: true, force: true });
  }
}

class Run {
  readonly #options: Options;
  readonly #root: string;
  readonly #processes: Processes;
  readonly #modes: Modes;
  readonly #world: World;
  #actions = 0;
  #writes = 0;

  constructor(options: Options, root: string) {
    this.#options = options;
    this.#root = root;
    this.#processes = new Processes(options.main, root);
    this.#modes = modesOf(options.seed);
    this.#world = new World(this.#modes.prune);
  }

  async go(): Promise<Summary> {
    const startedAt = Date.now();
    const stage = await this.#prepare();
    const bystanders = new Bystanders(await stage.tenant.state());
    for (const action of firstActions) await this.#act(stage, action);
    for (let round = 1; round <= this.#options.rounds; round += 1) {
      this.#options.say(`round ${round}`);
      await this.#disturb(stage);
      await calmDown(stage);
      await this.#rest(stage, bystanders);
      await this.#assertNoLeak();
      noteCalm(this.#world, await stage.tenant.state());
    }
    const { daemon, lives } = this.#processes;
    if (daemon !== undefined) await this.#processes.stop(daemon);
    this.#assertAlive();
    return {
      actions: this.#actions,
      lives: lives.length,
      writes: this.#writes,
      things: this.#world.things.length,
      seconds: Math.round((Date.now() - startedAt) / 1000),
    };
  }

  end(): Promise<void> {
    return this.#processes.endAll();
  }

  async #prepare(): Promise<Stage> {
    const seed = path.join(this.#root, 'seed.json');
    await writeFile(seed, JSON.stringify(tenantSeed()));
    const access = await this.#processes.startEmulator(seed);
    const settings = settingsFor(access.url, access.clientId, this.#modes);
    await writeFile(path.join(this.#root, 'c1sync.yaml'), JSON.stringify(settings));
    for (const secret of [access.clientSecret, access.accessToken]) this.#world.planted.add(secret);
    const folder = new Folder(this.#root, this.#world);
    await folder.prepare(folders);
    await mkdir(path.join(this.#root, 'secrets'));
    this.#processes.startDaemon();
    const random = new Random(this.#options.seed);
    return { random, world: this.#world, tenant: new Tenant(access), folder, processes: this.#processes };
  }

  async #disturb(stage: Stage): Promise<void> {
    const { random } = stage;
    for (let done = 0; done < this.#options.actions; ) {
      if (!(await this.#act(stage, random.weighted(actions)))) continue;
      done += 1;
      if (random.chance(0.6)) await pause(random.int(0, LONGEST_PAUSE_MS));
    }
  }

  async #act(stage: Stage, action: Action): Promise<boolean> {
    const line = await action(stage);
    if (line === undefined) return false;
    this.#actions += 1;
    this.#options.say(`  ${line}`);
    this.#assertAlive();
    const wrong = doubled(this.#world, await stage.tenant.state());
    if (wrong.length > 0) throw new Violation(wrong.join('\n'));
    return true;
  }

  /** Waits until every object is in sync and the daemon writes nothing in further sweeps. */
  async #rest(stage: Stage, bystanders: Bystanders): Promise<void> {
    const startedAt = Date.now();
    let said = '';
    for (;;) {
      const faults = await this.#faults(stage, bystanders);
      if (faults.length === 0) break;
      const elapsed = Date.now() - startedAt;
      if (elapsed > PATIENCE_MS) throw new Violation(this.#explain(faults));
      const [first = ''] = faults;
      if (first !== said) this.#options.say(`  after ${elapsed} ms: ${first}`);
      said = first;
      await pause(250);
    }
    this.#options.say(`  in order after ${Date.now() - startedAt} ms`);
  }

  /** The errors of the cheapest check that finds any. */
  async #faults({ tenant }: Stage, bystanders: Bystanders): Promise<readonly string[]> {
    this.#assertAlive();
    const faults = faultsOf(this.#world, bystanders, await tenant.state());
    if (faults.length > 0) return faults;
    const plan = await this.#plan();
    const planned = typeof plan === 'string' ? [plan] : planFaults(this.#world, plan);
    if (planned.length > 0) return planned;
    this.#writes += writesIn(await tenant.takeRequests()).length;
    await this.#sweeps();
    const writes = writesIn(await tenant.takeRequests());
    this.#writes += writes.length;
    return writes.map(
      ({ method, path: to, mask }) => `${method} ${to} ${mask ?? ''} though all was in order`,
    );
  }

  /** The plan of another process, or the reason of its failure. */
  async #plan(): Promise<PlanJson | string> {
    const plan = this.#processes.start('plan', '--output', 'json');
    const { code } = await plan.ended;
    return code === 0
      ? (JSON.parse(plan.stdout) as PlanJson)
      : `c1sync plan ended with ${code}: ${plan.stderr}`;
  }

  async #sweeps(): Promise<void> {
    const { daemon } = this.#processes;
    if (daemon === undefined) return;
    const before = daemon.fullSweeps;
    const isDone = (): boolean => !daemon.isRunning || daemon.fullSweeps > before + QUIET_SWEEPS;
    await until(isDone, 'the daemon sweeps');
    this.#assertAlive();
  }

  #assertAlive(): void {
    const [fault] = this.#processes.faults;
    if (fault !== undefined) throw new Violation(fault);
  }

  async #assertNoLeak(): Promise<void> {
    const found = await leaks(this.#world.planted, this.#processes, path.join(this.#root, 'state'));
    if (found.length > 0) throw new Violation(found.join('\n'));
  }

  /** The errors, and the log lines of the daemon about their objects. */
  #explain(faults: readonly string[]): string {
    const names = this.#world.things.map(({ name }) => name);
    const concerned = names.filter((name) => faults.some((fault) => fault.includes(`/${name}`)));
    const log = this.#processes.lives
      .flatMap(({ stdout }) => stdout.split('\n'))
      .filter((line) => line.includes('"msg":"reconciled"'))
      .filter((line) => concerned.some((name) => line.includes(`"name":"${name}"`)));
    const lines = [...faults, ...log.slice(-30)].map((line) => `  ${line}`);
    return ['not everything is as it must be:', ...lines].join('\n');
  }
}
