import { z } from 'zod';
import { LONGEST_DURATION, parseDuration } from '../core/duration.js';

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
          ? `Must be a span of time such as 200ms, 30s, 10m or 1h30m, ${LONGEST_DURATION} at most.`
          : `Must be at least ${least}.`;
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    })
    .meta({ type: 'duration' });
}
