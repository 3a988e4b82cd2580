import { canonical } from '../model/fields.js';
import type { Call } from './call.js';
import type { Begun } from './probe.js';

/** Owners that were set, as a process heard. */
interface Shown {
  readonly key: string;
  readonly value: string;
  /** Milliseconds since the beginning. */
  readonly heardAt: number;
  /** The same as the time of day. */
  readonly wallAt: number;
}

/** A call that sets owners. */
interface Setting {
  readonly id: string;
  readonly key: string;
  readonly value: string;
}

/** Owners take a while to show: the same ones are not set twice while they may not show yet. */
export class Settling {
  readonly #settings = new WeakMap<object, Setting>();
  readonly #shown = new Map<string, Shown>();
  readonly #settleMs: number;

  /** `settleMs`: how long a write may take to show. */
  constructor(settleMs: number) {
    this.#settleMs = settleMs;
  }

  /**
   * A call of a change of an object leaves. Says what is wrong with that. `call`: its identity. A step of the clock moves
   * no window of one run of the machine; between two runs the time of day counts.
   */
  leaves(
    call: object,
    { id, path, body }: Call,
    key: string,
    { at, wallAt }: Pick<Begun, 'at' | 'wallAt'>,
  ): string | undefined {
    if (id === undefined || !path.endsWith('/owners')) return undefined;
    const value = canonical(body);
    const shown = this.#shown.get(id);
    this.#settings.set(call, { id, key, value });
    // Until its end is heard, nobody knows what was set last.
    this.#shown.delete(id);
    if (shown?.key !== key || shown.value !== value) return undefined;
    const ms = Math.max(wallAt - shown.wallAt, at - shown.heardAt);
    // A time that is still to come tells nothing: somebody has set the clock back.
    return ms < 0 || ms >= this.#settleMs ? undefined : `the same owners were set ${ms} ms before`;
  }

  /** The sender of a call hears that it was done. */
  done(call: object, heardAt: number, wallAt: number): void {
    const setting = this.#settings.get(call);
    if (setting !== undefined) this.#shown.set(setting.id, { ...setting, heardAt, wallAt });
  }

  /** Forgets writes that have settled at the time of day of a plan; a later step of the clock does not bring them back. */
  passes(wallAt: number): void {
    for (const [id, shown] of this.#shown)
      if (wallAt - shown.wallAt >= this.#settleMs) this.#shown.delete(id);
  }

  /** The state knows nothing of an object any more; of none without an id. */
  forgets(id?: string): void {
    if (id === undefined) this.#shown.clear();
    else this.#shown.delete(id);
  }

  /** The state may miss what was heard since a moment. */
  misses(since: number): void {
    for (const [id, { heardAt }] of this.#shown) if (heardAt >= since) this.#shown.delete(id);
  }
}
