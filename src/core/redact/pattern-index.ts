/** Patterns that begin alike. */
interface Bucket {
  /** How often each was added. */
  readonly counts: Map<string, number>;
  /** Built on demand, undefined after a change. */
  compiled: Compiled | undefined;
}

interface Compiled {
  /** In the order of their characters. */
  readonly sorted: readonly string[];
  /** Where in `sorted` the longest other pattern is that this one begins with; -1 for none. */
  readonly shorter: Int32Array;
  readonly longest: number;
}

const FILTER_BITS = 16;

/**
 * Finds any of many texts in another one. The time of a search depends on the text, not on the number of patterns; the cost
 * of a change depends on the patterns with the same beginning.
 */
export class PatternIndex {
  readonly #start: number;
  readonly #buckets = new Map<string, Bucket>();
  /** Possible beginnings of patterns: a filter, since most places of a text begin none. */
  readonly #filter = new Uint8Array(1 << FILTER_BITS);

  /** `start`: no pattern is shorter than this. */
  constructor(start: number) {
    this.#start = start;
  }

  /** Adds a pattern once more. */
  add(pattern: string): void {
    const start = pattern.slice(0, this.#start);
    const bucket = this.#buckets.get(start) ?? { counts: new Map<string, number>(), compiled: undefined };
    this.#buckets.set(start, bucket);
    this.#filter[this.#hash(pattern, 0)] = 1;
    const count = bucket.counts.get(pattern) ?? 0;
    bucket.counts.set(pattern, count + 1);
    if (count === 0) bucket.compiled = undefined;
  }

  /** Reverses one {@link add} of a pattern. */
  remove(pattern: string): void {
    const start = pattern.slice(0, this.#start);
    const bucket = this.#buckets.get(start);
    const count = bucket?.counts.get(pattern);
    if (bucket === undefined || count === undefined) return;
    if (count > 1) {
      bucket.counts.set(pattern, count - 1);
      return;
    }
    bucket.counts.delete(pattern);
    bucket.compiled = undefined;
    if (bucket.counts.size === 0) this.#buckets.delete(start);
  }

  /** The places of patterns, from start to end: the longest at each place, without those inside it. */
  find(text: string): readonly (readonly [start: number, end: number])[] {
    const found: (readonly [number, number])[] = [];
    let end = 0;
    for (let at = 0; at + this.#start <= text.length; at += 1) {
      if (this.#filter[this.#hash(text, at)] === 0) continue;
      const length = this.#longestAt(text, at);
      if (length === 0 || at + length <= end) continue;
      end = at + length;
      found.push([at, end]);
    }
    return found;
  }

  #hash(text: string, at: number): number {
    let hash = 0;
    for (let index = at; index < at + this.#start; index += 1) {
      hash = Math.imul(hash, 0x9e37) + text.charCodeAt(index);
    }
    return (hash ^ (hash >>> FILTER_BITS)) & ((1 << FILTER_BITS) - 1);
  }

  #longestAt(text: string, at: number): number {
    const bucket = this.#buckets.get(text.slice(at, at + this.#start));
    if (bucket === undefined) return 0;
    bucket.compiled ??= compile([...bucket.counts.keys()]);
    const { sorted, shorter, longest } = bucket.compiled;
    const rest = text.slice(at, at + longest);
    // Every pattern that the rest begins with is the one right before it in order, or begins that one.
    let index = lastUpTo(sorted, rest);
    const common = commonLength(sorted[index] ?? '', rest);
    for (; index >= 0; index = shorter[index] ?? -1) {
      const length = sorted[index]?.length ?? 0;
      if (length <= common) return length;
    }
    return 0;
  }
}

function compile(patterns: string[]): Compiled {
  const sorted = patterns.sort((a, b) => (a < b ? -1 : 1));
  const shorter = new Int32Array(sorted.length).fill(-1);
  const open: number[] = [];
  let longest = 0;
  for (const [index, pattern] of sorted.entries()) {
    while (open.length > 0 && !pattern.startsWith(sorted[open.at(-1) ?? 0] ?? '')) open.pop();
    shorter[index] = open.at(-1) ?? -1;
    open.push(index);
    longest = Math.max(longest, pattern.length);
  }
  return { sorted, shorter, longest };
}

/** The index of the last text that is not after `text` in order; -1 for none. */
function lastUpTo(sorted: readonly string[], text: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? '') <= text) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function commonLength(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a.charCodeAt(length) === b.charCodeAt(length)) length += 1;
  return length;
}
