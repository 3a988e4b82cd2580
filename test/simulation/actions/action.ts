import type { Random } from '../../model/random.js';
import type { World } from '../world.js';

/** One thing that somebody may do, with what it takes to do the same again in a replay. */
export interface Action {
  readonly name: string;
  /** The heavier, the likelier. */
  readonly weight: number;
  /** Chooses what to do it to, in plain JSON; undefined where there is nothing to do it to. Changes nothing. */
  readonly propose: (world: World, random: Random) => unknown;
  /** Does it. Parameters that fit the world no longer, since earlier steps were left out, do nothing. */
  readonly run: (world: World, params: unknown) => Promise<void>;
}

/** Makes an action of which `propose` and `run` agree on the parameters. */
export function action<P>(given: {
  readonly name: string;
  readonly weight: number;
  readonly propose: (world: World, random: Random) => P | undefined;
  readonly run: (world: World, params: P) => Promise<void> | void;
}): Action {
  return { ...given, run: async (world, params) => given.run(world, params as P) };
}
