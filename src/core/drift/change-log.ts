import type { Clock } from '../model/clock.js';
import { sha256 } from '../model/hash.js';
import {
  isChange,
  type LogEvent,
  type LogPlace,
  type LogSource,
  MOST_LOG_PAGES,
  PageTooLargeError,
  PlaceLostError,
} from '../model/system-log.js';
import { type OutgoingWrite, OwnWrites, type WriteEnd } from './own-writes.js';

/** Somebody else's change of an object. */
export interface Attribution {
  /** Missing where unknown. */
  readonly actor?: string;
  /** Milliseconds since the epoch, on our clock. */
  readonly at: number;
}

/** The result of one poll. */
export interface Poll {
  /** The latest change by somebody else, by object id. */
  readonly changed: ReadonlyMap<string, Attribution>;
  /** True when events were or may have been skipped: only a full sweep finds what they changed. */
  readonly behind: boolean;
}

/** How far back a read begins, milliseconds: the tenant's clock is known to the second. */
const OVERLAP_MS = 5_000;
/** The number of remembered events, to skip repeated ones. */
const MOST_SEEN = 10_000;

/**
 * Follows the system log from its construction on. An event counts as ours only when it matches a write we sent, in
 * object, call and time: others may share our credentials.
 */
export class ChangeLog {
  readonly #source: LogSource;
  readonly #clock: Clock;
  readonly #self: () => string | undefined;
  readonly #own: OwnWrites;
  readonly #seen = new Set<string>();
  /** Changes that are read and not judged: a poll broke off, or a write that may have caused them is under way. */
  #unjudged: LogEvent[] = [];
  #place: LogPlace | undefined;
  /** Where a read begins without a place, milliseconds since the epoch on our clock. */
  #begin: number;
  /** True once the tenant has forgotten an event: event ids are no reliable places then. */
  #goesByTime = false;
  /** True once an event of ours had our name: an event with another name is then foreign. */
  #isNamed = false;

  /** `self`: our own id as the tenant knows it, where it is known. */
  constructor(source: LogSource, clock: Clock, self: () => string | undefined) {
    this.#source = source;
    this.#clock = clock;
    this.#self = self;
    this.#own = new OwnWrites(clock);
    this.#begin = clock.now();
  }

  /** Notes a write of ours before it is sent. Returns the function that notes its end. */
  noteWrite(write: OutgoingWrite): (end: WriteEnd) => void {
    return this.#own.begin(write);
  }

  /** Reads new events. Throws when the log cannot be read; the next poll then returns the events read so far. */
  async poll(signal?: AbortSignal): Promise<Poll> {
    const behind = !(await this.#readOn(signal));
    return { changed: this.#judge(), behind };
  }

  /** False when events since the last read were skipped. */
  async #readOn(signal?: AbortSignal): Promise<boolean> {
    const startedAt = this.#clock.now();
    const from = this.#place ?? { since: this.#begin + this.#source.skewMs() - OVERLAP_MS };
    let page: string | undefined;
    for (let count = 0; count < MOST_LOG_PAGES; count += 1) {
      try {
        const { events, next } = await this.#source.read(from, page, signal);
        this.#take(events, startedAt);
        if (next === undefined) return true;
        page = next;
      } catch (error) {
        if (error instanceof PageTooLargeError) break;
        if (!(error instanceof PlaceLostError)) throw error;
        this.#goesByTime = true;
        this.#place = { since: from.since };
        return false;
      }
    }
    this.#place = undefined;
    this.#begin = startedAt;
    return false;
  }

  #take(events: readonly LogEvent[], startedAt: number): void {
    for (const event of events) {
      const since = this.#place?.since ?? Number.NEGATIVE_INFINITY;
      // Events without a timestamp move the place too, or they would be read again for ever.
      const at = event.at ?? Math.max(since, startedAt + this.#source.skewMs() - OVERLAP_MS);
      if (at >= since) {
        const isByTime = event.uid === '' || this.#goesByTime;
        this.#place = isByTime ? { since: at } : { uid: event.uid, since: at };
      }
      if (isChange(event) && !this.#isKnown(event)) this.#unjudged.push(event);
    }
  }

  /** Of several events that may be ours, the one with our name is. */
  #judge(): ReadonlyMap<string, Attribution> {
    const changed = new Map<string, Attribution>();
    const self = this.#self();
    const events = this.#unjudged;
    this.#unjudged = [];
    const bearsOurName = ({ actorId }: LogEvent): boolean => self !== undefined && actorId === self;
    const ours = events.filter(bearsOurName);
    const others = events.filter((event) => !bearsOurName(event));
    for (const event of [...ours, ...others]) {
      const at = event.at === undefined ? undefined : event.at - this.#source.skewMs();
      const isOther = this.#isNamed && event.actorId !== undefined && !bearsOurName(event);
      const verdict = isOther ? 'foreign' : this.#own.judge(event, at);
      if (verdict === 'ours' && bearsOurName(event)) this.#isNamed = true;
      if (verdict === 'underWay') this.#unjudged.push(event);
      if (verdict === 'foreign' || verdict === 'unsure') {
        note(changed, event, at ?? this.#clock.now(), verdict === 'foreign');
      }
    }
    return changed;
  }

  #isKnown(event: LogEvent): boolean {
    const { uid, at, operation, actor = '', ids } = event;
    // An event without uid and timestamp is not distinguishable from the next of its kind.
    if (uid === '' && at === undefined) return false;
    const print = uid === '' ? sha256([at, operation, actor, ...ids].join('\n')) : uid;
    if (this.#seen.has(print)) return true;
    this.#seen.add(print);
    const [oldest] = this.#seen;
    if (this.#seen.size > MOST_SEEN && oldest !== undefined) this.#seen.delete(oldest);
    return false;
  }
}

function note(changed: Map<string, Attribution>, event: LogEvent, at: number, isKnown: boolean): void {
  const actor = isKnown && event.actor !== undefined ? { actor: event.actor } : {};
  for (const id of event.ids) {
    if ((changed.get(id)?.at ?? Number.NEGATIVE_INFINITY) <= at) changed.set(id, { at, ...actor });
  }
}
