/** An event that a receiver can subscribe to. */
export type NotifyEvent = 'drift' | 'held' | 'failed' | 'takenOver' | 'recovered';

/** One notification about one subject. Never holds the value of a field. */
export interface Item {
  readonly event: NotifyEvent;
  /** `App/github`, a definitions file, or a part of the daemon such as `sweep`. */
  readonly subject: string;
  readonly id?: string | undefined;
  /** The status of an object. */
  readonly status?: string | undefined;
  /** Paths of the differing fields. */
  readonly fields: readonly string[];
  /** Who had changed it, where known. */
  readonly actor?: string | undefined;
  /** Who had approved the change, where known. */
  readonly approvedBy?: string | undefined;
  /** Why, as a sentence. */
  readonly reason?: string | undefined;
  /** Hash of the group of held changes that one approval releases. */
  readonly approval?: string | undefined;
}

/** The troubles that a receiver was notified of, across restarts. */
export interface NotifyMemory {
  /** A print of the last notification, by subject. */
  readonly kept: ReadonlyMap<string, string>;
  /** Keeps prints; undefined forgets a subject. Durable when it resolves. */
  keep(prints: ReadonlyMap<string, string | undefined>): Promise<void>;
  /** A short keyed hash of a text. */
  print(text: string): string;
}

/** The content of one message to one receiver. */
export interface News {
  /** Troubles that the receiver was not notified of like this before. */
  readonly troubles: readonly Item[];
  /** Troubles that have ended since their notification, for a receiver of `recovered`. */
  readonly recovered: readonly Item[];
  /** Reverted changes of others, one item a subject. */
  readonly corrections: readonly Item[];
  /** Subjects with corrections that are not listed. */
  readonly omitted: number;
  /** Subjects whose notifications need not be remembered any more. */
  readonly ended: readonly string[];
}

/** Subjects whose corrections are kept for an unreachable receiver; the others are only counted. */
const MOST_CORRECTIONS = 1000;

/**
 * Collects the pending notifications of one receiver. Troubles are compared with the last notification of their subject:
 * nothing is notified twice, and a trouble that has passed meanwhile is dropped. Corrections are notified once.
 */
export class Outbox {
  readonly #events: ReadonlySet<NotifyEvent>;
  readonly #memory: NotifyMemory;
  readonly #notified: Map<string, string>;
  /** Present troubles by subject; undefined for one that has ended. */
  readonly #present = new Map<string, Item | undefined>();
  #corrections = new Map<string, Item>();
  #omitted = 0;

  constructor(events: readonly NotifyEvent[], memory: NotifyMemory) {
    this.#events = new Set(events);
    this.#memory = memory;
    this.#notified = new Map(memory.kept);
  }

  /** Notes the trouble of a subject. */
  trouble(item: Item): void {
    this.#present.set(item.subject, item);
  }

  /** Notes that a subject has no trouble. True when it had one before. */
  inOrder(subject: string): boolean {
    const wasNot = this.#present.get(subject) !== undefined || this.#notified.has(subject);
    if (wasNot) this.#present.set(subject, undefined);
    return wasNot;
  }

  /** Notes a reverted change, or afterwards its author. */
  corrected(item: Item): void {
    const known = this.#corrections.get(item.subject);
    if (known === undefined && this.#corrections.size >= MOST_CORRECTIONS) this.#omitted += 1;
    else this.#corrections.set(item.subject, known === undefined ? item : together(known, item));
  }

  /** Subjects with a trouble, now or at their last notification. */
  get subjects(): readonly string[] {
    return [...new Set([...this.#present.keys(), ...this.#notified.keys()])];
  }

  /** True when a notification is pending. */
  get isWaiting(): boolean {
    if (this.#events.has('drift') && this.#corrections.size > 0) return true;
    return [...this.#present].some(([subject, item]) =>
      item === undefined ? this.#notified.has(subject) : this.#isNew(item),
    );
  }

  /** Forgets subjects that do not exist any more. */
  async forget(subjects: readonly string[]): Promise<void> {
    for (const subject of subjects) this.#present.delete(subject);
    await this.#remember(new Map(subjects.map((subject) => [subject, undefined])));
  }

  /** Takes the pending notifications. The caller answers with {@link Outbox.delivered} or {@link Outbox.giveBack}. */
  take(): News {
    const troubles: Item[] = [];
    const ended: string[] = [];
    for (const [subject, item] of this.#present) {
      if (item === undefined) {
        this.#present.delete(subject);
        if (this.#notified.has(subject)) ended.push(subject);
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

  /** Remembers a delivered message. */
  async delivered({ troubles, ended }: News): Promise<void> {
    const prints = new Map<string, string | undefined>(ended.map((subject) => [subject, undefined]));
    for (const item of troubles) prints.set(item.subject, this.#print(item));
    await this.#remember(prints);
  }

  /** Takes back an undelivered message, for the next one. */
  giveBack({ corrections, omitted, ended }: News): void {
    const later = [...this.#corrections.values()];
    this.#corrections = new Map();
    for (const item of [...corrections, ...later]) this.corrected(item);
    this.#omitted += omitted;
    for (const subject of ended) if (!this.#present.has(subject)) this.#present.set(subject, undefined);
  }

  #isNew(item: Item): boolean {
    return this.#events.has(item.event) && this.#print(item) !== this.#notified.get(item.subject);
  }

  /** Words with digits are times, counts and ids: a difference there alone is not notified. */
  #print({ event, reason = '' }: Item): string {
    return this.#memory.print(`${event} ${reason.replaceAll(/\S*\d\S*/g, '#')}`);
  }

  async #remember(prints: ReadonlyMap<string, string | undefined>): Promise<void> {
    const changed = new Map([...prints].filter(([subject, print]) => this.#notified.get(subject) !== print));
    for (const [subject, print] of changed) {
      if (print === undefined) this.#notified.delete(subject);
      else this.#notified.set(subject, print);
    }
    if (changed.size > 0) await this.#memory.keep(changed);
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
