import { html } from 'ghtml';
import type { DaemonView, PlanView, SuspensionView } from '../../../core/status/views.js';
import { safe } from '../../../text/safe.js';
import { changeItem, tally } from './change.js';
import { approveForm, resumeForm, whyNoButtons } from './forms.js';
import { count, sentence, time } from './html.js';
import type { Page, PageContext } from './layout.js';
import { reasonSentence } from './remedies.js';

/** Changes that are shown of each group. */
export const SHOWN_CHANGES = 25;

/** `/held`: held changes, group by group, with the differences of each; then pending changes and suspensions. */
export function heldPage({ held, blocked, pending }: PlanView, context: PageContext): Page {
  const { access, daemon } = context;
  const groups = held.map((group) => groupPart(group, context));
  const isEmpty = held.length + blocked.total + pending.total + daemon.suspensions.length === 0;
  return {
    title: 'Held',
    body: html`<h1>Held</h1>
      !${isEmpty ? html`<p role="status">Nothing is held.</p>` : whyNoButtons(access)}
      !${groups}
      !${listPart('blocked', BLOCKED, blocked, daemon)}
      !${listPart('pending', daemon.about.mode === 'observe' ? OBSERVED : PENDING, pending, daemon)}
      !${suspendedPart(daemon.suspensions, context)}`,
  };
}

function groupPart(group: PlanView['held'][number], { access, now, daemon }: PageContext): string {
  const { hash, objects, actions, oldest, changes } = group;
  const id = `group-${hash.slice(7, 19)}`;
  return html`<section class="group" id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${count(objects, 'held change')}: ${tally(actions)}</h2>
    <p>${reasonSentence(group, 'held')}</p>
    <p class="muted">The first since !${time(oldest, now)} · <code>${hash.slice(0, 19)}</code></p>
    !${access === 'change' ? approveForm(group, '/held') : ''}
    !${changeList({ total: objects, changes }, daemon, false)}
  </section>`;
}

/** Changes, the first of them. */
type ChangeGroup = PlanView['blocked'];

/** Title and text of a part of the page. */
type Heading = readonly [title: string, text: string];

const BLOCKED: Heading = [
  'Held until something else changes',
  'An approval does not admit these. Each reason names the remedy.',
];
const PENDING: Heading = [
  'About to be carried out',
  'Not held: they are in the queue, or start with the next sweep.',
];
const OBSERVED: Heading = ['Not carried out in observe mode', 'In enforce mode these are carried out.'];

function listPart(id: string, [title, text]: Heading, group: ChangeGroup, daemon: DaemonView): string {
  if (group.total === 0) return '';
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${title}: ${group.total.toLocaleString('en')}</h2>
    <p>${text}</p>
    !${changeList(group, daemon, true)}
  </section>`;
}

function changeList({ total, changes }: ChangeGroup, { about }: DaemonView, heldAlone: boolean): string {
  const left = total - changes.length;
  const more =
    left > 0
      ? html`<p>And ${left.toLocaleString('en')} more: <code>c1sync plan</code> shows all of them.</p>`
      : '';
  return html`<ul class="changes">!${changes.map((change) => changeItem(change, about, heldAlone))}</ul>!${more}`;
}

function suspendedPart(suspensions: readonly SuspensionView[], { access, now }: PageContext): string {
  if (suspensions.length === 0) return '';
  return html`<section aria-labelledby="suspended">
    <h2 id="suspended">Suspended</h2>
    <ul class="cards">!${suspensions.map(
      ({ target, reason, since, until, by }) => html`<li id="suspended-${target}">
        <p>
          <strong>${target === '*' ? 'Everything' : safe(target)}</strong>
          <span class="muted">since !${time(since, now)}${by === null ? '' : `, by ${safe(by)}`}, !${until === null ? 'until it is resumed' : html`resumes !${time(until, now)}`}</span>
        </p>
        <p>${sentence(reason)}</p>
        !${access === 'change' ? resumeForm(target, '/held') : ''}
      </li>`,
    )}</ul>
  </section>`;
}
