import type {
  Adopt,
  Change,
  Create,
  Plan,
  Standing,
  Summary,
  Update,
} from '../../../src/core/model/change.js';
import type { FieldChange, LiveObject } from '../../../src/core/model/kind.js';
import { EMPTY_SUMMARY } from '../../../src/core/plan/summary.js';

const live: LiveObject = { id: 'id-1', displayName: 'x', values: {}, stamps: {}, facts: {} };

function base(name: string, fields: readonly FieldChange[]) {
  return {
    key: `App/${name}`,
    kind: 'App',
    name,
    position: { file: `definitions/apps/${name}.yaml`, line: 4, column: 1 },
    fields,
    writes: [],
    updateMask: fields.map(({ path }) => path).join(','),
    hash: `sha256:${name}`,
    held: null,
    sentHashes: {},
    correctionHashes: {},
  };
}

/** An update of `App/<name>`. */
export function update(name: string, fields: readonly FieldChange[], more: Partial<Update> = {}): Update {
  return { action: 'update', ...base(name, fields), id: `id-of-${name}`, live, bookkeeping: false, ...more };
}

/** A create of `App/<name>`. */
export function create(name: string, fields: readonly FieldChange[], more: Partial<Create> = {}): Create {
  return { action: 'create', ...base(name, fields), natural: {}, ...more };
}

/** An adoption of `App/<name>`. */
export function adopt(name: string, fields: readonly FieldChange[], more: Partial<Adopt> = {}): Adopt {
  return { action: 'adopt', ...base(name, fields), id: `id-of-${name}`, live, ...more };
}

/** Where `App/<name>` stands. */
export function standing(name: string, status: Standing['status'], more: Partial<Standing> = {}): Standing {
  return {
    key: `App/${name}`,
    kind: 'App',
    name,
    id: `id-of-${name}`,
    position: { file: `definitions/apps/${name}.yaml`, line: 4, column: 1 },
    status,
    reason: status === 'Synced' ? '' : `reason of ${name}`,
    unverified: false,
    facts: {},
    ...more,
  };
}

/** A plan of these changes. */
export function planOf(
  changes: readonly Change[],
  more: Partial<Omit<Plan, 'summary'>> & { readonly summary?: Partial<Summary> } = {},
): Plan {
  return {
    changes,
    bookkeeping: [],
    standings: [],
    planHash: 'sha256:plan',
    revision: 'abc123',
    cost: { requests: changes.length, seconds: changes.length / 10 },
    ...more,
    summary: { ...EMPTY_SUMMARY, ...more.summary },
  };
}
