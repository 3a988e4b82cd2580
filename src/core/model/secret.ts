import { inspect } from 'node:util';

const HIDDEN = '[secret]';

/**
 * A secret value on its way from its source to the wire. It shows itself as `[secret]` wherever it is printed,
 * logged or serialised; only {@link Secret.reveal} gives the text.
 */
export class Secret {
  readonly #text: string;
  /** Where the value came from, for messages: `env GITHUB_TOKEN`, `file /run/secrets/github`. */
  readonly origin: string;

  constructor(text: string, origin: string) {
    this.#text = text;
    this.origin = origin;
  }

  /** The text itself. To be called only where it goes on the wire or into a keyed hash. */
  reveal(): string {
    return this.#text;
  }

  toJSON(): string {
    return HIDDEN;
  }

  toString(): string {
    return HIDDEN;
  }

  [inspect.custom](): string {
    return HIDDEN;
  }
}

/** A `valueFrom` whose source holds nothing. A plan shows it; a write of its object is refused. */
export class UnsetSecret {
  /** The source that is empty: `env GITHUB_TOKEN`, `file /run/secrets/github`. */
  readonly origin: string;
  /** Why there is no value, as a clause: `the variable is not set`. */
  readonly reason: string;

  constructor(origin: string, reason: string) {
    this.origin = origin;
    this.reason = reason;
  }

  toJSON(): string {
    return `[unset ${this.origin}]`;
  }
}
