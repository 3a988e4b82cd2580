import type { Clock } from './clock.js';
import type { Lookup } from './kind.js';

/** Found names are asked again after this long, milliseconds. What was not found is asked again every time. */
const FRESH_MS = 10 * 60_000;

interface Entry {
  readonly at: number;
  readonly values: readonly unknown[];
}

/** The same lookup, asking only for keys it does not remember. Only unambiguous answers are remembered. */
export function cached(lookup: Lookup, clock: Clock): Lookup {
  const known = new Map<string, Entry>();
  return {
    name: lookup.name,
    noun: lookup.noun,
    names: (ids, signal) => lookup.names(ids, signal),
    async find(keys, signal) {
      const now = clock.now();
      const isKnown = (key: string): boolean =>
        now - (known.get(key)?.at ?? Number.NEGATIVE_INFINITY) < FRESH_MS;
      const missing = new Set([...keys].filter((key) => !isKnown(key)));
      const found = missing.size === 0 ? new Map() : await lookup.find(missing, signal);
      for (const [key, values] of found) if (values.length === 1) known.set(key, { at: now, values });
      return new Map(
        [...keys].map((key) => [
          key,
          missing.has(key) ? (found.get(key) ?? []) : (known.get(key)?.values ?? []),
        ]),
      );
    },
  };
}
