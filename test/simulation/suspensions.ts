interface Suspension {
  /** Since when it is in force, milliseconds since the beginning. */
  readonly at: number;
  /** When it ends by itself, a time of day. */
  readonly until: number;
}

/** A suspension that was asked for: whether it is in force, nobody knows before the answer. */
interface Ask {
  readonly key: string;
  readonly until: number;
  /** True once a person has asked for its end: it is over as soon as it is in force. */
  isEnding: boolean;
}

/** Every suspension that the state holds at a moment, or may hold. */
export interface SuspensionMemory {
  readonly all: ReadonlyMap<string, Suspension>;
  readonly asks: ReadonlySet<Ask>;
}

/** What people have suspended by a command, by key. */
export class Suspensions {
  #all = new Map<string, Suspension>();
  #asks = new Set<Ask>();

  /** A person asks for a suspension. `until`: a time of day. */
  ask(key: string, until = Number.POSITIVE_INFINITY): Ask {
    const ask = { key, until, isEnding: false };
    this.#asks.add(ask);
    return ask;
  }

  /** A person has suspended an object. `at`: since when that is in force; `until`: a time of day. */
  begin({ key, isEnding }: Ask, at: number, until = Number.POSITIVE_INFINITY): void {
    if (!isEnding) this.#all.set(key, { at, until });
  }

  /** A suspension may end; all of them do without a key. Gives what is to be called once it has ended for certain. */
  end(key?: string): () => void {
    const ending = [...this.#asks].filter((ask) => key === undefined || ask.key === key);
    for (const ask of ending) ask.isEnding = true;
    if (key === undefined) this.#all.clear();
    else this.#all.delete(key);
    return () => {
      for (const ask of ending) this.#asks.delete(ask);
    };
  }

  /** Ends suspensions whose time is over at the time of day of a plan; a later step of the clock does not bring them back. */
  passes(wallAt: number): void {
    for (const [key, { until }] of this.#all) if (until <= wallAt) this.#all.delete(key);
  }

  /** True where a person has suspended an object by a moment, given as both clocks tell it. */
  covers(key: string, at: number, wallAt: number): boolean {
    const found = this.#all.get(key);
    return found !== undefined && found.at < at && wallAt < found.until;
  }

  /** True where a person may have suspended an object that is suspended at a time of day. */
  mayCover(key: string, wallAt: number): boolean {
    return [...this.#asks].some((ask) => ask.key === key && wallAt < ask.until);
  }

  get memory(): SuspensionMemory {
    return { all: new Map(this.#all), asks: new Set(this.#asks) };
  }

  /** The state is that of another moment; without one, it is empty. */
  restores(memory: SuspensionMemory | undefined): void {
    this.#all = new Map(memory?.all);
    this.#asks = new Set(memory?.asks);
  }
}
