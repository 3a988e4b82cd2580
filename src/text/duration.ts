const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The longest span that {@link parseDuration} reads, for messages: a later end would be no valid date. */
export const LONGEST_DURATION = 'ten years';
const LONGEST_MS = 3660 * 86_400_000;

/** Reads `200ms`, `10m`, `1h30m`. Gives milliseconds, or undefined for any other text and for longer spans. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * (UNITS[unit ?? ''] ?? 0);
  }
  return total > LONGEST_MS ? undefined : Math.round(total);
}
