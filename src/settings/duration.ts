import { z } from 'zod';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads `200ms`, `10m`, `1h30m`. Gives milliseconds, or undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * (UNITS[unit ?? ''] ?? 0);
  }
  return Math.round(total);
}

/** The check of a span of time, which it turns into milliseconds. `least` is a span too. */
export function duration(least = '0ms') {
  const minimum = parseDuration(least) ?? 0;
  return z
    .string()
    .transform((text, context) => {
      const ms = parseDuration(text);
      if (ms !== undefined && ms >= minimum) return ms;
      const message =
        ms === undefined
          ? 'Must be a span of time such as 200ms, 30s, 10m or 1h30m.'
          : `Must be at least ${least}.`;
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    })
    .meta({ type: 'duration' });
}
