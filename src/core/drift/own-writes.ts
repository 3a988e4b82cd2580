import type { Clock } from '../model/clock.js';
import type { Effect } from '../model/errors.js';
import type { LogEvent } from '../model/system-log.js';

/** A write of ours that is about to be sent. */
export interface OutgoingWrite {
  /** The API's name of the call. */
  readonly operation: string;
  /** The object's id; missing for a create. */
  readonly id?: string | undefined;
}

/** The end of a write. */
export interface WriteEnd {
  /** `done`, or the possible effect of a failed write. */
  readonly effect: 'done' | Effect;
  /** The id of a created object. */
  readonly id?: string | undefined;
}

/**
 * The author of an event. `unsure`: perhaps a write of ours whose answer was lost. `underWay`: perhaps a write that is not
 * answered yet, to be judged later.
 */
export type Verdict = 'ours' | 'unsure' | 'underWay' | 'foreign';

interface Entry {
  readonly operation: string;
  readonly id?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly from: number;
  /** Missing while the write is under way. */
  readonly until?: number;
  readonly isSure: boolean;
}

/** The largest difference in time of an event and its write, milliseconds: the tenant's clock is known to the second. */
const TOLERANCE_MS = 5_000;
/** A write whose answer was lost may be carried out this much later, milliseconds. */
const LATE_MS = 5 * 60_000;
/** Writes are remembered this long, milliseconds. */
const REMEMBER_MS = 15 * 60_000;

/** Remembers sent writes, to distinguish their events in the log from those of others. */
export class OwnWrites {
  readonly #clock: Clock;
  #entries: Entry[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes a write before it is sent. Returns the function that notes its end. */
  begin({ operation, id }: OutgoingWrite): (end: WriteEnd) => void {
    this.#forgetOld();
    const from = this.#clock.now();
    const entry: Entry = { operation, id, from, isSure: false };
    this.#entries.push(entry);
    return (end) => {
      const until = this.#clock.now() + (end.effect === 'done' ? 0 : LATE_MS);
      const ended: Entry = { operation, id: end.id ?? id, from, until, isSure: end.effect === 'done' };
      const index = this.#entries.indexOf(entry);
      // A write without effect has no event.
      if (end.effect === 'none') this.#entries.splice(index, 1);
      else this.#entries.splice(index, 1, ended);
    };
  }

  /**
   * Judges an event by object, call and time; `at` is its time on our clock, where it has one. Each write accounts for one
   * event.
   */
  judge(event: LogEvent, at: number | undefined): Verdict {
    const fitting = this.#entries.filter((entry) => fits(entry, event, at));
    const entry =
      fitting.find(({ isSure }) => isSure) ?? fitting.find(({ until }) => until === undefined) ?? fitting[0];
    if (entry === undefined) return 'foreign';
    if (entry.until === undefined) return 'underWay';
    this.#entries.splice(this.#entries.indexOf(entry), 1);
    return entry.isSure ? 'ours' : 'unsure';
  }

  #forgetOld(): void {
    const oldest = this.#clock.now() - REMEMBER_MS;
    if ((this.#entries[0]?.from ?? oldest) >= oldest) return;
    this.#entries = this.#entries.filter(({ until = oldest }) => until >= oldest);
  }
}

function fits(entry: Entry, { operation, ids }: LogEvent, at: number | undefined): boolean {
  const isSameCall = operation === entry.operation;
  // Without an id only the call is comparable.
  const isSameObject =
    entry.id === undefined ? isSameCall : ids.includes(entry.id) && (isSameCall || operation === '');
  if (!isSameObject) return false;
  if (at === undefined) return true;
  const { from, until = Number.POSITIVE_INFINITY } = entry;
  return at >= from - TOLERANCE_MS && at <= until + TOLERANCE_MS;
}
