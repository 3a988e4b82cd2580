/** Everything that must hold. A new file of invariants is one line here. */
export { always } from './always.js';
export { atRest } from './rest.js';
