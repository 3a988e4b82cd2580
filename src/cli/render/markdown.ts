import type { Change, Plan } from '../../core/model/change.js';
import type { FieldChange } from '../../core/model/kind.js';
import { sourceOf } from '../../core/status/shown.js';
import { safe } from '../../text/safe.js';
import {
  attention,
  bookkeepingReasons,
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
    `Revision ${code(plan.revision)}, plan ${code(plan.planHash)}.${cost === '' ? '' : ` ${cost}`}`,
  ];
  const standings = attention(plan).map(
    ({ key, status, reason }) => `- **${status}** ${code(key)}: ${code(reason)}`,
  );
  const bookkeeping = bookkeepingReasons(plan).map(({ key, reason, held }) => {
    const note = held === null ? '' : `; held: ${code(held.reason)}`;
    return `- ${code(key)}: ${reason}${note}`;
  });
  return assemble(head, [
    ...titled('**Needs attention**', standings),
    ...plan.changes.map(changeBlock),
    ...titled('**Bookkeeping, once and without a visible change**', bookkeeping),
  ]);
}

function changeBlock(change: Change): string {
  const held = change.held === null ? '' : ` — held: ${change.held.status}`;
  const fields = count(change.fields.length, 'field');
  const actor = change.drift?.actor === undefined ? '' : ` — changed by ${code(change.drift.actor)}`;
  const title = `${code(`${signOf(change)} ${change.key}`)} — ${change.action}, ${fields}${actor}${held}`;
  return [
    `<details><summary>${title}</summary>`,
    '',
    code(sourceOf(change.position)),
    ...(change.held === null ? [] : ['', `**${change.held.status}**: ${code(change.held.reason)}`]),
    '',
    ...(change.fields.length === 0 ? [] : ['| Field | Now | Planned |', '|---|---|---|']),
    ...change.fields.map((field) => fieldRow(field, change.action === 'create')),
    '',
    '</details>',
  ].join('\n');
}

function fieldRow(field: FieldChange, isNew: boolean): string {
  if (field.sensitive === true) {
    const planned =
      field.unverified === true ? '(secret) will be written, never verified before' : '(secret)';
    return `| ${code(field.path)} | (secret) | ${planned} |`;
  }
  return `| ${code(field.path)} | ${isNew ? '' : valueCell(field.from)} | ${valueCell(field.to)} |`;
}

function valueCell(value: unknown): string {
  if (value === undefined) return '';
  return code(typeof value === 'string' && value !== '' ? value : (JSON.stringify(value) ?? ''));
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
