import type { Settings } from './settings.js';

const treatments: Readonly<Record<Settings['names'], (name: string) => string>> = {
  kept: (name) => name,
  trimmed: (name) => name.trim().replace(/\s+/g, ' '),
  folded: (name) => name.normalize('NFC').toLowerCase(),
};

/** The stored form of a display name. */
export function keptName(name: string, { names }: Settings): string {
  return treatments[names](name);
}
