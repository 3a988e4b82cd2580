import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Random } from '../model/random.js';
import { PRUNE_AFTER_MS, tenantSeed } from '../model/seed.js';
import { forbidden, hasty, writesIn } from './check-requests.js';
import { type Fault, faultsOf, limitedIn, type PlanJson, planFaults, takeImages } from './checks.js';
import { calmDown, disturbances, reclaim } from './disturb.js';
import { definitionActions, firstActions } from './edit-definitions.js';
import { tenantActions } from './edit-tenant.js';
import { Folder } from './folder.js';
import { leaks } from './leaks.js';
import { type Modes, modesOf } from './modes.js';
import { Processes, pause } from './processes.js';
import type { Action, Stage } from './stage.js';
import { Tenant } from './tenant.js';
import { Watch } from './watch.js';
import { keyOf, type Thing, World } from './world.js';

/** How a run is made. */
export interface Options {
  readonly seed: number;
  /** Rounds at most. */
  readonly rounds: number;
  /** No round begins later than this many seconds after the start. */
  readonly seconds: number;
  /** Actions of a round. */
  readonly actions: number;
  /** Whether creates may be lost without a trace, which takes more than a minute to mend. */
  readonly losesCreates: boolean;
  /** The built command. */
  readonly main: string;
  /** Hears of every action. */
  readonly say: (line: string) => void;
}

/** What a run came to. */
export interface Summary {
  readonly rounds: number;
  readonly actions: number;
  readonly lives: number;
  readonly requests: number;
  readonly writes: number;
  readonly things: number;
  readonly seconds: number;
}

/** Something that must never be was found. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

const REQUESTS_PER_SECOND = 50;
/** How long it may take until all is in order once nothing disturbs, milliseconds. */
const PATIENCE_MS = 60_000;
/** How long creates whose answers were lost may take on top, milliseconds. */
const LOST_PATIENCE_MS = 180_000;
/** How long things that only wait for a lost create keep the next round waiting, milliseconds. */
const SHORT_PATIENCE_MS = 6_000;
/** Full sweeps that must find nothing to do once all is in order. */
const QUIET_SWEEPS = 2;
const LONGEST_PAUSE_MS = 350;

const actions: readonly (readonly [number, Action])[] = [
  ...definitionActions,
  ...tenantActions,
  ...disturbances,
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
  readonly #watch: Watch;
  #env: Readonly<Record<string, string>> = {};
  /** True while something waits for a create that may have been lost. */
  #isWaiting = false;
  #actions = 0;
  #requests = 0;
  #writes = 0;

  constructor(options: Options, root: string) {
    this.#options = options;
    this.#root = root;
    this.#processes = new Processes(options.main, root, {});
    this.#modes = modesOf(options.seed);
    this.#world = new World(this.#modes);
    this.#watch = new Watch(this.#world);
  }

  async go(): Promise<Summary> {
    const startedAt = Date.now();
    const { rounds, seconds } = this.#options;
    const stage = await this.#prepare();
    let round = 0;
    while (round < rounds && Date.now() - startedAt < seconds * 1000) {
      round += 1;
      this.#options.say(`round ${round}`);
      await this.#round(stage, round);
    }
    if (this.#options.losesCreates) await this.#settle(stage, LOST_PATIENCE_MS);
    // A process may be killed between an intent and its call even where no call is lost otherwise.
    if (!this.#isWaiting) await this.#quiet(stage);
    await this.#processes.stopDaemon();
    this.#assertAlive();
    await this.#assertNoLeak();
    return {
      rounds: round,
      actions: this.#actions,
      lives: this.#processes.lives.length,
      requests: this.#requests,
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
    await mkdir(path.join(this.#root, 'definitions'));
    await writeFile(seed, JSON.stringify(tenantSeed()));
    const access = await this.#processes.startEmulator(seed);
    await writeFile(
      path.join(this.#root, 'c1sync.yaml'),
      JSON.stringify(settingsFor(access.url, access.clientId, this.#modes)),
    );
    this.#env = { CHAOS_SECRET: access.clientSecret };
    for (const secret of [access.clientSecret, access.accessToken]) this.#world.planted.add(secret);
    const tenant = new Tenant(access);
    const random = new Random(this.#options.seed);
    takeImages(this.#world, await tenant.state());
    const start = (): void => this.#processes.startDaemon(this.#env);
    const stage: Stage = {
      random,
      world: this.#world,
      tenant,
      folder: new Folder(this.#root, this.#world),
      processes: this.#processes,
      start,
      command: (...args) => this.#command(args),
      excuse: 0,
      roundBegan: Date.now(),
      commitsLate: false,
      losesCreates: this.#options.losesCreates,
    };
    start();
    return stage;
  }

  async #command(args: readonly string[]): Promise<string> {
    const ended = await this.#processes.run([...args, '--settings', 'c1sync.yaml'], this.#env);
    if (ended.code !== 0)
      throw new Violation(`c1sync ${args.join(' ')} ended with ${ended.code}: ${ended.stderr}`);
    return ended.stdout;
  }

  async #round(stage: Stage, round: number): Promise<void> {
    const { random } = stage;
    const startedAt = Date.now();
    Object.assign(stage, { excuse: 10, commitsLate: false, roundBegan: startedAt });
    if (round === 1) for (const action of firstActions) await this.#act(stage, action);
    else if (random.chance(0.5)) await this.#act(stage, reclaim);
    for (let done = 0; done < this.#options.actions; ) {
      if (!(await this.#act(stage, random.weighted(actions)))) continue;
      done += 1;
      this.#assertAlive();
      if (random.chance(0.6)) await pause(random.int(0, LONGEST_PAUSE_MS));
    }
    this.#options.say(`calm down after ${Date.now() - startedAt} ms`);
    await calmDown(stage);
    const unsettled = await this.#settle(stage, PATIENCE_MS);
    const state = await stage.tenant.state();
    takeImages(this.#world, state);
    this.#watch.look(state);
    await this.#assertRequests(stage, Date.now() - startedAt);
    await this.#assertNoLeak();
    this.#world.nextRound(unsettled);
    this.#watch.settle(unsettled);
    this.#options.say(
      `in order after ${Date.now() - startedAt} ms${unsettled.size > 0 ? `, waiting for ${[...unsettled].map(keyOf).join(', ')}` : ''}`,
    );
  }

  async #act(stage: Stage, action: Action): Promise<boolean> {
    const line = await action(stage);
    if (line === undefined) return false;
    this.#actions += 1;
    stage.excuse += 4;
    this.#options.say(`  ${line}`);
    const wrong = this.#watch.look(await stage.tenant.state());
    if (wrong.length > 0) throw new Violation(`what must never be:\n  ${wrong.join('\n  ')}`);
    return true;
  }

  /** Waits until all is as it must be. Gives the things that a limit holds or that wait for a lost create. */
  async #settle(stage: Stage, patienceMs: number): Promise<ReadonlySet<Thing>> {
    const startedAt = Date.now();
    const isLast = patienceMs === LOST_PATIENCE_MS;
    let said = '';
    for (;;) {
      const state = await stage.tenant.state();
      const early = faultsOf(this.#world, state);
      const elapsed = Date.now() - startedAt;
      const mayBeLimited = (fault: Fault): boolean =>
        this.#modes.limits !== undefined && fault.isOpen === true;
      const wantsPlan = early.every(mayBeLimited) || elapsed > Math.min(patienceMs, SHORT_PATIENCE_MS);
      const plan = wantsPlan ? await this.#plan() : undefined;
      const limited = plan === undefined ? new Set<string>() : limitedIn(plan);
      const faults = [
        ...early.filter((fault) => !(mayBeLimited(fault) && limited.has(fault.subject))),
        ...(plan === undefined ? [] : planFaults(this.#world, plan)),
      ];
      if (plan !== undefined && faults.length === 0) {
        this.#isWaiting = false;
        return this.#named(limited);
      }
      const waiting = plan === undefined ? undefined : this.#waiting(faults, plan);
      if (waiting !== undefined && !isLast && elapsed > SHORT_PATIENCE_MS) {
        this.#isWaiting = true;
        return new Set([...waiting, ...this.#named(limited)]);
      }
      this.#assertAlive();
      const now = faults.map(({ subject, message }) => `${subject}: ${message}`)[0] ?? '';
      if (now !== said && now !== '') this.#options.say(`  after ${elapsed} ms: ${now}`);
      said = now;
      if (elapsed > patienceMs) throw new Violation(this.#tell(faults, plan));
      await pause(250);
    }
  }

  async #plan(): Promise<PlanJson> {
    const args = ['plan', '--output', 'json', '--settings', 'c1sync.yaml'];
    const { stdout, stderr, code } = await this.#processes.run(args, this.#env);
    try {
      return JSON.parse(stdout) as PlanJson;
    } catch {
      throw new Violation(`c1sync plan ended with ${code} and printed no plan: ${stderr}`);
    }
  }

  /** The things that faults are about, where all of them only wait for a lost create; otherwise undefined. */
  #waiting(faults: readonly Fault[], { objects }: PlanJson): ReadonlySet<Thing> | undefined {
    const lost = new Set(
      objects
        .filter(({ status, reason }) => /Settling|Pending/.test(status) && /creation was begun/.test(reason))
        .map(({ kind, name }) => `${kind}/${name}`),
    );
    const subjects = new Set(faults.map(({ subject }) => subject));
    if ([...subjects].some((subject) => !lost.has(subject))) return undefined;
    return this.#named(subjects);
  }

  #named(keys: ReadonlySet<string>): ReadonlySet<Thing> {
    return new Set(this.#world.things.filter((thing) => keys.has(keyOf(thing))));
  }

  async #assertRequests({ tenant, excuse }: Stage, tookMs: number): Promise<void> {
    const requests = await tenant.takeRequests();
    this.#watch.note(requests);
    const wrong = [
      ...forbidden(this.#watch, requests),
      ...hasty(this.#watch.deletions, this.#watch.appOf),
      ...this.#watch.overLimits(),
    ];
    if (wrong.length > 0) throw new Violation(`calls that must not be made:\n  ${wrong.join('\n  ')}`);
    const writes = writesIn(requests).length;
    this.#requests += requests.length;
    this.#writes += writes;
    if (writes > excuse) throw new Violation(`${writes} writing calls, where ${excuse} would be many`);
    const most = (tookMs / 1000 + this.#processes.lives.length) * REQUESTS_PER_SECOND * 2;
    if (requests.length > most) throw new Violation(`${requests.length} requests in ${tookMs} ms`);
  }

  /** Once all is in order, nothing is written any more, however often the daemon looks. */
  async #quiet({ tenant }: Stage): Promise<void> {
    await tenant.takeRequests();
    const before = this.#sweeps();
    const startedAt = Date.now();
    while (this.#sweeps() < before + QUIET_SWEEPS) {
      this.#assertAlive();
      if (Date.now() - startedAt > PATIENCE_MS) throw new Violation('the daemon does not look any more');
      await pause(100);
    }
    const writes = writesIn(await tenant.takeRequests());
    if (writes.length === 0) return;
    const told = writes.map(({ method, path: to, mask }) => `${method} ${to} ${mask ?? ''}`);
    throw new Violation(`calls though all was in order: ${told.join(', ')}`);
  }

  #sweeps(): number {
    return (this.#processes.daemon?.stdout.match(/"scope":"full"/g) ?? []).length;
  }

  #assertAlive(): void {
    const [fault] = this.#processes.faults;
    if (fault !== undefined) throw new Violation(fault);
  }

  async #assertNoLeak(): Promise<void> {
    const found = await leaks(this.#world.planted, this.#processes, path.join(this.#root, 'state'));
    if (found.length > 0) throw new Violation(found.join('\n'));
  }

  #tell(faults: readonly Fault[], plan: PlanJson | undefined): string {
    const lines = faults.map(({ subject, message }) => `${subject}: ${message}`);
    const subjects = new Set(faults.map(({ subject }) => subject));
    const log = this.#processes.lives
      .flatMap(({ stdout }) => stdout.split('\n'))
      .filter((line) => line.includes('"msg":"reconciled"'))
      .filter((line) => [...subjects].some((key) => line.includes(`"name":"${key.split('/')[1]}"`)));
    const changes = plan?.changes.filter(({ kind, name }) => subjects.has(`${kind}/${name}`)) ?? [];
    return [
      'not everything is as it must be:',
      ...lines.map((line) => `  ${line}`),
      ...changes.map((change) => `  planned: ${JSON.stringify(change)}`),
      ...log.slice(-30).map((line) => `  ${line}`),
    ].join('\n');
  }
}

function settingsFor(url: string, clientId: string, modes: Modes): object {
  const { limits = { updates: 100_000, adopts: 100_000, deletes: 100_000 }, ...ways } = modes;
  return {
    tenant: { url, auth: { clientId, clientSecret: { valueFrom: { env: 'CHAOS_SECRET' } } } },
    workspace: 'chaos',
    source: { directory: './definitions' },
    sync: {
      interval: `${PRUNE_AFTER_MS}ms`,
      debounce: '50ms',
      settle: '2s',
      ...ways,
      limits,
    },
    api: { requestsPerSecond: REQUESTS_PER_SECOND, timeout: '1500ms' },
    state: { path: './state' },
    log: { level: 'debug' },
  };
}
