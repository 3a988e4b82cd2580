import { type DiffLayout, diffLines, labelOf } from './diff-lines.js';
import type { HealthEntry, HistoryEntry, HistoryQuery, ReconciledEntry } from './history.js';
import type { HistoryAction } from './history-actions.js';

const DONE: Readonly<Record<Exclude<ReconciledEntry['action'], 'none'>, string>> = {
  create: 'created',
  update: 'updated',
  adopt: 'adopted',
  delete: 'deleted',
};

/** Fields that a summary names, and characters of a value in it. */
const FEW_FIELDS = 2;
const SHORT = 40;

/** `updated`, or `reverted what bob@acme.example changed`; empty where no change was carried out. */
export function deedText({ action, outcome, drift, actor }: ReconciledEntry): string {
  if (action === 'none' || outcome !== 'done') return '';
  if (drift !== true || action !== 'update') return DONE[action];
  return actor === undefined ? 'reverted a change' : `reverted what ${actor} changed`;
}

/** `health after the change: Failing, its last error: no access`. */
export function healthText({ health, reason }: HealthEntry): string {
  return `health after the change: ${health}${reason === undefined ? '' : `, ${reason}`}`;
}

/** The deed of an entry in one word: `created`, `reverted`; where nothing was carried out, the status of its object. */
export function deedName(entry: ReconciledEntry): string {
  const { action, outcome, drift, status } = entry;
  if (action === 'none' || outcome !== 'done') return status;
  return drift === true && action === 'update' ? 'reverted' : DONE[action];
}

/** `monthlyCostUsd 99 → 21`: the differences of a change where they are few and short, else empty. Safe to print. */
export function shortDifference({ action, fields }: ReconciledEntry): string {
  const isShort = fields.every(
    ({ sensitive, from, to, fromName, toName }) =>
      sensitive !== true && [from, to, fromName, toName].every(isShortValue),
  );
  if (action !== 'update' || fields.length === 0 || fields.length > FEW_FIELDS || !isShort) return '';
  const layout: DiffLayout = { width: 2 * SHORT, isNew: false, isDone: true };
  const texts = fields.map((field) => [labelOf(field), ...diffLines(field, layout).map(({ text }) => text)]);
  return texts.map((parts) => parts.join(' ')).join(', ');
}

function isShortValue(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= SHORT && !value.includes('\n');
  return value === null || typeof value !== 'object';
}

/** True for an entry that a query asks for; the limit and `before` do not count. */
export function matchesQuery(
  entry: HistoryEntry,
  { key, person, action, sweep, since }: HistoryQuery,
): boolean {
  return (
    (key === undefined || isAbout(entry, key)) &&
    (person === undefined || peopleOf(entry).includes(person.toLowerCase())) &&
    (action === undefined || actionOf(entry) === action) &&
    (sweep === undefined || (entry.event === 'reconciled' && entry.sweepId === sweep)) &&
    (since === undefined || Date.parse(entry.at) >= Date.parse(since))
  );
}

function isAbout(entry: HistoryEntry, key: string): boolean {
  if (entry.event !== 'commanded') return entry.key === key;
  return entry.targets.includes(key) || entry.keys?.includes(key) === true;
}

/** Who changed, approved or commanded, in lower case. */
function peopleOf(entry: HistoryEntry): readonly string[] {
  if (entry.event === 'health') return [];
  const people =
    entry.event === 'commanded'
      ? [entry.by]
      : [entry.actor, ...(entry.event === 'reconciled' ? [entry.by, entry.approved?.by] : [])];
  return people.flatMap((person) => person?.toLowerCase() ?? []);
}

/** The action by which an entry is filtered; undefined for a new status without a hold or failure. */
export function actionOf(entry: HistoryEntry): HistoryAction | undefined {
  if (entry.event === 'attributed') return 'revert';
  if (entry.event === 'commanded') return entry.command;
  if (entry.event === 'health') return entry.health === 'Failing' ? 'failed' : undefined;
  const { action, outcome, drift } = entry;
  if (outcome === 'held' || outcome === 'failed') return outcome;
  if (action === 'none' || outcome !== 'done') return undefined;
  return action === 'update' && drift === true ? 'revert' : action;
}
