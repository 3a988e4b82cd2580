import type { Change } from '../model/change.js';
import { type Counted, EACH_TIME, type Executed, LIMIT_WINDOW_MS } from '../model/decision.js';

/** The most changes of one sort in a rolling hour: a number, or a share (0 to 1) of what is managed. */
export type Limit = { readonly count: number } | { readonly share: number };

/** Limits by sort of change; a sort without one is not limited. */
export type Limits = { readonly [Sort in Counted]?: Limit | undefined };

/** Shares mean something only of this many objects and more. */
const FEWEST_FOR_SHARES = 10;

/** The sort that a change counts as. */
export function sortOf({ action }: Change): Counted {
  return `${action}s`;
}

/**
 * False for a change that sends nothing, as the rename of an object without marks: limits guard the tenant. An adoption
 * counts all the same, since what is adopted may be changed and deleted from then on.
 */
export function isCounted({ action, writes }: Change): boolean {
  return action === 'adopt' || writes.length > 0;
}

/** How many changes of a sort one hour may see; undefined for any number. A share allows one change at least. */
export function allowance(limit: Limit | undefined, managed: number): number | undefined {
  if (limit === undefined) return undefined;
  if ('count' in limit) return limit.count;
  if (managed < FEWEST_FOR_SHARES) return undefined;
  // Whole percents, since 0.29 * 100 is a little less than 29.
  const share = Math.floor((Math.round(limit.share * 100) * managed) / 100);
  return limit.share === 0 ? 0 : Math.max(1, share);
}

/** Changes that were begun, read only where they are counted; entries older than an hour do not count. */
export type Begun = Iterable<Executed> & {
  /** How many there are, at most. */
  readonly length: number;
};

/** The changes and limits that a tally starts from. */
export interface TallyInput {
  readonly limits: Limits;
  readonly executed: Begun;
  /** Changes that an earlier plan admitted and that have not begun: the same change of this plan is not counted twice. */
  readonly reserved?: readonly Executed[];
  /** Objects that are recorded or carry our marks. */
  readonly managed: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** A limit that is reached. */
export interface Exhausted {
  readonly sort: Counted;
  /** How many changes of the sort one hour may see. */
  readonly most: number;
  /** When the first of what was counted is an hour old, milliseconds since the epoch; missing where nothing was. */
  readonly freeAt?: number | undefined;
}

/** True where a change cannot reach its limit, however its predecessors count. */
export function hasRoom(
  change: Change,
  { limits, managed, executed }: Pick<TallyInput, 'limits' | 'managed' | 'executed'>,
): boolean {
  const most = allowance(limits[sortOf(change)], managed);
  return most === undefined || executed.length < most;
}

/** The counts of one sort of change. */
interface Count {
  /** Times of counted changes: by key for a sort that counts an object once, by number for the others. */
  readonly taken: Map<string | number, number>;
  /** Keys whose next change is not counted: they were changed within the limit, or are reserved. */
  readonly within: Set<string>;
}

/**
 * Counts changes of the last hour by sort: deletions and creations each time, updates and adoptions once an object.
 * An approved change counts like any other, but the next change of its object counts again.
 */
export class Tally {
  readonly #input: TallyInput;
  readonly #counts = new Map<Counted, Count>();

  constructor(input: TallyInput) {
    this.#input = input;
    for (const executed of input.executed) {
      if (input.now - executed.at < LIMIT_WINDOW_MS) this.#add(executed);
    }
    for (const { sort, key, at, approved } of input.reserved ?? []) {
      this.#add({ sort, key, at, approved: true });
      if (approved === undefined || EACH_TIME.has(sort)) this.#countOf(sort).within.add(key);
    }
  }

  /** Counts a change that the limits do not hold. */
  count(change: Change): void {
    if (!isCounted(change) || this.#countOf(sortOf(change)).within.has(change.key)) return;
    this.#add({ sort: sortOf(change), key: change.key, at: this.#input.now, approved: true });
  }

  /** Counts a change and gives undefined; where its limit is reached, counts nothing and gives the limit. */
  take(change: Change): Exhausted | undefined {
    const sort = sortOf(change);
    if (!isCounted(change) || this.#countOf(sort).within.has(change.key)) return undefined;
    const exhausted = this.#exhausted(sort);
    if (exhausted === undefined) this.#add({ sort, key: change.key, at: this.#input.now });
    return exhausted;
  }

  #add({ sort, key, at, approved }: Executed): void {
    const { taken, within } = this.#countOf(sort);
    const name = EACH_TIME.has(sort) ? taken.size : key;
    taken.set(name, Math.max(at, taken.get(name) ?? at));
    if (approved === undefined && !EACH_TIME.has(sort)) within.add(key);
  }

  #exhausted(sort: Counted): Exhausted | undefined {
    const most = allowance(this.#input.limits[sort], this.#input.managed);
    const { taken } = this.#countOf(sort);
    if (most === undefined || taken.size < most) return undefined;
    const times = [...taken.values()].filter((at) => at < this.#input.now);
    return {
      sort,
      most,
      freeAt: times.length === 0 ? undefined : Math.min(...times) + LIMIT_WINDOW_MS,
    };
  }

  #countOf(sort: Counted): Count {
    const count = this.#counts.get(sort) ?? { taken: new Map(), within: new Set() };
    this.#counts.set(sort, count);
    return count;
  }
}
