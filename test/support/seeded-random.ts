import { createHash } from 'node:crypto';
import type { Random } from '../../src/core/model/random.js';

/** Chance that repeats itself: the same seed draws the same. */
export class SeededRandom implements Random {
  readonly #seed: string;
  #drawn = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  bytes(size: number): Buffer {
    const blocks = Array.from({ length: Math.ceil(size / 32) }, () => this.#block());
    return Buffer.concat(blocks).subarray(0, size);
  }

  number(): number {
    return this.#block().readUInt32BE() / 2 ** 32;
  }

  #block(): Buffer {
    this.#drawn += 1;
    return createHash('sha256').update(`${this.#seed}/${this.#drawn}`).digest();
  }
}
