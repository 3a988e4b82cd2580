const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The longest duration that {@link parseDuration} accepts, for messages: its end is still a valid date. */
export const LONGEST_DURATION = 'ten years';
const LONGEST_MS = 3660 * 86_400_000;

/** Parses `200ms`, `10m`, `1h30m` to milliseconds. Undefined for any other text and for longer durations. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * (UNITS[unit ?? ''] ?? 0);
  }
  return total > LONGEST_MS ? undefined : Math.round(total);
}
