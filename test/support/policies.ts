import type { Kind, KindReader, KindWriter, LiveObject } from '../../src/core/model/kind.js';
import { requiredText, text } from '../../src/kinds/fields.js';
import type { KindModule } from '../../src/kinds/index.js';
import { byName } from '../../src/kinds/lookups.js';

const GRANT = 'POLICY_TYPE_GRANT';

const policyKind: Kind = {
  name: 'Policy',
  fields: [
    requiredText('displayName', 'Name of the policy.', { onCreate: true }),
    text('description', 'What it is for.', { onCreate: true }),
    text('policyType', 'What it decides on.', { onCreate: true }),
  ],
  title: 'displayName',
  writes: ['update'],
  naturalKey: ['displayName', 'policyType'],
  sample: 'manager-approval',
};

/** Ids of grant policies that the tenant knows and {@link Policies} gives away. */
export const spareIds = ['policy-1', 'policy-2', 'policy-3'] as const;

/** Policies as a kind of its own, for tests of what refers to definitions of another kind. They live here, not in the tenant. */
export class Policies {
  readonly #objects = new Map<string, LiveObject>();
  readonly #spare: string[] = [...spareIds];
  /** The calls in order: `create policy-1`. */
  readonly calls: string[] = [];
  /** Why the next create fails, if it does. */
  failure: Error | undefined;

  /** The policies that there are. */
  get live(): readonly LiveObject[] {
    return [...this.#objects.values()];
  }

  /** Creates a policy of access requests without a definition. */
  add(displayName: string, description = ''): LiveObject {
    return this.#put(this.#spare.shift() ?? 'none', { displayName, description, policyType: GRANT });
  }

  /** Deletes a policy behind c1sync's back. */
  remove(id: string): void {
    this.#objects.delete(id);
  }

  readonly module: KindModule = {
    kind: policyKind,
    operations: {},
    reader: () => this.#reader,
    writer: () => this.#writer,
    lookups: () => [
      byName('policy:grant', 'grant policy', async () =>
        [...this.#objects.values()]
          .filter(({ values }) => values.policyType === GRANT)
          .map(({ id, displayName }) => ({ id, name: displayName })),
      ),
    ],
  };

  readonly #reader: KindReader = {
    list: async () => [...this.#objects.values()],
    get: async ({ id }) => this.#objects.get(id),
    enrich: async (object) => object,
    findByNaturalKey: async () => [...this.#objects.values()],
  };

  readonly #writer: KindWriter = {
    create: async (_parentId, values) => {
      if (this.failure !== undefined) throw this.failure;
      const id = this.#spare.shift() ?? 'none';
      this.calls.push(`create ${id}`);
      return this.#put(id, { description: '', ...values });
    },
    write: async (_name, { id, values: before }, values) => this.#put(id, { ...before, ...values }),
    delete: async ({ id }) => {
      this.calls.push(`delete ${id}`);
      this.#objects.delete(id);
    },
  };

  #put(id: string, values: Readonly<Record<string, unknown>>): LiveObject {
    const live = { id, displayName: String(values.displayName), values, stamps: {}, facts: {} };
    this.#objects.set(id, live);
    return live;
  }
}
