import { Random } from '../model/random.js';
import { actions, firstActions } from './actions/index.js';
import { calmDown } from './calm.js';
import { always, atRest } from './invariants/index.js';
import type { Invariant } from './invariants/invariant.js';
import { drawModes, type Modes } from './modes.js';
import { Trace } from './trace.js';
import { World } from './world.js';

/** One step of a run, with all it takes to repeat it: what is done, and how the loop goes on from there. */
interface Step {
  /** The name of an action, or `rest`. */
  readonly action: string;
  readonly params: unknown;
  /** Seeds the choices of the loop from this step on. */
  readonly choice: number;
  /** How many pieces of work follow before the next step, and milliseconds at most. */
  readonly turns: number;
  readonly ms: number;
}

/** A run that can be repeated without its seed's generator. */
export interface Script {
  readonly seed: number;
  readonly modes: Modes;
  readonly steps: readonly Step[];
}

/** What a run came to. */
export interface Outcome {
  readonly script: Script;
  /** Undefined where everything held. */
  readonly failure:
    | { readonly step: number; readonly invariant: string; readonly faults: readonly string[] }
    | undefined;
  readonly trace: Trace;
  readonly writes: number;
  /** Virtual milliseconds. */
  readonly ms: number;
  readonly turns: number;
}

/** Virtual milliseconds that may pass until everything has come to rest. */
const PATIENCE_MS = 40 * 60_000;
const LOOK_MS = 10_000;
const REST = 'rest';
/** Steps from one rest to the next. */
const REST_EVERY = 25;

/** Draws a run of so many steps from a seed, and makes it. */
export async function simulate(seed: number, count: number, keepsTrace = false): Promise<Outcome> {
  const random = new Random(Math.imul(seed, 0x9e37_79b1));
  const modes = drawModes(random);
  const run = new Run(seed, modes, keepsTrace);
  await run.begin();
  for (let index = 0; index < count && run.failure === undefined; index += 1) {
    const isLast = index === count - 1;
    await run.step(drawStep(run.world, random, index, isLast));
  }
  return run.outcome();
}

/** Makes a run again, or what is left of it. */
export async function replay(script: Script, keepsTrace = false): Promise<Outcome> {
  const run = new Run(script.seed, script.modes, keepsTrace);
  await run.begin();
  for (const step of script.steps) {
    if (run.failure !== undefined) break;
    await run.step(step);
  }
  return run.outcome();
}

function drawStep(world: World, random: Random, index: number, isLast: boolean): Step {
  const choice = random.int(0, 0x7fff_ffff);
  const [turns, ms] = random.weighted([
    [3, [random.int(0, 5), 1_000]],
    [4, [random.int(5, 60), 5_000]],
    [2, [1_000, random.int(500, 20_000)]],
    [1, [3_000, random.int(20_000, 90_000)]],
  ] as const);
  if (isLast || (index > 0 && index % REST_EVERY === 0)) {
    return { action: REST, params: { isLast }, choice, turns: 0, ms: 0 };
  }
  const first = firstActions[index];
  for (;;) {
    const action = first ?? random.weighted(actions.map((one) => [one.weight, one] as const));
    const params = action.propose(world, random);
    if (params !== undefined) return { action: action.name, params, choice, turns, ms };
  }
}

class Run {
  readonly world: World;
  failure: Outcome['failure'];
  readonly #seed: number;
  readonly #steps: Step[] = [];

  constructor(seed: number, modes: Modes, keepsTrace: boolean) {
    this.#seed = seed;
    this.world = new World(seed, modes, new Trace(keepsTrace));
  }

  async begin(): Promise<void> {
    await this.world.begin();
    this.world.startDaemon();
  }

  async step(step: Step): Promise<void> {
    const { world } = this;
    this.#steps.push(step);
    world.trace.note(
      world.loop.now,
      `step ${this.#steps.length}: ${step.action} ${JSON.stringify(step.params)}`,
    );
    world.loop.random = new Random(step.choice);
    if (step.action === REST) {
      await this.#rest((step.params as { readonly isLast: boolean }).isLast);
      return;
    }
    const action = actions.find(({ name }) => name === step.action);
    if (action === undefined) throw new RangeError(`there is no action '${step.action}'`);
    try {
      await action.run(world, step.params);
    } catch (error) {
      this.#fail('nothing is thrown', [
        error instanceof Error ? (error.stack ?? error.message) : String(error),
      ]);
      return;
    }
    const until = world.loop.now + step.ms;
    await world.loop.run(until, step.turns);
    await this.#check(always);
  }

  /** Lets the world come to rest; `staysThere` for a while. */
  async #rest(staysThere: boolean): Promise<void> {
    const { world } = this;
    await calmDown(world);
    // What was done last has been looked at once a sweep has passed: until then an old status explains nothing.
    if (world.daemons.length === 0) world.startDaemon();
    await world.loop.pass(world.quietMs);
    await this.#check(always);
    const until = world.loop.now + PATIENCE_MS;
    let faults: readonly string[] = [];
    do {
      if (world.daemons.length === 0) world.startDaemon();
      await world.loop.pass(LOOK_MS);
      await this.#check(always);
      if (this.failure !== undefined) return;
      faults = world.network.underWay > 0 ? ['requests are under way'] : await this.#faults(atRest);
    } while (faults.length > 0 && world.loop.now < until);
    await this.#check(atRest);
    if (this.failure === undefined && staysThere) await this.#quiet();
    if (this.failure === undefined) world.rested();
  }

  /** Sweeps find nothing to do for what is in sync. */
  async #quiet(): Promise<void> {
    const { world } = this;
    await this.#thaw();
    const before = world.judge.written.length;
    const unsettled = world.unsettledKeys();
    await world.loop.pass(world.quietMs);
    await this.#check(always);
    const late = world.judge.written
      .slice(before)
      .filter(({ key }) => key === undefined || !unsettled.has(key));
    if (late.length === 0) return;
    this.#fail(
      'nothing is written at rest',
      late.map(({ what, key }) => `${what}, though ${key ?? 'all'} was in sync`),
    );
  }

  /** A freeze window holds bookkeeping of what is in sync: it is written once the window has closed. */
  async #thaw(): Promise<void> {
    const { world } = this;
    const isFrozen = (): boolean => world.judge.guard.isFrozen(world.wall.now());
    if (!isFrozen()) return;
    while (isFrozen()) await world.loop.pass(LOOK_MS);
    await world.loop.pass(world.quietMs);
  }

  async #faults(invariants: readonly Invariant[]): Promise<readonly string[]> {
    for (const { check } of invariants) {
      const faults = await check(this.world);
      if (faults.length > 0) return faults;
    }
    return [];
  }

  async #check(invariants: readonly Invariant[]): Promise<void> {
    for (const { name, check } of invariants) {
      const faults = this.failure === undefined ? await check(this.world) : [];
      if (faults.length > 0) this.#fail(name, faults);
    }
  }

  #fail(invariant: string, faults: readonly string[]): void {
    this.failure = { step: this.#steps.length, invariant, faults };
  }

  outcome(): Outcome {
    const { world, failure } = this;
    const script = { seed: this.#seed, modes: world.modes, steps: this.#steps };
    const { now: ms, turns } = world.loop;
    return { script, failure, trace: world.trace, writes: world.judge.writes, ms, turns };
  }
}
