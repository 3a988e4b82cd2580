import type { Invariant } from './invariant.js';
import { recordInvariants } from './records.js';
import { atRest as converged } from './rest.js';

export { always } from './always.js';

/** What must hold once nothing has disturbed the world for a while. */
export const atRest: readonly Invariant[] = [...converged, ...recordInvariants];
