import { z } from 'zod';

/** The check of a text that may not be empty. */
export const text = () => z.string().min(1);
/** The check of a path, which is made absolute afterwards. */
export const filePath = () => text().meta({ type: 'path' });
/** The check of a text that nothing may show. */
export const secretText = () => text().meta({ type: 'secret' });
