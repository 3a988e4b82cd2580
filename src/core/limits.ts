import type { Change } from './change.js';

/** The most changes of one sort in a rolling hour: a number, or a share (0 to 1) of what is managed. */
export type Limit = { readonly count: number } | { readonly share: number };

/** What limits count. */
export type Counted = 'creates' | 'updates' | 'adopts' | 'deletes';

/** Limits by sort of change; a sort without one is not limited. */
export type Limits = { readonly [Sort in Counted]?: Limit | undefined };

/** A change that was carried out. */
export interface Executed {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly sort: Counted;
  readonly key: string;
}

/** How far back limits count, milliseconds. */
export const LIMIT_WINDOW_MS = 60 * 60_000;

/** Shares mean something only of this many objects and more. */
const FEWEST_FOR_SHARES = 10;

/** The sort that a change counts as. */
export function sortOf({ action }: Change): Counted {
  return `${action}s`;
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

/** What a tally counts from. */
export interface TallyInput {
  readonly limits: Limits;
  /** What was carried out, or is about to be; older entries than an hour do not count. */
  readonly executed: readonly Executed[];
  /** Objects that are recorded or carry our marks. */
  readonly managed: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** A limit that leaves no room. */
export interface Exhausted {
  readonly sort: Counted;
  /** How many changes of the sort one hour may see. */
  readonly most: number;
  /** When the first of what was counted is an hour old, milliseconds since the epoch; missing where nothing was. */
  readonly freeAt?: number;
}

/** Counts the objects that were changed in the last hour by the sort of change. An object counts once. */
export class Tally {
  readonly #input: TallyInput;
  /** Keys by sort, with the time of the change. */
  readonly #counted = new Map<Counted, Map<string, number>>();

  constructor(input: TallyInput) {
    this.#input = input;
    for (const { sort, key, at } of input.executed) {
      if (input.now - at < LIMIT_WINDOW_MS) this.#keysOf(sort).set(key, at);
    }
  }

  /** Counts a change that may be made whatever the limits say. */
  count(change: Change): void {
    const keys = this.#keysOf(sortOf(change));
    if (!keys.has(change.key)) keys.set(change.key, this.#input.now);
  }

  /** Counts a change and gives nothing; or, where there is no room for it, counts nothing and gives the limit. */
  take(change: Change): Exhausted | undefined {
    const exhausted = this.#withoutRoom(sortOf(change), change.key);
    if (exhausted === undefined) this.count(change);
    return exhausted;
  }

  #withoutRoom(sort: Counted, key: string): Exhausted | undefined {
    const most = allowance(this.#input.limits[sort], this.#input.managed);
    const keys = this.#keysOf(sort);
    if (most === undefined || keys.has(key) || keys.size < most) return undefined;
    const times = [...keys.values()].filter((at) => at < this.#input.now);
    return {
      sort,
      most,
      ...(times.length === 0 ? {} : { freeAt: Math.min(...times) + LIMIT_WINDOW_MS }),
    };
  }

  #keysOf(sort: Counted): Map<string, number> {
    const keys = this.#counted.get(sort) ?? new Map<string, number>();
    this.#counted.set(sort, keys);
    return keys;
  }
}
