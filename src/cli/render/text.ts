import { createColors } from 'picocolors';
import type { Result } from '../../core/apply/result.js';
import type { Change, Plan } from '../../core/model/change.js';
import type { FieldChange } from '../../core/model/kind.js';
import {
  type DiffLayout,
  type DiffLine,
  diffLines,
  type LineMark,
  labelOf,
} from '../../core/status/diff-lines.js';
import { riskNote, sourceOf } from '../../core/status/shown.js';
import { safe } from '../../text/safe.js';
import { planReason } from './remedies.js';
import {
  attention,
  bookkeepingReasons,
  bookkeepingSentence,
  byRisk,
  costSentence,
  count,
  emptySentence,
  legendOf,
  signOf,
  summarySentence,
} from './summary.js';

/** The layout of text for a terminal. */
export interface TextOptions {
  readonly colour: boolean;
  /** Characters of a line; a text without a break may be longer. */
  readonly width: number;
}

type Colours = ReturnType<typeof createColors>;

/** A plan for people. Ends with a newline, holds no secret and no control character of a terminal. */
export function renderPlan(plan: Plan, options: TextOptions): string {
  const colours = createColors(options.colour);
  const blocks = [
    ...byRisk(plan.changes).map((change) => changeBlock(change, colours, options.width)),
    signsBlock(plan, colours),
    bookkeepingBlock(plan, colours),
    attentionBlock(plan, colours),
    closing(plan, colours),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

/** The results of a plan's changes, for people. Ends with a newline. */
export function renderApplyResult(plan: Plan, results: readonly Result[], options: TextOptions): string {
  const colours = createColors(options.colour);
  const held = plan.changes.filter((change) => change.held !== null);
  const blocks = [
    results.map((result) => resultLine(result, colours)).join('\n'),
    held.map((change) => heldLine(change, colours)).join('\n'),
    colours.bold(resultSentence(results, held.length)),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function changeBlock(change: Change, colours: Colours, width: number): string {
  const paint = actionPaint(change, colours);
  const head = `${paint(`${signOf(change)} ${safe(change.key)}`)}  ${colours.dim(safe(sourceOf(change.position)))}`;
  const held = change.held === null ? '' : `  ${colours.yellow('held')}`;
  const risk = riskNote(change);
  const note = `${held}${actionNote(change)}${actorNote(change)}${risk === undefined ? '' : `  ${colours.red(safe(risk))}`}`;
  const isNew = change.action === 'create';
  const fields = change.fields.flatMap((field) =>
    fieldLines(field, { width, isNew, isDone: false }, colours),
  );
  const why =
    change.held === null
      ? []
      : [`    ${colours.yellow(`${change.held.status}: ${safe(planReason(change.held))}`)}`];
  return [`${head}${note}`, ...fields, ...why].join('\n');
}

function signsBlock(plan: Plan, colours: Colours): string {
  const legend = legendOf(plan);
  return legend === '' ? '' : colours.dim(`Signs: ${legend}`);
}

function actionPaint(change: Change, colours: Colours): (text: string) => string {
  if (change.action === 'delete') return colours.red;
  if (change.held !== null || change.action === 'update') return colours.yellow;
  return change.action === 'create' ? colours.green : colours.cyan;
}

function actionNote(change: Change): string {
  if (change.action === 'adopt' && change.held === null) return `  (existing object: ${safe(change.id)})`;
  return '';
}

function actorNote({ drift }: Change): string {
  return drift?.actor === undefined ? '' : `  (changed by ${safe(drift.actor)})`;
}

/** A difference below the line of its object. */
export function fieldLines(field: FieldChange, layout: DiffLayout, colours: Colours): string[] {
  const name = `    ${safe(labelOf(field))}:`;
  const lines = diffLines(field, { ...layout, width: layout.width - name.length - 1 });
  const [first] = lines;
  if (first?.mark === 'inline') return [`${name} ${first.text}`];
  return [name, ...lines.map((line) => diffLine(line, colours))];
}

function diffLine({ mark, text }: DiffLine, colours: Colours): string {
  const painted: Readonly<Record<LineMark, string>> = {
    inline: text,
    added: colours.green(`+ ${text}`),
    removed: colours.red(`- ${text}`),
    kept: `  ${text}`,
    place: colours.dim(`@ ${text}`),
  };
  return `      ${painted[mark]}`;
}

function bookkeepingBlock(plan: Plan, colours: Colours): string {
  if (plan.bookkeeping.length === 0) return '';
  const lines = bookkeepingReasons(plan).map(({ key, reason, held }) => {
    const note = held === null ? '' : `; held: ${safe(planReason(held))}`;
    return `  ${safe(key)}: ${reason}${note}`;
  });
  return [colours.bold('Bookkeeping, written once:'), ...lines].join('\n');
}

function attentionBlock(plan: Plan, colours: Colours): string {
  const lines = attention(plan).map((standing) => {
    const { key, status } = standing;
    const paint = status === 'Failed' || status === 'Invalid' ? colours.red : colours.yellow;
    return `  ${paint(status)} ${safe(key)}: ${safe(planReason(standing))}`;
  });
  return lines.length === 0 ? '' : [colours.bold('Needs attention:'), ...lines].join('\n');
}

function closing(plan: Plan, colours: Colours): string {
  if (plan.changes.length > 0) {
    return [colours.bold(summarySentence(plan)), bookkeepingSentence(plan), costSentence(plan)]
      .filter((line) => line !== '')
      .join('\n');
  }
  const sentence = emptySentence(plan, ` (revision ${safe(plan.revision)})`);
  if (plan.bookkeeping.length === 0 && attention(plan).length === 0) return colours.green(sentence);
  return [sentence, colours.bold(summarySentence(plan)), bookkeepingSentence(plan), costSentence(plan)]
    .filter((line) => line !== '')
    .join('\n');
}

/** The participle of each action. */
const DONE: Readonly<Record<Change['action'], string>> = {
  create: 'created',
  update: 'updated',
  adopt: 'adopted',
  delete: 'deleted',
};

function resultLine(result: Result, colours: Colours): string {
  const { change, outcome, status } = result;
  const reason = planReason(result);
  const head = `${signOf(change)} ${safe(change.key)}`;
  const why = reason === '' ? '' : `: ${safe(reason)}`;
  switch (outcome) {
    case 'done':
      return `${colours.green(`${head} ${DONE[change.action]}`)}${isBookkeeping(change) ? ' (bookkeeping)' : ''}${why}`;
    case 'failed':
      return `${colours.red(`${head} failed`)} (${status})${why}`;
    case 'unchanged':
      return `${head} unchanged${why}`;
    default:
      return `${colours.yellow(`${head} ${outcome}`)} (${status})${why}`;
  }
}

function heldLine(change: Change, colours: Colours): string {
  const { key, held } = change;
  return `${colours.yellow(`${signOf(change)} ${safe(key)} held`)} (${held?.status}): ${held === null ? '' : safe(planReason(held))}`;
}

function isBookkeeping(change: Change): boolean {
  return change.action === 'update' && change.bookkeeping;
}

function resultSentence(results: readonly Result[], held: number): string {
  const written = results.filter(({ outcome }) => outcome === 'done').map(({ change }) => change);
  const visible = written.filter((change) => !isBookkeeping(change));
  const done = (action: Change['action']): number =>
    visible.filter((change) => change.action === action).length;
  const ended = (name: Result['outcome']): number => results.filter(({ outcome }) => outcome === name).length;
  const parts = [`${done('create')} created`, `${done('update')} updated`, `${done('adopt')} adopted`];
  if (done('delete') > 0) parts.push(`${done('delete')} deleted`);
  const bookkeeping = written.length - visible.length;
  if (bookkeeping > 0) parts.push(count(bookkeeping, 'bookkeeping write'));
  const rest = [`${ended('failed')} failed`, `${held + ended('held')} held`];
  if (ended('settling') > 0) rest.push(`${ended('settling')} settling`);
  if (ended('unchanged') > 0) rest.push(`${ended('unchanged')} already in sync`);
  const requests = results.reduce((sum, result) => sum + result.requests, 0);
  return `Applied: ${parts.join(', ')}; ${rest.join(', ')}. ${count(requests, 'request')}.`;
}
