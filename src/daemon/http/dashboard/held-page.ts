import { html } from 'ghtml';
import type { DaemonView, PlanView, SuspensionView } from '../../../core/status/views.js';
import { safe } from '../../../text/safe.js';
import { changeItem, tally } from './change.js';
import { approveForm, resumeForm, whyNoButtons } from './forms.js';
import { count, sentence, time } from './html.js';
import type { Page, PageContext } from './layout.js';

/** Changes that are shown of each group. */
export const SHOWN_CHANGES = 25;

/** `/held`: what waits for a person to decide, group by group, with what would be done. */
export function heldPage({ held, blocked, pending }: PlanView, context: PageContext): Page {
  const { access, daemon } = context;
  const groups = held.map((group) => groupPart(group, context));
  const isEmpty = held.length + blocked.total + pending.total + daemon.suspensions.length === 0;
  return {
    title: 'Waiting',
    body: html`<h1>Waiting</h1>
      !${isEmpty ? html`<p role="status">Nothing waits for a decision.</p>` : whyNoButtons(access)}
      !${groups}
      !${listPart('blocked', BLOCKED, blocked, daemon)}
      !${listPart('pending', daemon.about.mode === 'observe' ? ONLY_SHOWN : PENDING, pending, daemon)}
      !${suspendedPart(daemon.suspensions, context)}`,
  };
}

function groupPart(
  { hash, reason, objects, actions, oldest, changes }: PlanView['held'][number],
  { access, now, daemon }: PageContext,
): string {
  const id = `group-${hash.slice(7, 19)}`;
  return html`<section class="group" id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${count(objects, 'held change')}: ${tally(actions)}</h2>
    <p>${sentence(reason)}</p>
    <p class="muted">The first since !${time(oldest, now)} · <code>${hash.slice(0, 19)}</code></p>
    !${access === 'change' ? approveForm({ hash, objects, deeds: `${tally(actions)}.` }, '/held') : ''}
    !${changeList({ total: objects, changes }, daemon, false)}
  </section>`;
}

/** Changes, the first of them. */
type ChangeGroup = PlanView['blocked'];

/** Title and text of a part of the page. */
type Heading = readonly [title: string, text: string];

const BLOCKED: Heading = [
  'Held until something else changes',
  'No approval releases these: each says what to do.',
];
const PENDING: Heading = [
  'About to be carried out',
  'Nothing holds these. They are in the queue, or wait for the next look.',
];
const ONLY_SHOWN: Heading = ['Only shown', 'These would be carried out if the daemon did not only observe.'];

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
      ({ target, reason, since, until }) => html`<li id="suspended-${target}">
        <p>
          <strong>${target === '*' ? 'Everything' : safe(target)}</strong>
          <span class="muted">since !${time(since, now)}, !${until === null ? 'until it is resumed' : html`goes on !${time(until, now)}`}</span>
        </p>
        <p>${sentence(reason)}</p>
        !${access === 'change' ? resumeForm(target, '/held') : ''}
      </li>`,
    )}</ul>
  </section>`;
}
