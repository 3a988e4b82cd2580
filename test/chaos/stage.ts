import type { Random } from '../model/random.js';
import type { Folder } from './folder.js';
import type { Processes } from './processes.js';
import type { Tenant } from './tenant.js';
import type { World } from './world.js';

/** Everything that an action uses. */
export interface Stage {
  readonly random: Random;
  readonly world: World;
  readonly tenant: Tenant;
  readonly folder: Folder;
  readonly processes: Processes;
}

/** One thing that somebody does. Gives a line that says what was done; undefined where nothing was. */
export type Action = (stage: Stage) => Promise<string | undefined>;
