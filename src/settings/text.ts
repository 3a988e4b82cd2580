import { z } from 'zod';
import { Secret } from '../core/model/secret.js';

/** The check of a text that may not be empty. `what` is its noun in the error message. */
export const text = (what = 'a value') =>
  z.string().min(1, `Must not be empty: write ${what}, or leave the line out.`);
/** The check of a path, which is made absolute afterwards. */
export const filePath = () => text('a path').meta({ type: 'path' });
/** The check of a secret text; `refined` may add conditions. */
export const secretText = (refined = (schema: z.ZodString): z.ZodString => schema) =>
  refined(text('it in quotes, take it from { valueFrom: ... }'))
    .transform((value) => new Secret(value, 'settings'))
    .meta({ type: 'secret' });
