import type { Random } from '../model/random.js';
import type { Folder } from './folder.js';
import type { Processes } from './processes.js';
import type { Tenant } from './tenant.js';
import type { World } from './world.js';

/** Everything that an action may lay hands on. */
export interface Stage {
  readonly random: Random;
  readonly world: World;
  readonly tenant: Tenant;
  readonly folder: Folder;
  readonly processes: Processes;
  /** Starts the daemon. */
  readonly start: () => void;
  /** Runs a command of c1sync on the same settings. Throws where it does not succeed. */
  readonly command: (...args: string[]) => Promise<string>;
  /** How much may follow from what was done in this round: writing calls that the daemon may be excused for. */
  excuse: number;
  /** When this round began, milliseconds since the epoch. */
  roundBegan: number;
  /** True when a broken call may still be carried out later. */
  commitsLate: boolean;
  /** False where nobody has the time to wait for creates that were lost without a trace. */
  readonly losesCreates: boolean;
}

/**
 * One thing that somebody does. Gives a line that tells of it; undefined where there is nothing to do it to, and then
 * nothing was done.
 */
export type Action = (stage: Stage) => Promise<string | undefined>;
