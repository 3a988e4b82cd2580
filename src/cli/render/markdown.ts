import type { Change, Plan } from '../../core/model/change.js';
import type { FieldChange } from '../../core/model/kind.js';
import { firstDiffLines, type LineMark, labelOf } from '../../core/status/diff-lines.js';
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
  signOf,
  summarySentence,
} from './summary.js';

/** Characters of a comment: GitHub allows 65,536, and other text may surround it. */
const LIMIT = 60_000;
/** Characters reserved for the note on omitted blocks. */
const NOTE_LIMIT = 300;
/** Characters of a single value or reason. */
const VALUE_LIMIT = 1_000;
/** Characters of a difference that stand on one line. */
const WIDTH = 80;
/** Lines of one difference. */
const MOST_LINES = 40;

const LINE_SIGNS: Readonly<Record<LineMark, string>> = {
  inline: '',
  added: '+ ',
  removed: '- ',
  kept: '  ',
  place: '@ ',
};

/**
 * A plan as a comment on a pull request: at most 60,000 characters, with a note where blocks were omitted.
 * Values are character references in `<code>`, so that they can neither break out nor mention anyone.
 * Holds no secret.
 */
export function renderPlanMarkdown(plan: Plan): string {
  const sentence = plan.changes.length > 0 ? summarySentence(plan) : emptySentence(plan);
  const cost = costSentence(plan);
  const head = [
    '### c1sync plan',
    `**${sentence}**`,
    `Revision ${code(plan.revision)}, plan ${code(plan.planHash)}.${[bookkeepingSentence(plan), cost].map((more) => (more === '' ? '' : ` ${more}`)).join('')}`,
  ];
  const standings = attention(plan).map(
    (standing) => `- **${standing.status}** ${code(standing.key)}: ${code(planReason(standing))}`,
  );
  const bookkeeping = bookkeepingReasons(plan).map(({ key, reason, held }) => {
    const note = held === null ? '' : `; held: ${code(planReason(held))}`;
    return `- ${code(key)}: ${reason}${note}`;
  });
  return assemble(head, [
    ...titled('**Needs attention**', standings),
    ...byRisk(plan.changes).map(changeBlock),
    ...titled('**Bookkeeping, written once**', bookkeeping),
  ]);
}

function changeBlock(change: Change): string {
  const held = change.held === null ? '' : ` — held: ${change.held.status}`;
  const fields = count(change.fields.length, 'field');
  const actor = change.drift?.actor === undefined ? '' : ` — changed by ${code(change.drift.actor)}`;
  const risk = riskNote(change);
  const warning = risk === undefined ? '' : ` — ⚠️ <strong>${escaped(risk)}</strong>`;
  const title = `${code(`${signOf(change)} ${change.key}`)} — ${change.action}, ${fields}${actor}${held}${warning}`;
  return [
    `<details><summary>${title}</summary>`,
    '',
    code(sourceOf(change.position)),
    ...(change.held === null ? [] : ['', `**${change.held.status}**: ${code(planReason(change.held))}`]),
    '',
    ...(change.fields.length === 0 ? [] : ['| Field | Change |', '|---|---|']),
    ...change.fields.map((field) => fieldRow(field, change.action === 'create')),
    '',
    '</details>',
  ].join('\n');
}

function fieldRow(field: FieldChange, isNew: boolean): string {
  const { lines: first, left } = firstDiffLines(field, { width: WIDTH, isNew, isDone: false }, MOST_LINES);
  const lines = first.map(({ mark, text }) => code(`${LINE_SIGNS[mark]}${text}`));
  const more = left > 0 ? [`… and ${count(left, 'more line')}`] : [];
  return `| ${code(labelOf(field))} | ${[...lines, ...more].join('<br>')} |`;
}

/** Untrusted text as code, line by line, shortened to the limit. */
function code(text: string): string {
  const characters = [...text];
  const left = characters.length - VALUE_LIMIT;
  const shown = left > 0 ? characters.slice(0, VALUE_LIMIT).join('') : text;
  const lines = shown.split(/\r?\n/).map((line) => `<code>${escaped(line)}</code>`);
  return `${lines.join('<br>')}${left > 0 ? ` … and ${count(left, 'more character')}` : ''}`;
}

/**
 * Text without a meaning in Markdown or HTML. `<code>` alone is not enough, since Markdown works inside it. References
 * alone are not enough, since GitHub finds mentions in the rendered text, but not in code.
 */
function escaped(text: string): string {
  return safe(text).replaceAll(/[!-,.:-@[-`{-~]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function titled(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${title}\n`, ...lines];
}

/** As many blocks as fit, in order; the others are omitted and counted. */
function assemble(head: readonly string[], blocks: readonly string[]): string {
  let text = head.join('\n\n');
  let left = 0;
  for (const block of blocks) {
    const separator = block.startsWith('- ') ? '\n' : '\n\n';
    if (text.length + separator.length + block.length > LIMIT - NOTE_LIMIT) left += 1;
    else text += separator + block;
  }
  if (left === 0) return `${text}\n`;
  const note = `**${left} changes or objects did not fit into this comment.**`;
  return `${text}\n\n${note} Run <code>c1sync plan</code> to see everything.\n`;
}
