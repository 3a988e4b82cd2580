import type { Clock } from '../core/model/clock.js';

/**
 * The user owners of one app. The tenant accepts a write at once, and reads show it after a delay. Writes show in the
 * order of their acceptance, even if the delay changes in between.
 */
export class OwnerList {
  #accepted: readonly string[];
  #visible: readonly string[];
  #writes = 0;
  #shown = 0;

  constructor(initial: readonly string[] = []) {
    this.#accepted = initial;
    this.#visible = initial;
  }

  /** The ids that a read shows now. */
  get visible(): readonly string[] {
    return this.#visible;
  }

  /** The ids of the last accepted write. */
  get accepted(): readonly string[] {
    return this.#accepted;
  }

  /** Accepts `ids` as the owners; reads show them after `delayMs` milliseconds. */
  set(ids: readonly string[], clock: Clock, delayMs: number): void {
    this.#writes += 1;
    const write = this.#writes;
    this.#accepted = [...new Set(ids)];
    const next = this.#accepted;
    const show = (): void => {
      if (write < this.#shown) return;
      this.#shown = write;
      this.#visible = next;
    };
    if (delayMs > 0) clock.after(delayMs, show, { detached: true });
    else show();
  }
}
