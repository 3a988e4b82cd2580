/** What c1sync can remember of the secret that it wrote to an object last. */
interface Remembered {
  /** The secret, and those of later writes of which it may not know whether they arrived. */
  readonly secrets: ReadonlySet<string>;
  /** How many such writes there were since the last one that is known to have arrived. */
  readonly unsure: number;
  /** Which hash key it was remembered with. */
  readonly key: number;
  /** When the first of the unsure writes left, if it was news; milliseconds since the beginning. */
  readonly newsAt?: number | undefined;
}

/** Everything that is remembered of configurations at a moment. */
export interface ConfigurationMemory {
  readonly objects: ReadonlyMap<string, Remembered>;
  readonly key: number;
}

/** A write of a configuration on its way, with what was remembered before it. */
interface Write {
  readonly id: string;
  readonly secret: string;
  readonly at: number;
  readonly before: Remembered | undefined;
  /**
   * When the first write of a row left that was the first one that is remembered, or another secret than any that may have
   * been written last; undefined where there is none. A row ends with a write that is known to have arrived.
   */
  readonly newsAt: number | undefined;
}

/** What c1sync can know of the configurations that it wrote, kept from its calls and what it heard of them. */
export class Configurations {
  #objects = new Map<string, Remembered>();
  #key = 0;
  #keys = 0;
  readonly #writes = new WeakMap<object, Write>();
  /** When records were lost last, by the ids of the objects, milliseconds since the beginning. */
  readonly #forgottenAt = new Map<string, number>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** A write of a configuration leaves: until its end is heard, nobody knows which secret holds. `call`: its identity. */
  leaves(call: object, id: string, secret: string): void {
    const before = this.#objects.get(id);
    const known = this.#known(id);
    const isOther = known !== undefined && [...known.secrets].some((one) => one !== secret);
    const newsAt = before === undefined || isOther ? this.#now() : before.newsAt;
    this.#writes.set(call, { id, secret, at: this.#now(), before, newsAt });
    // Of what was remembered with a former key nothing can be compared but that there was something.
    const secrets = new Set([...(known?.secrets ?? []), secret]);
    const unsure = (before?.unsure ?? 0) + 1;
    this.#objects.set(id, { secrets, unsure, key: this.#key, newsAt });
  }

  /** True for a write that may replace what somebody else wrote at a moment: nothing was remembered then, or its definition changed. */
  mayReplace(call: object, at: number): boolean {
    const newsAt = this.#writes.get(call)?.newsAt;
    return newsAt !== undefined && at <= newsAt;
  }

  /** Its sender hears that it was `done`, or that it certainly did `nothing`. */
  hears(call: object, end: 'done' | 'nothing'): void {
    const write = this.#writes.get(call);
    if (write === undefined || write.at < (this.#forgottenAt.get(write.id) ?? 0)) return;
    const { id, secret, before } = write;
    if (end === 'done') this.#objects.set(id, { secrets: new Set([secret]), unsure: 0, key: this.#key });
    else if (before === undefined) this.#objects.delete(id);
    else this.#objects.set(id, before);
  }

  /** True where another secret than the one that was written last is certain to show as a change. */
  tells(id: string): boolean {
    const known = this.#known(id);
    return known !== undefined && known.unsure < 2;
  }

  /** True where it is certain which secret was written last. */
  isVerified(id: string): boolean {
    return this.#known(id)?.unsure === 0;
  }

  #known(id: string): Remembered | undefined {
    const found = this.#objects.get(id);
    return found?.key === this.#key ? found : undefined;
  }

  /** No record tells of objects any more. */
  forgets(ids: Iterable<string>): void {
    for (const id of ids) {
      this.#objects.delete(id);
      this.#forgottenAt.set(id, this.#now());
    }
  }

  /** The key by which secrets are told apart is another one: none of those before can be compared. */
  losesKey(): void {
    this.#keys += 1;
    this.#key = this.#keys;
  }

  get memory(): ConfigurationMemory {
    return { objects: new Map(this.#objects), key: this.#key };
  }

  /** The state is that of another moment; without one, it is empty. */
  restores(memory: ConfigurationMemory | undefined): void {
    for (const id of this.#objects.keys()) this.#forgottenAt.set(id, this.#now());
    if (memory === undefined) this.losesKey();
    else this.#key = memory.key;
    this.#objects = new Map(memory?.objects);
  }
}
