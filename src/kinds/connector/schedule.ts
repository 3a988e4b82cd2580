import { z } from 'zod';
import { parseCron } from '../../text/cron.js';
import { asObject, asText } from '../../text/shape.js';

const UTC = 'UTC';

/** The schedule of a connector: a cron expression in a time zone; `{}` for none. */
export const scheduleSchema = z
  .strictObject({
    cron: z
      .string()
      .refine(isCron, 'Is not a cron expression: give five fields, such as "0 */6 * * *".')
      .optional()
      .meta({ description: 'Cron expression of five fields.', examples: ['0 */6 * * *'] }),
    timezone: z
      .string()
      .refine(isTimezone, 'Is not an IANA time zone: give a name such as Europe/Berlin or UTC.')
      .optional()
      .meta({ description: 'IANA time zone; UTC if omitted.', examples: ['Europe/Berlin'] }),
  })
  .refine(({ cron, timezone }) => cron !== undefined || timezone === undefined, {
    path: ['cron'],
    message: 'Is missing: a time zone needs a cron expression beside it; {} clears the schedule.',
  });

/** The parser accepts missing fields, and so would accept "5". */
function isCron(expression: string): boolean {
  const count = expression.trim().split(/\s+/).length;
  if (count !== 5 && count !== 6 && !expression.startsWith('@')) return false;
  try {
    parseCron(expression);
    return true;
  } catch {
    return false;
  }
}

/** Node also accepts offsets such as `+02:00`, which are no names. */
function isTimezone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** The normalised schedule: `{ cron, timezone }`, or `{}` for none. Accepts the names of the API too. */
export function normaliseSchedule(value: unknown): Record<string, string> {
  const { cron, cronSpec, timezone } = asObject(value);
  const expression = asText(cron ?? cronSpec);
  return expression === '' ? {} : { cron: expression, timezone: asText(timezone) || UTC };
}

/** The body of the call that sets a normalised schedule; without `cron` it clears the schedule. */
export function scheduleToWire(value: unknown): Record<string, unknown> {
  const { cron, timezone } = asObject(value);
  return cron === undefined ? {} : { cron: { cronSpec: cron, timezone } };
}
