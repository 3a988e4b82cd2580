import type { Clock, Timer } from '../../src/core/model/clock.js';
import type { Actor, Loop } from './loop.js';

/** When the simulated world begins, milliseconds since the epoch. */
const BEGIN = Date.parse('2026-03-02T08:00:00Z');

/** The wall clock that all processes of a machine share; somebody may set it. */
export class WallClock {
  /** How often it was set. */
  settings = 0;
  readonly #loop: Loop;
  #offset = BEGIN;

  constructor(loop: Loop) {
    this.#loop = loop;
  }

  now(): number {
    return this.#loop.now + this.#offset;
  }

  /** Sets the clock forward, or back where `ms` is below zero. */
  step(ms: number): void {
    this.#offset += ms;
    this.settings += 1;
  }
}

/** The time of an actor: its machine's wall clock, and timers that follow the loop and not the wall. */
export class ActorClock implements Clock {
  readonly #loop: Loop;
  readonly #actor: Actor;
  readonly #wall: WallClock;

  constructor(loop: Loop, actor: Actor, wall: WallClock) {
    this.#loop = loop;
    this.#actor = actor;
    this.#wall = wall;
  }

  now(): number {
    return this.#wall.now();
  }

  monotonic(): number {
    return this.#loop.now;
  }

  after(ms: number, run: () => void): Timer {
    return this.#loop.after(this.#actor, ms, 'timer', run);
  }
}
