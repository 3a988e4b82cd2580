import { z } from 'zod';

/** The check of a text that may not be empty. `what` says what it stands for. */
export const text = (what = 'a value') =>
  z.string().min(1, `Must not be empty: write ${what}, or leave the line out.`);
/** The check of a path, which is made absolute afterwards. */
export const filePath = () => text('a path').meta({ type: 'path' });
/** The check of a text that nothing may show. */
export const secretText = () =>
  text('it in quotes, take it from { valueFrom: ... }').meta({ type: 'secret' });
