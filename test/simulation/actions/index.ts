import type { Action } from './action.js';
import { definitionActions, firstActions } from './definitions.js';
import { networkActions } from './network.js';
import { processActions } from './processes.js';
import { tenantActions } from './tenant.js';

/** Everything that may be done to a world. A new file of actions is one line here. */
export const actions: readonly Action[] = [
  ...definitionActions,
  ...tenantActions,
  ...networkActions,
  ...processActions,
];

export { firstActions };
