import type { Clock, Timer } from '../../src/core/model/clock.js';

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** Steps of a time of day, with words for the title of a test. */
export const CLOCK_STEPS: readonly (readonly [string, number])[] = [
  ['an hour forward', 3_600_000],
  ['an hour back', -3_600_000],
  ['ten years forward', 3650 * 24 * 3_600_000],
  ['ten years back', -3650 * 24 * 3_600_000],
];

/**
 * A clock that stands still until it is moved. Timers fire in the order of their time, then of their making.
 * Its time of day can be stepped apart from its monotonic time, which timers follow.
 */
export class VirtualClock implements Clock {
  /** Monotonic time. */
  #now = 0;
  /** The time of day at monotonic zero. */
  #epoch: number;
  #order = 0;
  readonly #entries = new Set<Entry>();

  constructor(start = Date.parse('2026-01-01T00:00:00Z')) {
    this.#epoch = start;
  }

  now(): number {
    return this.#epoch + this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  /** Sets the time of day forward by `ms`, back when negative. No timer fires. */
  step(ms: number): void {
    this.#epoch += ms;
  }

  after(ms: number, run: () => void): Timer {
    const entry: Entry = { at: this.#now + Math.max(0, ms), order: this.#order++, run };
    this.#entries.add(entry);
    return { cancel: () => void this.#entries.delete(entry) };
  }

  /** Drops every timer: those of a process end with it when it is killed. */
  drop(): void {
    this.#entries.clear();
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#entries.size;
  }

  /** Milliseconds until the next timer; undefined while none waits. */
  untilNext(): number | undefined {
    const times = [...this.#entries].map(({ at }) => at);
    return times.length === 0 ? undefined : Math.max(0, Math.min(...times) - this.#now);
  }

  /** Moves time on by `ms`, firing what falls due and letting the work it starts proceed in between. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      await settleMicrotasks();
      const due = [...this.#entries]
        .filter((entry) => entry.at <= until)
        .sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (due === undefined) break;
      this.#entries.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.run();
    }
    this.#now = until;
    await settleMicrotasks();
  }
}

async function settleMicrotasks(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}
