import type { Settings } from './settings.js';

const treatments: Readonly<Record<Settings['names'], (name: string) => string>> = {
  kept: (name) => name,
  trimmed: (name) => name.trim().replace(/\s+/g, ' '),
  folded: (name) => name.normalize('NFC').toLowerCase(),
};

/** A display name as the tenant keeps the one it was sent. */
export function keptName(name: string, { names }: Settings): string {
  return treatments[names](name);
}
