import type { Change, Plan, Standing, Status, Summary } from '../model/change.js';

/** The counts that follow from changes and standings alone. */
export type Counts = Pick<
  Summary,
  'create' | 'update' | 'adopt' | 'delete' | 'unchanged' | 'held' | 'unverified' | 'failed'
>;

const FAILURES: readonly Status[] = ['Failed', 'UnresolvedReference'];
const UNCHANGED: readonly Status[] = ['Synced', 'Settling', 'Invalid'];
const HELD: readonly Status[] = [
  'Held',
  'Suspended',
  'TakenOver',
  'ForeignOwner',
  'Gone',
  'NotConverging',
  'Contested',
];

/** Counts changes that no rule holds, by action, and objects by status. */
export function countsOf(changes: readonly Change[], standings: readonly Standing[]): Counts {
  const free = changes.filter(({ held }) => held === null);
  const count = (action: Change['action']): number =>
    free.filter((change) => change.action === action).length;
  const touched = new Set(changes.map(({ key }) => key));
  return {
    create: count('create'),
    update: count('update'),
    adopt: count('adopt'),
    delete: count('delete'),
    unchanged: standings.filter(
      ({ key, id, status }) => !touched.has(key) && id !== undefined && UNCHANGED.includes(status),
    ).length,
    held: standings.filter(({ status }) => HELD.includes(status)).length,
    unverified: standings.filter(({ unverified }) => unverified).length,
    failed: standings.filter(({ status }) => FAILURES.includes(status)).length,
  };
}

/** The cost of the changes that no rule holds; a create reads once more before it writes. */
export function costOf(changes: readonly Change[], requestsPerSecond: number): Plan['cost'] {
  const requests = changes
    .filter(({ held }) => held === null)
    .reduce((sum, change) => sum + requestsOf(change), 0);
  return { requests, seconds: requests / requestsPerSecond };
}

function requestsOf({ action, writes }: Change): number {
  return action === 'create' ? writes.length + 1 : writes.length;
}

/** The counts of a plan with nothing in it. */
export const EMPTY_SUMMARY: Summary = {
  create: 0,
  update: 0,
  adopt: 0,
  delete: 0,
  unchanged: 0,
  held: 0,
  invalid: 0,
  unverified: 0,
  bookkeeping: 0,
  unmarked: 0,
  failed: 0,
};
