import type { Held, Standing } from './change.js';
import { partsOf } from './definition.js';

/** The standing of an object by its key. `more`: what is known of it beside its status. */
export function standingOf(
  key: string,
  { status, reason, remedies }: Pick<Held, 'status' | 'reason' | 'remedies'>,
  more: Partial<Standing> = {},
): Standing {
  return { key, ...partsOf(key), status, reason, remedies, unverified: false, facts: {}, ...more };
}
