import { html } from 'ghtml';
import type { FieldChange } from '../../../core/model/kind.js';
import { type DiffLayout, firstDiffLines, type LineMark, labelOf } from '../../../core/status/diff-lines.js';
import { type ChangeJson, riskNote } from '../../../core/status/shown.js';
import type { About, HeldGroupView } from '../../../core/status/views.js';
import { excerpt } from '../../../text/excerpt.js';
import { safe } from '../../../text/safe.js';
import { count, objectLink } from './html.js';
import { reasonSentence } from './remedies.js';

/** Characters of a difference that stand on one line. */
const WIDTH = 70;
/** Lines of one difference. */
const MOST_LINES = 200;
/** Lines of a difference that is not folded. */
const MOST_UNFOLDED = 24;
/** Characters of the names of fields in one effect. */
const LONGEST_NAMES = 200;

const DEEDS: Readonly<Record<ChangeJson['action'], string>> = {
  create: 'will be created',
  update: 'will be updated',
  adopt: 'will be adopted',
  delete: 'will be deleted',
};

const NOUNS: Readonly<Record<ChangeJson['action'], readonly [one: string, several: string]>> = {
  create: ['creation', 'creations'],
  update: ['update', 'updates'],
  adopt: ['adoption', 'adoptions'],
  delete: ['deletion', 'deletions'],
};

const MARKS: Readonly<Record<LineMark, readonly [sign: string, spoken: string]>> = {
  inline: ['', ''],
  added: ['+ ', 'added: '],
  removed: ['- ', 'removed: '],
  kept: ['  ', ''],
  place: ['@ ', 'at '],
};

/** `will be updated`; `would be updated` for a held change, or where the daemon only observes. */
export function deedOf({ action, held }: ChangeJson, { mode }: Pick<About, 'mode'>): string {
  const deed = DEEDS[action];
  return held === null && mode === 'enforce' ? deed : deed.replace('will be', 'would be');
}

/** The effects of changes, object by object, with their risks. `total`: how many there are. */
export function effectList(changes: readonly ChangeJson[], total: number): string {
  const items = changes.map((change) => {
    const { kind, name, action, fields } = change;
    const names = fields.map((field) => safe(labelOf(field))).join(', ');
    const what = names === '' ? '' : html`: <code>${excerpt(names, LONGEST_NAMES)}</code>`;
    return html`<li>!${objectLink(`${kind}/${name}`)} ${DEEDS[action]}!${riskBadge(change)}!${what}</li>`;
  });
  const left = total - changes.length;
  const more = left > 0 ? html`<li>and ${count(left, 'more object')}</li>` : '';
  return html`<ul class="effects">!${items}!${more}</ul>`;
}

function riskBadge(change: ChangeJson): string {
  const risk = riskNote(change);
  return risk === undefined ? '' : html` <span class="badge bad">${safe(risk)}</span>`;
}

/** `1 deletion, 3 updates`: deletions first. */
export function tally(actions: HeldGroupView['actions']): string {
  const parts = (['delete', 'create', 'adopt', 'update'] as const).flatMap((action) => {
    const number = actions[action];
    return number === 0 ? [] : `${number.toLocaleString('en')} ${NOUNS[action][number === 1 ? 0 : 1]}`;
  });
  return parts.join(', ');
}

/** Differences as HTML, by the fields and their layout: pages are read more often than plans are made. */
const rendered = new WeakMap<ChangeJson['fields'], Map<string, string>>();

/** The differences of a change, field by field. */
export function changeFields(
  { action, fields }: Pick<ChangeJson, 'action' | 'fields'>,
  isDone = false,
): string {
  if (fields.length === 0) return '';
  const layout = { width: WIDTH, isNew: action === 'create', isDone };
  const known = rendered.get(fields) ?? new Map<string, string>();
  rendered.set(fields, known);
  const name = JSON.stringify(layout);
  const text =
    known.get(name) ?? html`<dl class="fields">!${fields.map((field) => fieldRow(field, layout))}</dl>`;
  known.set(name, text);
  return text;
}

/** One difference: its field and its values. */
function fieldRow(field: FieldChange, layout: DiffLayout): string {
  const { lines: first, left } = firstDiffLines(field, layout, MOST_LINES);
  const more = left > 0 ? html`<span class="line muted">and ${count(left, 'more line')}</span>` : '';
  const lines = first.map(({ mark, text }) => {
    const [sign, spoken] = MARKS[mark];
    const marks =
      sign === '' ? '' : html`<span aria-hidden="true">${sign}</span><span class="hidden">${spoken}</span>`;
    return html`<span class="line ${mark}">!${marks}${text}</span>`;
  });
  const text = html`<code>!${lines}!${more}</code>`;
  const shown =
    lines.length > MOST_UNFOLDED
      ? html`<details><summary>${count(lines.length + left, 'line')}</summary>!${text}</details>`
      : text;
  return html`<dt><code>${safe(labelOf(field))}</code></dt><dd>!${shown}</dd>`;
}

/** A change in a list of changes. `heldAlone`: the item shows the reason of its hold. */
export function changeItem(change: ChangeJson, about: About, heldAlone: boolean): string {
  const { kind, name, actor, source, held } = change;
  const why = heldAlone && held !== null ? html`<p>${reasonSentence(held, 'held')}</p>` : '';
  const by = actor === undefined ? '' : html` <span class="muted">after a change by ${safe(actor)}</span>`;
  return html`<li class="change" id="change-${kind}/${name}">
    <p>
      <strong>!${objectLink(`${kind}/${name}`)}</strong> ${deedOf(change, about)}!${by}!${riskBadge(change)}
      <span class="muted"><code>${safe(source)}</code></span>
    </p>
    !${why} !${changeFields(change)}
  </li>`;
}
