/** The characters that may still be shown of a value and of the whole that it belongs to. */
export class Allowance {
  #left: number;
  readonly #whole: Allowance | undefined;

  constructor(characters: number, whole?: Allowance) {
    this.#left = characters;
    this.#whole = whole;
  }

  /** Characters that are left; zero or less when it is used up. */
  get left(): number {
    return this.#left;
  }

  /** Uses characters up, also more than are left. */
  use(characters: number): void {
    this.#left -= characters;
    this.#whole?.use(characters);
  }

  /** For a part: at most `most` characters and no more than are left here, but never less than `least`. */
  part(most: number, least: number): Allowance {
    return new Allowance(Math.max(least, Math.min(most, this.#left)), this);
  }
}
