import { always as basics } from './always.js';
import type { Invariant } from './invariant.js';
import { limitInvariants } from './limits.js';
import { recordInvariants } from './records.js';
import { atRest as converged } from './rest.js';

/** What must hold at every moment. A new file of invariants is one line here. */
export const always: readonly Invariant[] = [...basics, ...limitInvariants];

/** What must hold once nothing has disturbed the world for a while. */
export const atRest: readonly Invariant[] = [...converged, ...recordInvariants];
