import path from 'node:path';

/** The root of this repository. */
export const root = path.resolve(import.meta.dirname, '../..');
