import type { Clock } from '../core/model/clock.js';

/**
 * The user owners of one app. A write is accepted at once and shows after a delay; writes show in the order they
 * were accepted, whatever became of the delay in between.
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

  /** The ids a read shows now. */
  get visible(): readonly string[] {
    return this.#visible;
  }

  /** The ids of the last write accepted. */
  get accepted(): readonly string[] {
    return this.#accepted;
  }

  /** Accepts `ids` as the owners; reads show them `delayMs` milliseconds from now. */
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
