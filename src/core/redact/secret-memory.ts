import type { DefinitionsByKey } from '../model/definition-index.js';
import { derived } from '../model/persistent-map.js';
import { findSecrets, type Redactor } from './redactor.js';

/** Hidden values of one source, the present one included: a reconciliation under way may still use the former one. */
export const MOST_VALUES = 10;
/** Former sources whose values are still hidden: answers of the tenant may be older than a load. */
export const MOST_FORMER = 1_000;

/** The specifications that hold a secret, by the key of their definition. */
export const secretSpecs = derived(
  (definitions: DefinitionsByKey): ReadonlyMap<string, object> =>
    new Map(
      [...definitions]
        .filter(([, { spec }]) => findSecrets(spec).length > 0)
        .map(([key, { spec }]) => [key, spec]),
    ),
  (former, changes) => {
    const specs = new Map(former);
    for (const { key, to } of changes) {
      if (to !== undefined && findSecrets(to.spec).length > 0) specs.set(key, to.spec);
      else specs.delete(key);
    }
    return specs;
  },
);

/** Adds the secrets of loads to a redactor: the present ones, and a bounded number of former ones. */
export class SecretMemory {
  readonly #redactor: Redactor;
  /** Values by source, the latest last; the source seen last stands last. */
  readonly #values = new Map<string, readonly string[]>();

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  /** Learns the secrets anywhere in `parts`, which hold all of a load; each secret names its source as its origin. */
  learn(parts: Iterable<object>): void {
    const current = new Set<string>();
    for (const part of parts) {
      for (const secret of findSecrets(part)) {
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
