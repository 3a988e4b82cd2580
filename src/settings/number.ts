import { z } from 'zod';
import { wrongForm } from './duration.js';

/** The check of a number of at least `from`. */
export function number(from: number) {
  const allowed = `a number from ${from}`;
  return z.number({ error: wrongForm(allowed) }).min(from, `Must be ${allowed}.`);
}

/** The check of a whole number; without `to` it has no upper limit. */
export function whole(from: number, to?: number) {
  const allowed = `a whole number from ${from}${to === undefined ? '' : ` to ${to}`}`;
  const check = z.int({ error: wrongForm(allowed) }).min(from, `Must be ${allowed}.`);
  return to === undefined ? check : check.max(to, `Must be ${allowed}.`);
}

/** The check of true or false. */
export const yesOrNo = () => z.boolean({ error: wrongForm('true or false') });
