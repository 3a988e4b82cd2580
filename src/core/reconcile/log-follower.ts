import type { Attributions } from '../drift/attributions.js';
import type { Attribution, ChangeLog } from '../drift/change-log.js';
import { type Clock, growingWait, type Timer } from '../model/clock.js';
import { messageOf } from '../model/errors.js';
import type { EventBus } from '../model/events.js';
import type { RecordStore } from '../model/record.js';
import { LogClosedError } from '../model/system-log.js';
import type { StatusStore } from '../status/status-store.js';
import type { Reconciler } from './reconcile.js';
import type { Scheduler } from './schedule.js';

/** The retry interval of a log without access, in case access is granted, milliseconds. */
const CLOSED_MS = 60 * 60_000;
/** The longest wait after transient failures, milliseconds. */
const LONGEST_WAIT_MS = 5 * 60_000;
/** The shortest time between two full sweeps for a log that is too full to follow, milliseconds. */
const SWEEP_MS = 5 * 60_000;

/** The parts of a follower. */
export interface LogFollowerParts {
  readonly log: Pick<ChangeLog, 'poll'>;
  /** Milliseconds from one poll to the next. */
  readonly intervalMs: number;
  readonly store: Pick<RecordStore, 'records'>;
  readonly statusStore: Pick<StatusStore, 'entries'>;
  readonly reconciler: Pick<Reconciler, 'changedElsewhere'>;
  readonly scheduler: Pick<Scheduler, 'request'>;
  readonly attributions: Attributions;
  readonly events: EventBus;
  readonly clock: Clock;
}

/**
 * Polls the system log and triggers sweeps of the objects that somebody else changed. Regular sweeps do not depend on it
 * or its failures.
 */
export class LogFollower {
  readonly #parts: LogFollowerParts;
  readonly #abort = new AbortController();
  #timer: Timer | undefined;
  #turn: Promise<void> | undefined;
  #failures = 0;
  #isClosed = false;
  /** True while events were skipped and no full sweep has followed. */
  #owesSweep = false;
  #sweptAt = Number.NEGATIVE_INFINITY;

  constructor(parts: LogFollowerParts) {
    this.#parts = parts;
  }

  /** Starts to poll; the first poll is one interval away. */
  start(): void {
    this.#wait(this.#parts.intervalMs);
  }

  /** Ends the polling. Resolves when no poll is under way. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error('c1sync is stopping'));
    this.#timer?.cancel();
    await this.#turn;
  }

  #wait(ms: number): void {
    if (this.#abort.signal.aborted) return;
    this.#timer = this.#parts.clock.after(ms, () => {
      this.#turn = this.#poll();
    });
  }

  async #poll(): Promise<void> {
    const { log, clock, intervalMs } = this.#parts;
    const startedAt = clock.monotonic();
    let pace = intervalMs;
    try {
      const { changed, behind } = await log.poll(this.#abort.signal);
      this.#opened();
      this.#failures = 0;
      this.#follow(changed, behind);
    } catch (error) {
      pace = this.#failed(error);
    }
    // Polls keep their pace; a slow answer skips the missed ones.
    this.#wait(pace - ((clock.monotonic() - startedAt) % pace));
  }

  #follow(changed: ReadonlyMap<string, Attribution>, behind: boolean): void {
    const { reconciler, scheduler, clock } = this.#parts;
    const keys = this.#keysOf(changed);
    if (keys.size > 0) {
      reconciler.changedElsewhere(keys.keys());
      for (const [key, attribution] of keys) this.#attribute(key, attribution);
      scheduler.request('drift', new Set(keys.keys()));
    }
    this.#owesSweep ||= behind;
    if (!this.#owesSweep || clock.monotonic() - this.#sweptAt < SWEEP_MS) return;
    this.#owesSweep = false;
    this.#sweptAt = clock.monotonic();
    scheduler.request('drift', 'all');
  }

  /** The attributions of managed objects, by key. */
  #keysOf(changed: ReadonlyMap<string, Attribution>): ReadonlyMap<string, Attribution> {
    const keys = new Map<string, Attribution>();
    if (changed.size === 0) return keys;
    // Without records, as in observe mode, only the status store has the ids.
    for (const { id, key } of [
      ...this.#parts.statusStore.entries(),
      ...this.#parts.store.records().objects.values(),
    ]) {
      const attribution = id === undefined ? undefined : changed.get(id);
      if (attribution !== undefined) keys.set(key, attribution);
    }
    return keys;
  }

  #attribute(key: string, attribution: Attribution): void {
    const { attributions, events } = this.#parts;
    const late = attributions.note(key, attribution);
    if (late === undefined || attribution.actor === undefined) return;
    const { reconcileId, kind, name, id } = late;
    events.emit('attributed', { reconcileId, kind, name, id, actor: attribution.actor });
  }

  #opened(): void {
    if (!this.#isClosed) return;
    this.#isClosed = false;
    this.#parts.events.emit('system log readable', {});
  }

  /** Notes a failure and returns the wait, milliseconds. */
  #failed(error: unknown): number {
    if (error instanceof LogClosedError) {
      if (!this.#isClosed) this.#parts.events.emit('system log closed', { reason: messageOf(error) });
      this.#isClosed = true;
      return CLOSED_MS;
    }
    this.#failures += 1;
    const { intervalMs } = this.#parts;
    return Math.max(intervalMs, growingWait(this.#failures + 1, intervalMs, LONGEST_WAIT_MS));
  }
}
