import { html } from 'ghtml';
import { labelOf } from '../../../core/status/diff-lines.js';
import type {
  AttributedEntry,
  CommandedEntry,
  HistoryEntry,
  ReconciledEntry,
} from '../../../core/status/history.js';
import type { HistoryLine, SweepEntries } from '../../../core/status/history-sweeps.js';
import { deedText, healthText, shortDifference } from '../../../core/status/history-words.js';
import { shortRevision } from '../../../text/people.js';
import { safe } from '../../../text/safe.js';
import { changeFields } from './change.js';
import { badge, count, objectLink, sentence, time, withQuery } from './html.js';
import { reasonSentence } from './remedies.js';

const WHY: Readonly<Record<ReconciledEntry['trigger'], string>> = {
  start: 'at the start of the daemon',
  file: 'because a definition changed',
  interval: 'in a regular sweep',
  signal: 'after a reload',
  retry: 'in a retry',
  drift: 'after a change in the tenant',
  command: 'after a command',
};

const COMMANDS: Readonly<Record<CommandedEntry['command'], string>> = {
  reconcile: 'Triggered',
  suspend: 'Suspended',
  resume: 'Resumed',
  approve: 'Approved',
  accept: 'Accepted',
  forget: 'Forgot',
  move: 'Moved',
};

const CHANNELS: ReadonlyMap<string, string> = new Map([
  ['api', 'API'],
  ['dashboard', 'dashboard'],
]);

/** Targets that are named; the rest is counted. */
const MOST_TARGETS = 3;

/** Entries of a sweep that its line unfolds to; the others have a page. */
const MOST_UNFOLDED = 20;

/** Lines of a history, newest first: the entries of a sweep are one line, which unfolds. */
export function historyLines(lines: readonly HistoryLine[], now: number): string {
  if (lines.length === 0) return html`<p class="muted">No events yet.</p>`;
  return html`<ol class="history">!${lines.map(
    (one) => html`<li id="history-${one.id}">
      <p class="when">!${time(one.at, now)}</p>
      <div>!${'entry' in one ? entryBody(one.entry) : sweepBody(one.sweep)}</div>
    </li>`,
  )}</ol>`;
}

/** `15 objects at the start of the daemon: 9 created, 6 adopted`, with the entries below it. */
function sweepBody({ sweepId, entries, counts, people }: SweepEntries): string {
  const tally = [...counts].map(([name, number]) => `${number.toLocaleString('en')} ${name}`).join(', ');
  const why = entries[0] === undefined ? '' : WHY[entries[0].trigger];
  const names = people.slice(0, MOST_TARGETS).map((person) => html`<strong>${safe(person)}</strong>`);
  const more = people.length > names.length ? html` and ${count(people.length - names.length, 'other')}` : '';
  const who =
    people.length === 0 ? '' : html` <span class="muted">People: !${names.join(', ')}!${more}.</span>`;
  const objects =
    entries.length > MOST_TARGETS
      ? count(entries.length, 'object')
      : entries.map(({ key }) => safe(key)).join(', ');
  const left = entries.length - MOST_UNFOLDED;
  const rest =
    left > 0 ? html`<p><a href="${withQuery('/history', { sweep: sweepId })}">All of this sweep</a></p>` : '';
  const items = entries
    .slice(0, MOST_UNFOLDED)
    .map((entry) => html`<li><div>!${reconciled(entry)}</div></li>`);
  return html`<details id="sweep-${sweepId}">
    <summary><strong>${objects}</strong> ${why}: ${tally}.!${who}</summary>
    <ol class="history">!${items}</ol>!${rest}
  </details>`;
}

/** Events, newest first, as a list. `about`: the object of the page, which is not named again. */
export function historyList(entries: readonly HistoryEntry[], now: number, about?: string): string {
  if (entries.length === 0) return html`<p class="muted">No events yet.</p>`;
  return html`<ol class="history">!${entries.map(
    (entry) => html`<li id="history-${entry.id}">
      <p class="when">!${time(entry.at, now)}</p>
      <div>!${entryBody(entry, about)}</div>
    </li>`,
  )}</ol>`;
}

function entryBody(entry: HistoryEntry, about?: string): string {
  switch (entry.event) {
    case 'reconciled':
      return reconciled(entry, about);
    case 'attributed':
      return attributed(entry);
    case 'health':
      return html`<p>!${entry.key === about ? '' : html`<strong>!${objectLink(entry.key)}</strong> `}${safe(healthText(entry))}</p>`;
    case 'commanded':
      return commanded(entry);
  }
}

function reconciled(entry: ReconciledEntry, about?: string): string {
  const { key, action, outcome, status, trigger, revision, actor, by, approved, reason, remedies } = entry;
  const done = deedText(entry);
  const deed = done === '' && action !== 'none' ? `${action} ${outcome}` : done;
  const difference = done === '' ? '' : shortDifference(entry);
  const name = key === about ? '' : html`<strong>!${objectLink(key)}</strong> `;
  const isNamed = actor === undefined || done.includes(actor);
  const who = isNamed ? '' : html` It had been changed by <strong>${safe(actor)}</strong>.`;
  const operator = by === undefined ? '' : html` It was applied by <strong>${safe(by)}</strong>.`;
  const leave = approved === undefined ? '' : html` It had been approved!${nameOf(approved.by)}.`;
  const why =
    reason === undefined || reason === ''
      ? ''
      : html`<p>${reasonSentence({ reason, remedies }, about === undefined ? 'elsewhere' : { key: about })}</p>`;
  return html`<p>!${name}${safe(deed)}${difference === '' ? '' : `: ${difference}`} !${badge(status)}</p>
    !${why}
    <p class="muted">
      c1sync, ${WHY[trigger]}, at revision <code>${safe(shortRevision(revision))}</code>.!${who}!${operator}!${leave}
    </p>
    !${fieldsPart(entry)}`;
}

function fieldsPart({ reconcileId, action, fields, outcome }: ReconciledEntry): string {
  if (fields.length === 0 || action === 'none') return '';
  const names = fields.map((field) => safe(labelOf(field))).join(', ');
  return html`<details id="fields-${reconcileId}">
    <summary>${count(fields.length, 'field')}: <code>${names}</code></summary>
    !${changeFields({ action, fields }, outcome === 'done')}
  </details>`;
}

function attributed({ key, actor }: AttributedEntry): string {
  return html`<p>The reverted change of !${objectLink(key)} was made by <strong>${safe(actor)}</strong>.</p>`;
}

function commanded({ command, by, via, targets, objects, reason, until }: CommandedEntry): string {
  const names = targets.slice(0, MOST_TARGETS).map(targetName);
  const more =
    targets.length > names.length ? html` and ${count(targets.length - names.length, 'other')}` : '';
  const number = objects === undefined || command === 'suspend' ? '' : `, ${count(objects, 'object')}`;
  const end =
    until === undefined
      ? ''
      : html` until <time datetime="${until}">${until.slice(0, 16).replace('T', ' ')} UTC</time>`;
  return html`<p><strong>${COMMANDS[command]}</strong>: !${names.join(', ')}!${more}${number}!${end}</p>
    !${reason === undefined ? '' : html`<p>${sentence(reason)}</p>`}
    <p class="muted">By !${via === undefined ? 'a person' : html`<strong>${safe(by)}</strong>`}, through the ${CHANNELS.get(via ?? by) ?? 'API'}.</p>`;
}

/** Who gave an approval; earlier versions kept its channel. */
function nameOf(by: string | undefined): string {
  if (by === undefined) return '';
  const channel = CHANNELS.get(by);
  return channel === undefined ? html` by <strong>${safe(by)}</strong>` : html`, through the ${channel}`;
}

function targetName(target: string): string {
  if (target === '*') return 'everything';
  if (/^[A-Za-z]+\/[^=,]+$/.test(target)) return objectLink(target);
  return html`<code>${safe(target.startsWith('sha256:') ? target.slice(0, 19) : target)}</code>`;
}
