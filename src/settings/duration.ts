import { z } from 'zod';
import { LONGEST_DURATION, parseDuration } from '../text/duration.js';

/** The error message for a value of another form; none for a missing value. */
export function wrongForm(allowed: string): (issue: { readonly input?: unknown }) => string | undefined {
  return ({ input }) => (input === undefined || input === null ? undefined : `Must be ${allowed}.`);
}

/** The description of a valid duration. */
export function spanText(least: string): string {
  const from = parseDuration(least) === 0 ? '' : `at least ${least} and `;
  return `a span of time such as 200ms, 30s, 10m or 1h30m, ${from}${LONGEST_DURATION} at most`;
}

/** The check of a duration; its result is milliseconds. `least` is a duration, too. */
export function duration(least = '0ms') {
  const minimum = parseDuration(least) ?? 0;
  return z
    .string({ error: wrongForm(spanText(least)) })
    .transform((text, context) => {
      const ms = parseDuration(text);
      if (ms !== undefined && ms >= minimum) return ms;
      context.addIssue({ code: 'custom', message: `Must be ${spanText(least)}.` });
      return z.NEVER;
    })
    .meta({ type: 'duration' });
}
