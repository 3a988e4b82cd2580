/** What c1sync is to do with an object: keep it in line, or why not. */
export type Fate = 'managed' | 'takenOver' | 'gone' | 'configHeld';

/**
 * What the product answers to what people do in the tenant. Everything that depends on it is in this file: another mode
 * of taking over, pruning or recreating changes these lines and nothing else.
 */
export const answers = {
  /** An edit of an app in the web app takes its marks off: c1sync yields. */
  webEditOfApp: 'takenOver',
  /** Connectors carry no marks: an edit in the web app is drift like any other. */
  webEditOfConnector: 'managed',
  /** An object that was deleted in the tenant is not made anew. */
  deletion: 'gone',
  /** A configuration that somebody else wrote is not written over until its secret changes. */
  foreignConfig: 'configHeld',
} as const satisfies Readonly<Record<string, Fate>>;

/** How a plan names where an object of each fate stands. */
export const statuses: Readonly<Record<Fate, string>> = {
  managed: 'Synced',
  takenOver: 'TakenOver',
  gone: 'Gone',
  configHeld: 'Held',
};

/** True where what is under an app shares the app's fate. */
export function passesOn(fate: Fate): boolean {
  return fate === 'takenOver' || fate === 'gone';
}
