import type { Action } from './action.js';
import { clockActions } from './clock.js';
import { commandActions } from './commands.js';
import { definitionActions, firstActions } from './definitions.js';
import { editActions } from './edits.js';
import { folderActions } from './folder.js';
import { machineActions } from './machine.js';
import { networkActions } from './network.js';
import { peopleActions } from './people.js';
import { processActions } from './processes.js';
import { refusalActions } from './refusals.js';
import { rivalActions } from './rivals.js';
import { secretActions } from './secrets.js';
import { sourceActions } from './sources.js';
import { stopActions } from './stops.js';
import { tenantActions } from './tenant.js';
import { traitActions } from './traits.js';

/** Everything that may be done to a world. A new file of actions is one line here. */
export const actions: readonly Action[] = [
  ...definitionActions,
  ...tenantActions,
  ...networkActions,
  ...processActions,
  ...stopActions,
  ...machineActions,
  ...clockActions,
  ...commandActions,
  ...peopleActions,
  ...editActions,
  ...folderActions,
  ...traitActions,
  ...refusalActions,
  ...rivalActions,
  ...secretActions,
  ...sourceActions,
];

export { firstActions };
