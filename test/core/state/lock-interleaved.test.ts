import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Clock, Timer } from '../../../src/core/model/clock.js';
import { systemRandom } from '../../../src/core/model/random.js';
import { acquireLock, type Lock, LockedError } from '../../../src/core/state/lock.js';
import type { Identity } from '../../../src/core/state/processes.js';
import { MemoryDisk } from '../../support/memory-disk.js';
import { VirtualClock } from '../../support/virtual-clock.js';

/** A process whose every step on the disk, and every timer, runs when the test says so; it can be stopped or killed. */
class Process {
  readonly steps: (() => void)[] = [];
  readonly disk: MemoryDisk;
  readonly identity: Identity;
  isStopped = false;
  isDead = false;
  lock: Lock | undefined;
  refused: unknown;

  constructor(world: World, namespace: string, pid: number) {
    this.identity = { boot: 'b', namespace, pid, started: String(pid), hostname: 'h' };
    this.disk = world.disk.seenBy(() => new Promise((resolve) => this.steps.push(resolve)));
    const clock: Clock = {
      now: () => world.clock.now(),
      monotonic: () => world.clock.monotonic(),
      after: (ms: number, run: () => void): Timer => world.clock.after(ms, () => this.steps.push(run)),
    };
    const lives = ({ pid: other }: Pick<Identity, 'pid'>): boolean =>
      world.processes.some((one) => one.identity.pid === other && !one.isDead);
    const processes = { self: this.identity, lives };
    acquireLock('/s', { clock, disk: this.disk, random: systemRandom, processes, waitMs: 30_000 }).then(
      (lock) => {
        this.lock = lock;
      },
      (error: unknown) => {
        this.refused = error;
      },
    );
  }

  get canStep(): boolean {
    return this.steps.length > 0 && !this.isStopped && !this.isDead;
  }

  get holds(): boolean {
    return !this.isStopped && !this.isDead && this.lock?.stillHeld() === true;
  }
}

class World {
  readonly clock = new VirtualClock();
  readonly disk = new MemoryDisk();
  readonly processes: Process[] = [];

  start(namespace: string): void {
    this.processes.push(new Process(this, namespace, this.processes.length + 1));
  }

  get holders(): number {
    return this.processes.filter(({ holds }) => holds).length;
  }
}

type Act =
  | { readonly do: 'step' | 'stop' | 'resume' | 'kill' | 'release' | 'renew'; readonly who: number }
  | { readonly do: 'start'; readonly namespace: string }
  | { readonly do: 'wait'; readonly ms: number };

const who = fc.nat({ max: 30 });
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 14, arbitrary: fc.record({ do: fc.constant('step' as const), who }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(500, 2_000, 10_500) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('start' as const), namespace: fc.constantFrom('a', 'b') }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('stop', 'resume', 'kill', 'release', 'renew'), who }),
  },
);

async function carryOut(world: World, one: Act): Promise<void> {
  if (one.do === 'wait') await world.clock.advance(one.ms);
  else if (one.do === 'start') world.start(one.namespace);
  else {
    const all = one.do === 'step' ? world.processes.filter(({ canStep }) => canStep) : world.processes;
    const process = all[one.who % Math.max(1, all.length)];
    if (process === undefined) return;
    if (one.do === 'step') process.steps.splice(one.who % process.steps.length, 1)[0]?.();
    else if (one.do === 'stop') process.isStopped = true;
    else if (one.do === 'resume') process.isStopped = false;
    else if (one.do === 'kill') process.isDead = true;
    else if (one.do === 'release') void process.lock?.release();
    else void process.lock?.renew().catch(() => {});
  }
  await new Promise<void>((resolve) => setImmediate(resolve));
}

it('never lets two processes hold the lock, in any order of their steps', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 200, size: 'max' }), async (acts) => {
      const world = new World();
      world.start('a');
      world.start('b');
      for (const one of acts) {
        await carryOut(world, one);
        expect(world.holders).toBeLessThanOrEqual(1);
      }
    }),
    { numRuns: 300 },
  );
}, 120_000);

it('lets one of those that are left have the lock in the end, and refuses the others', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 120, size: 'max' }), async (acts) => {
      const world = new World();
      for (const one of acts) await carryOut(world, one);
      for (const one of world.processes) one.isDead = true;
      world.start('c');
      world.start('c');
      const last = world.processes.slice(-2);
      for (let turn = 0; turn < 4_000 && last.some(({ lock, refused }) => !lock && !refused); turn += 1) {
        await carryOut(world, turn % 20 === 19 ? { do: 'wait', ms: 500 } : { do: 'step', who: turn });
      }
      expect(last.filter(({ lock }) => lock !== undefined)).toHaveLength(1);
      expect(last.find(({ refused }) => refused !== undefined)?.refused).toBeInstanceOf(LockedError);
    }),
    { numRuns: 30 },
  );
}, 120_000);
