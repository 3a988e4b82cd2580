/** What c1sync is to do with an object: keep it in line, or why not. */
export type Fate = 'managed' | 'takenOver' | 'gone' | 'configHeld' | 'suspended' | 'foreign';

/** How a plan names where an object of each fate stands. */
export const statuses: Readonly<Record<Fate, string>> = {
  managed: 'Synced',
  takenOver: 'TakenOver',
  gone: 'Gone',
  configHeld: 'Held',
  suspended: 'Suspended',
  foreign: 'ForeignOwner',
};

/** True where what is under an app shares the app's fate. */
export function passesOn(fate: Fate): boolean {
  return fate !== 'managed' && fate !== 'configHeld';
}
