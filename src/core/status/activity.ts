import type { HistoryEntry } from './history.js';
import { actionOf } from './history-words.js';
import { ACTIVITIES, type ActivityBucket, type ActivitySort, type ActivityView } from './views.js';

const HOUR_MS = 3_600_000;
const HOURS = 24;
const DAYS = 7;
/** Hours before these are in no view. */
const KEPT = HOURS * (DAYS + 1);

type Counts = Record<ActivitySort, number>;

/** Counts the entries of a history by hour, as they come. Its size does not grow with the history. */
export class Activity {
  /** By hours since the epoch. */
  readonly #hours = new Map<number, Counts>();

  /** Counts an entry; entries may come in any order. */
  count(entry: HistoryEntry): void {
    const sort = sortOf(entry);
    if (sort === undefined) return;
    const hour = Math.floor(Date.parse(entry.at) / HOUR_MS);
    const counts = this.#hours.get(hour) ?? none();
    counts[sort] += 1;
    this.#hours.set(hour, counts);
    if (this.#hours.size > KEPT) this.#prune();
  }

  #prune(): void {
    const first = Math.max(...this.#hours.keys()) - KEPT;
    for (const hour of this.#hours.keys()) if (hour <= first) this.#hours.delete(hour);
  }

  /** The counts at a time of day, milliseconds since the epoch. */
  view(now: number): ActivityView {
    const hour = Math.floor(now / HOUR_MS);
    const day = Math.floor(hour / HOURS);
    return {
      hours: lastOf(HOURS, hour).map((each) => this.#bucket(each, 1)),
      days: lastOf(DAYS, day).map((each) => this.#bucket(each * HOURS, HOURS)),
    };
  }

  #bucket(hour: number, length: number): ActivityBucket {
    const counts = none();
    for (let each = hour; each < hour + length; each += 1) {
      const found = this.#hours.get(each);
      if (found !== undefined) for (const sort of ACTIVITIES) counts[sort] += found[sort];
    }
    return { at: new Date(hour * HOUR_MS).toISOString(), counts };
  }
}

function none(): Counts {
  return { changes: 0, reverts: 0, holds: 0, failures: 0 };
}

/** The numbers up to `last`, as many as `length`. */
function lastOf(length: number, last: number): readonly number[] {
  return Array.from({ length }, (_, index) => last - length + 1 + index);
}

function sortOf(entry: HistoryEntry): ActivitySort | undefined {
  // It names the author of a revert that was counted.
  if (entry.event === 'attributed') return undefined;
  switch (actionOf(entry)) {
    case 'create':
    case 'update':
    case 'adopt':
    case 'delete':
      return 'changes';
    case 'revert':
      return 'reverts';
    case 'held':
      return 'holds';
    case 'failed':
      return 'failures';
    default:
      return undefined;
  }
}
