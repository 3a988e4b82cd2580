import { findSecrets, type Redactor } from './redactor.js';

/** Hidden values of one source, the present one included: a reconciliation under way may still use the former one. */
export const MOST_VALUES = 10;
/** Former sources whose values are still hidden: answers of the tenant may be older than a load. */
export const MOST_FORMER = 1_000;

/** Adds the secrets of loads to a redactor: the present ones, and a bounded number of former ones. */
export class SecretMemory {
  readonly #redactor: Redactor;
  /** Values by source, the latest last; the source seen last stands last. */
  readonly #values = new Map<string, readonly string[]>();
  /** Parts without a secret: a part never changes. */
  readonly #plain = new WeakSet<object>();

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  /** Learns the secrets anywhere in `parts`, which hold all of a load; each secret names its source as its origin. */
  learn(parts: readonly object[]): void {
    const current = new Set<string>();
    for (const part of parts) {
      if (this.#plain.has(part)) continue;
      const secrets = [...findSecrets(part)];
      if (secrets.length === 0) this.#plain.add(part);
      for (const secret of secrets) {
        const { origin } = secret;
        current.add(origin);
        const values = this.#values.get(origin) ?? [];
        this.#values.delete(origin);
        this.#values.set(origin, this.#with(values, secret.reveal()));
      }
    }
    for (const [origin, values] of this.#values) {
      if (this.#values.size <= current.size + MOST_FORMER) break;
      this.#values.delete(origin);
      for (const text of values) this.#redactor.forget(text);
    }
  }

  #with(values: readonly string[], text: string): readonly string[] {
    if (values.at(-1) === text) return values;
    if (!values.includes(text)) this.#redactor.add([text]);
    const after = [...values.filter((other) => other !== text), text];
    for (const old of after.slice(0, -MOST_VALUES)) this.#redactor.forget(old);
    return after.slice(-MOST_VALUES);
  }
}
