/** What a receiver can ask to be told. */
export type NotifyEvent = 'drift' | 'held' | 'failed' | 'takenOver' | 'recovered';

/** One piece of news about one subject. Never holds the value of a field. */
export interface Item {
  readonly event: NotifyEvent;
  /** What it is about: `App/github`, a definitions file, or the look at the tenant. */
  readonly subject: string;
  readonly id?: string | undefined;
  /** Where an object stands. */
  readonly status?: string | undefined;
  /** Paths of the differing fields. */
  readonly fields: readonly string[];
  /** Who had changed it, where that is known. */
  readonly actor?: string | undefined;
  /** Why, as a sentence. */
  readonly reason?: string | undefined;
  /** Hash of the group of held changes that one approval releases. */
  readonly approval?: string | undefined;
}

/** Where it is kept what a receiver was told of what is not in order. */
export interface ToldMemory {
  /** What was kept: a print of the news, by subject. */
  readonly kept: ReadonlyMap<string, string>;
  /** Keeps prints; undefined forgets a subject. Durable when it resolves. */
  keep(prints: ReadonlyMap<string, string | undefined>): Promise<void>;
  /** A short text for equal texts, from which they cannot be guessed. */
  print(text: string): string;
}

/** What one receiver is to be told at one moment. */
export interface News {
  /** What is not in order, and was not told like this before. */
  readonly troubles: readonly Item[];
  /** What is in order again since the receiver was told of it, if the receiver wants to know. */
  readonly recovered: readonly Item[];
  /** Changes by others that were put back, one item a subject. */
  readonly corrections: readonly Item[];
  /** Subjects with corrections that are not listed. */
  readonly omitted: number;
  /** Subjects that need not be remembered as told any more. */
  readonly ended: readonly string[];
}

/** Corrections of so many subjects are kept for a receiver that cannot be reached; the others are only counted. */
const MOST_CORRECTIONS = 1000;

/**
 * Collects what one receiver has not been told yet. What is not in order is compared with what the receiver was told
 * last, so nothing is told twice, and what came and went in between is not told at all. Corrections are told once.
 */
export class Newsroom {
  readonly #events: ReadonlySet<NotifyEvent>;
  readonly #memory: ToldMemory;
  readonly #told: Map<string, string>;
  /** What is not in order; undefined for what is in order again. */
  readonly #present = new Map<string, Item | undefined>();
  #corrections = new Map<string, Item>();
  #omitted = 0;

  constructor(events: readonly NotifyEvent[], memory: ToldMemory) {
    this.#events = new Set(events);
    this.#memory = memory;
    this.#told = new Map(memory.kept);
  }

  /** Notes that a subject is not in order. */
  trouble(item: Item): void {
    this.#present.set(item.subject, item);
  }

  /** Notes that a subject is in order. True when it was not before. */
  inOrder(subject: string): boolean {
    const wasNot = this.#present.get(subject) !== undefined || this.#told.has(subject);
    if (wasNot) this.#present.set(subject, undefined);
    return wasNot;
  }

  /** Notes a change that was put back, or afterwards who had made it. */
  corrected(item: Item): void {
    const known = this.#corrections.get(item.subject);
    if (known === undefined && this.#corrections.size >= MOST_CORRECTIONS) this.#omitted += 1;
    else this.#corrections.set(item.subject, known === undefined ? item : together(known, item));
  }

  /** Subjects that are not in order, or were not when the receiver was told of them. */
  get subjects(): readonly string[] {
    return [...new Set([...this.#present.keys(), ...this.#told.keys()])];
  }

  /** True when something is to be told. */
  get isWaiting(): boolean {
    if (this.#events.has('drift') && this.#corrections.size > 0) return true;
    return [...this.#present].some(([subject, item]) =>
      item === undefined ? this.#told.has(subject) : this.#isNew(item),
    );
  }

  /** Forgets subjects that are not there any more. */
  async forget(subjects: readonly string[]): Promise<void> {
    for (const subject of subjects) this.#present.delete(subject);
    await this.#remember(new Map(subjects.map((subject) => [subject, undefined])));
  }

  /** What is to be told now. It is to be answered with {@link Newsroom.told} or {@link Newsroom.giveBack}. */
  take(): News {
    const troubles: Item[] = [];
    const ended: string[] = [];
    for (const [subject, item] of this.#present) {
      if (item === undefined) {
        this.#present.delete(subject);
        if (this.#told.has(subject)) ended.push(subject);
      } else if (this.#isNew(item)) troubles.push(item);
    }
    const recovered = this.#events.has('recovered') ? ended : [];
    const corrections = this.#events.has('drift') ? [...this.#corrections.values()] : [];
    const omitted = this.#events.has('drift') ? this.#omitted : 0;
    this.#corrections = new Map();
    this.#omitted = 0;
    return {
      troubles,
      recovered: recovered.map((subject) => ({ event: 'recovered', subject, fields: [] })),
      corrections,
      omitted,
      ended,
    };
  }

  /** Remembers that the receiver was told. */
  async told({ troubles, ended }: News): Promise<void> {
    const prints = new Map<string, string | undefined>(ended.map((subject) => [subject, undefined]));
    for (const item of troubles) prints.set(item.subject, this.#print(item));
    await this.#remember(prints);
  }

  /** Takes back what the receiver could not be told, to tell it with what comes next. */
  giveBack({ corrections, omitted, ended }: News): void {
    const later = [...this.#corrections.values()];
    this.#corrections = new Map();
    for (const item of [...corrections, ...later]) this.corrected(item);
    this.#omitted += omitted;
    for (const subject of ended) if (!this.#present.has(subject)) this.#present.set(subject, undefined);
  }

  #isNew(item: Item): boolean {
    return this.#events.has(item.event) && this.#print(item) !== this.#told.get(item.subject);
  }

  /** Words with digits are times, counts and ids: others of those are no news. */
  #print({ event, reason = '' }: Item): string {
    return this.#memory.print(`${event} ${reason.replaceAll(/\S*\d\S*/g, '#')}`);
  }

  async #remember(prints: ReadonlyMap<string, string | undefined>): Promise<void> {
    const other = new Map([...prints].filter(([subject, print]) => this.#told.get(subject) !== print));
    for (const [subject, print] of other) {
      if (print === undefined) this.#told.delete(subject);
      else this.#told.set(subject, print);
    }
    if (other.size > 0) await this.#memory.keep(other);
  }
}

function together(first: Item, second: Item): Item {
  const actors = [...new Set([first.actor, second.actor].filter((actor) => actor !== undefined))];
  return {
    ...first,
    ...second,
    id: second.id ?? first.id,
    fields: [...new Set([...first.fields, ...second.fields])],
    actor: actors.join(', ') || undefined,
  };
}
