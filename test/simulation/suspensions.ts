interface Suspension {
  /** Since when it is in force, milliseconds since the beginning. */
  readonly at: number;
  /** When it ends by itself, a time of day. */
  readonly until: number;
}

/** What people have suspended by a command, by key. */
export class Suspensions {
  readonly #all = new Map<string, Suspension>();

  /** A person suspends an object. `at`: since when that is in force; `until`: a time of day. */
  begin(key: string, at: number, until = Number.POSITIVE_INFINITY): void {
    this.#all.set(key, { at, until });
  }

  /** A suspension ends; all of them do without a key. */
  end(key?: string): void {
    if (key === undefined) this.#all.clear();
    else this.#all.delete(key);
  }

  /** A plan was acted on at a time of day: what had ended by then does not come back when somebody sets the clock back. */
  passes(wallAt: number): void {
    for (const [key, { until }] of this.#all) if (until <= wallAt) this.#all.delete(key);
  }

  /** True where a person has suspended an object by a moment, given as both clocks tell it. */
  covers(key: string, at: number, wallAt: number): boolean {
    const found = this.#all.get(key);
    return found !== undefined && found.at < at && wallAt < found.until;
  }
}
