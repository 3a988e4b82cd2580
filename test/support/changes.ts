import type { Change, Held, Plan, Standing, Status } from '../../src/core/model/change.js';
import { sha256 } from '../../src/core/model/hash.js';

/** The members of a change that a test sets beside its key. */
export interface ChangeTraits {
  readonly held?: Held | null;
  /** The key of the parent that does not exist yet. */
  readonly parent?: string;
  readonly hash?: string;
}

/** A change of an object, whose hash follows from its key and action. */
export function changeOf(
  key: string,
  action: Change['action'] = 'update',
  { held = null, parent, hash = sha256(`${action} ${key}`) }: ChangeTraits = {},
): Change {
  const [kind = '', name = ''] = key.split('/');
  const base = {
    key,
    kind,
    name,
    position: { file: 'all.yaml', line: 1, column: 1 },
    fields: [{ path: 'description', from: 'a', to: 'b' }],
    writes: [{ name: action === 'create' ? 'create' : 'update', values: {}, mask: '' }],
    updateMask: '',
    hash,
    held,
    sentHashes: {},
    correctionHashes: {},
  };
  if (action === 'create') {
    return { ...base, action, natural: {}, ...(parent === undefined ? {} : { parent: { key: parent } }) };
  }
  const live = { id: `id of ${key}`, displayName: name, values: {}, stamps: {}, facts: {} };
  const found = { ...base, id: live.id, live };
  return action === 'update' ? { ...found, action, bookkeeping: false } : { ...found, action };
}

/** The status of an object. */
export function standingOf(key: string, status: Status, reason = ''): Standing {
  const [kind = '', name = ''] = key.split('/');
  return { key, kind, name, id: `id of ${key}`, status, reason, unverified: false, facts: {} };
}

/** A plan with these changes, and with objects that are in sync beside them. */
export function planOf(changes: readonly Change[], standings: readonly Standing[] = []): Plan {
  const own = changes.map(({ key, held }) =>
    standingOf(key, held?.status ?? 'Pending', held?.reason ?? 'it differs from its definition'),
  );
  return {
    changes,
    bookkeeping: [],
    standings: [...own, ...standings].sort((a, b) => (a.key < b.key ? -1 : 1)),
    summary: {
      create: 0,
      update: changes.length,
      adopt: 0,
      delete: 0,
      unchanged: standings.filter(({ status }) => status === 'Synced').length,
      held: 0,
      invalid: 0,
      unverified: 0,
      bookkeeping: 0,
      unmarked: 0,
      failed: 0,
    },
    planHash: '',
    revision: 'r1',
    cost: { requests: changes.length, seconds: changes.length / 10 },
  };
}
