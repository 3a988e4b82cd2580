import type { Clock } from '../model/clock.js';
import { messageOf } from '../model/errors.js';
import type { Lookup } from '../model/kind.js';
import { putNewest } from '../model/newest.js';

/** A found name is looked up again after this long, milliseconds; a missing one every time. */
const FRESH_MS = 10 * 60_000;
/** Names that are cached at most: more than any load has. */
const MOST_NAMES = 50_000;

interface Entry {
  readonly at: number;
  readonly values: readonly unknown[];
}

/** A lookup failed for some of its keys; `values` has the cached answers for the others. */
export class PartlyFound extends Error {
  override readonly name = 'PartlyFound';
  readonly values: ReadonlyMap<string, readonly unknown[]>;

  constructor(cause: unknown, values: ReadonlyMap<string, readonly unknown[]>) {
    super(messageOf(cause), { cause });
    this.values = values;
  }
}

/** The same lookup with a cache of unambiguous answers, the newest of them. Throws {@link PartlyFound}. */
export function cached(lookup: Lookup, clock: Clock): Lookup {
  const known = new Map<string, Entry>();
  const titles = new Map<string, { readonly at: number; readonly title: string | undefined }>();
  return {
    name: lookup.name,
    noun: lookup.noun,
    names: (ids, signal) => lookup.names(ids, signal),
    async titles(ids, signal) {
      const now = clock.monotonic();
      const missing = new Set(
        [...ids].filter((id) => now - (titles.get(id)?.at ?? Number.NEGATIVE_INFINITY) >= FRESH_MS),
      );
      if (missing.size > 0) {
        const found = await lookup.titles(missing, signal);
        for (const id of missing) putNewest(titles, id, { at: now, title: found.get(id) }, MOST_NAMES);
      }
      return new Map(
        [...ids].flatMap((id): [string, string][] => {
          const title = titles.get(id)?.title;
          return title === undefined ? [] : [[id, title]];
        }),
      );
    },
    nearest: (name) => lookup.nearest?.(name),
    wrongPart: (name) => lookup.wrongPart?.(name),
    async find(keys, signal) {
      const now = clock.monotonic();
      const isKnown = (key: string): boolean =>
        now - (known.get(key)?.at ?? Number.NEGATIVE_INFINITY) < FRESH_MS;
      const missing = new Set([...keys].filter((key) => !isKnown(key)));
      const remembered = new Map(
        [...keys].filter(isKnown).map((key) => [key, known.get(key)?.values ?? []] as const),
      );
      if (missing.size === 0) return remembered;
      const found = await lookup.find(missing, signal).catch((error: unknown) => {
        throw new PartlyFound(error, remembered);
      });
      for (const [key, values] of found) {
        if (values.length === 1) putNewest(known, key, { at: now, values }, MOST_NAMES);
      }
      return new Map([...remembered, ...[...missing].map((key) => [key, found.get(key) ?? []] as const)]);
    },
  };
}
