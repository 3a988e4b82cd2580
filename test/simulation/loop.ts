import type { Timer } from '../../src/core/model/clock.js';
import type { Random } from '../model/random.js';
import type { Trace } from './trace.js';

/** Somebody whose work the loop runs: a process, the network, the tenant. */
export interface Actor {
  readonly name: string;
  /** Work of a stopped actor waits until it runs again; that of a dead one never happens. */
  life: 'running' | 'stopped' | 'dead';
}

/** A piece of work that may happen now. */
interface Task {
  readonly actor: Actor;
  readonly label: string;
  readonly run: () => void;
}

interface Waiting extends Task {
  readonly at: number;
  readonly order: number;
}

/**
 * The one event loop of a simulated world. It owns time: nothing passes while somebody has work, and then time jumps to
 * the next timer. Of several pieces of work that could happen now, the random numbers choose.
 */
export class Loop {
  /** Chooses what happens next; every step of a run brings its own. */
  random: Random;
  /** Pieces of work done so far. */
  turns = 0;
  #now = 0;
  #order = 0;
  #ready: Task[] = [];
  /** Sorted by time, then by making. */
  readonly #timers: Waiting[] = [];
  readonly #trace: Trace;

  constructor(random: Random, trace: Trace) {
    this.random = random;
    this.#trace = trace;
  }

  /** Milliseconds since the world began; never set back. */
  get now(): number {
    return this.#now;
  }

  /** Has work done as soon as its turn comes. */
  post(actor: Actor, label: string, run: () => void): void {
    this.#ready.push({ actor, label, run });
  }

  /** Has work done `ms` milliseconds from now. */
  after(actor: Actor, ms: number, label: string, run: () => void): Timer {
    const at = this.#now + Math.max(0, Math.ceil(ms));
    const entry: Waiting = { actor, label, run, at, order: this.#order++ };
    const place = this.#timers.findLastIndex((other) => other.at <= at);
    this.#timers.splice(place + 1, 0, entry);
    return { cancel: () => this.#cancel(entry) };
  }

  #cancel(entry: Waiting): void {
    const place = this.#timers.indexOf(entry);
    if (place >= 0) this.#timers.splice(place, 1);
    else this.#ready = this.#ready.filter((task) => task !== entry);
  }

  /** Does up to `most` pieces of work, as long as there is any until the moment `until`; without any left it is then `until`. */
  async run(until: number, most = Number.POSITIVE_INFINITY): Promise<void> {
    await drained();
    for (let turns = 0; turns < most && (await this.#turn(until)); turns += 1);
  }

  async #turn(until: number): Promise<boolean> {
    for (;;) {
      this.#fall();
      this.#ready = this.#ready.filter(({ actor }) => actor.life !== 'dead');
      const could = this.#ready.filter(({ actor }) => actor.life === 'running');
      const chosen = could.length > 1 ? this.random.pick(could) : could[0];
      if (chosen !== undefined) {
        this.#ready.splice(this.#ready.indexOf(chosen), 1);
        this.#trace.note(this.#now, `${chosen.actor.name}: ${chosen.label}`);
        this.turns += 1;
        chosen.run();
        await drained();
        return true;
      }
      const next = this.#timers[0];
      if (next === undefined || next.at > until) {
        this.#now = Math.max(this.#now, until);
        return false;
      }
      this.#now = Math.max(this.#now, next.at);
    }
  }

  /** Lets `ms` milliseconds pass. */
  async pass(ms: number): Promise<void> {
    await this.run(this.#now + ms);
  }

  /** Moves timers that are due to the work that could happen now. */
  #fall(): void {
    while (this.#timers[0] !== undefined && this.#timers[0].at <= this.#now) {
      const due = this.#timers.shift();
      if (due !== undefined) this.#ready.push(due);
    }
  }
}

/** Resolves when no promise of the process has anything to do any more: no work of the simulation waits for real things. */
function drained(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
