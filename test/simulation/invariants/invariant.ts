import type { World } from '../world.js';

/** Something that must hold in every world. */
export interface Invariant {
  readonly name: string;
  /** What is wrong, one line each; nothing where all is well. */
  readonly check: (world: World) => Promise<readonly string[]> | readonly string[];
}
