import { createColors } from 'picocolors';
import type {
  CommandedEntry,
  HistoryEntry,
  HistoryPage,
  ReconciledEntry,
} from '../../core/status/history.js';
import { deedText, healthText } from '../../core/status/history-words.js';
import { shortRevision } from '../../text/people.js';
import { safe } from '../../text/safe.js';
import { count } from './summary.js';
import { fieldLines, type TextOptions } from './text.js';

/** History entries, newest first, each with its fields below it. Ends with a newline. */
export function renderHistory({ entries, next }: HistoryPage, options: TextOptions): string {
  if (entries.length === 0) return 'No entries.\n';
  const colours = createColors(options.colour);
  const lines = entries.flatMap((entry) => {
    const head = `${colours.dim(entry.at)}  ${safe(sentenceOf(entry))}`;
    const fields = entry.event === 'reconciled' && entry.action !== 'none' ? entry.fields : [];
    const isNew = entry.event === 'reconciled' && entry.action === 'create';
    return [
      head,
      ...fields.flatMap((field) =>
        fieldLines(field, { width: options.width, isNew, isDone: isDone(entry) }, colours),
      ),
    ];
  });
  const more = next === null ? [] : [`Older entries: --before ${next}`];
  return `${[...lines, ...more].join('\n')}\n`;
}

function isDone(entry: HistoryEntry): boolean {
  return entry.event === 'reconciled' && entry.outcome === 'done';
}

function sentenceOf(entry: HistoryEntry): string {
  switch (entry.event) {
    case 'reconciled':
      return `${entry.key}  ${whatOf(entry)}${actorOf(entry)}${operatorOf(entry)}${approvalOf(entry)}  (${entry.trigger}, revision ${shortRevision(entry.revision)})`;
    case 'attributed':
      return `${entry.key}  the reverted change was made by ${entry.actor}`;
    case 'health':
      return `${entry.key}  ${healthText(entry)}`;
    case 'commanded':
      return commandOf(entry);
  }
}

function whatOf(entry: ReconciledEntry): string {
  const { status, reason } = entry;
  const deed = deedText(entry);
  const why = reason === undefined ? '' : `: ${reason}`;
  if (deed === '') return `${status}${why}`;
  return `${deed}${status === 'Synced' ? '' : `, ${status}${why}`}`;
}

/** Who changed the object before, where neither the deed nor the reason names that person. */
function actorOf(entry: ReconciledEntry): string {
  const { actor } = entry;
  return actor === undefined || whatOf(entry).includes(actor) ? '' : `, changed by ${actor}`;
}

function operatorOf({ by }: ReconciledEntry): string {
  return by === undefined ? '' : `, applied by ${by}`;
}

function approvalOf({ approved }: ReconciledEntry): string {
  if (approved === undefined) return '';
  return `, approved${approved.by === undefined ? '' : ` by ${approved.by}`}`;
}

function commandOf({ command, by, via, targets, objects, reason, until }: CommandedEntry): string {
  const what = targets.map((target) => (target === '*' ? 'everything' : target)).join(', ');
  const size = objects === undefined ? '' : ` (${count(objects, 'object')})`;
  const end = until === undefined ? '' : ` until ${until}`;
  const why = reason === undefined ? '' : `: ${reason}`;
  return `${command} ${what}${size}${end} by ${by}${via === 'dashboard' ? ', through the dashboard' : ''}${why}`;
}
