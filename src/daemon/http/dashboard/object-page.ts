import { html } from 'ghtml';
import { meaningOf, phaseOf } from '../../../core/model/phase.js';
import type { HistoryPage } from '../../../core/status/history.js';
import type { ObjectView, PlanView } from '../../../core/status/views.js';
import { shortRevision } from '../../../text/people.js';
import { safe } from '../../../text/safe.js';
import { changeFields, deedOf } from './change.js';
import {
  approveForm,
  forgetForm,
  reconcileForm,
  releaseForm,
  resumeForm,
  suspendForm,
  whyNoButtons,
} from './forms.js';
import { historyList } from './history.js';
import { badge, objectUrl, sentence, TONES, time, withQuery } from './html.js';
import type { Page, PageContext } from './layout.js';
import { BUTTONS, reasonSentence } from './remedies.js';

const ORIGINS: Readonly<Record<NonNullable<ObjectView['record']>['origin'], string>> = {
  created: 'created by c1sync',
  adopted: 'found in the tenant by its name',
  pinned: 'found in the tenant by the id in its definition',
  recovered: 'recovered after the records were lost',
};

/** The input of an object's page beside that of every page. */
export interface ObjectParts {
  readonly object: ObjectView;
  readonly history: HistoryPage;
  /** The group of held changes that its change is in, if an approval admits it. */
  readonly group: PlanView['held'][number] | undefined;
}

/** `/objects/Kind/name`: everything known of one object, and its commands. */
export function objectPage({ object, history, group }: ObjectParts, context: PageContext): Page {
  const { key, displayName, status, since, problem } = object;
  const reason =
    object.reason === '' ? sentence(meaningOf(status).replaceAll('`', '')) : reasonSentence(object, { key });
  const { now } = context;
  return {
    title: key,
    body: html`<p class="crumbs"><a href="/objects">Objects</a></p>
      <h1>${safe(key)} <span class="name">${safe(displayName ?? '')}</span></h1>
      <div class="standing ${TONES[phaseOf(status)]}">
        <p role="status">!${badge(status)} <span class="muted">since !${time(since, now)}</span></p>
        <p>${reason}</p>
        !${problem === null ? '' : html`<p>Its definition now: ${sentence(problem)}</p>`}
        !${actions(object, group, context)}
      </div>
      !${changePart(object, context)}
      <section aria-labelledby="facts"><h2 id="facts">Known to c1sync</h2>!${list(known(object, context))}</section>
      <section aria-labelledby="live"><h2 id="live">In the tenant</h2>!${list(inTenant(object))}</section>
      <section aria-labelledby="history">
        <h2 id="history">History</h2>
        !${historyList(history.entries, now, key)}
        !${history.next === null ? '' : html`<p><a href="${withQuery('/history', { key })}">All of its history</a></p>`}
      </section>`,
  };
}

/** The page of an object that c1sync knows no more, as after its deletion: its history. */
export function formerObjectPage(key: string, history: HistoryPage, now: number): Page {
  const more =
    history.next === null
      ? ''
      : html`<p><a href="${withQuery('/history', { key })}">All of its history</a></p>`;
  return {
    title: key,
    body: html`<p class="crumbs"><a href="/objects">Objects</a></p>
      <h1>${safe(key)}</h1>
      <div class="standing paused">
        <p role="status">c1sync does not manage it: it was deleted, released or renamed.</p>
      </div>
      <section aria-labelledby="history">
        <h2 id="history">History</h2>
        !${historyList(history.entries, now, key)}
        !${more}
      </section>`,
  };
}

function actions(object: ObjectView, group: ObjectParts['group'], { daemon, access }: PageContext): string {
  if (access !== 'change') return whyNoButtons(access);
  const { key, kind, name, status, record, remedies = [] } = object;
  const back = objectUrl(kind, name);
  const isTaken = (record?.yielded ?? null) !== null;
  const isSuspended = daemon.suspensions.some(({ target }) => target === key);
  const mayRelease = remedies.some((remedy) => remedy.type === 'release' && remedy.key === key);
  const forgettable = remedies.flatMap((remedy) => (remedy.type === 'forget' ? [remedy.key] : []));
  const isGone = status === 'Gone' && record !== null;
  const elsewhere =
    status === 'Suspended' && !isSuspended ? html`<p><a href="/held#suspended">All suspensions</a></p>` : '';
  return html`<div class="actions">
    !${group === undefined ? '' : approveForm(group, back)}
    !${isSuspended || isTaken ? resumeForm(key, back, isTaken && !isSuspended ? `${BUTTONS.reclaim} …` : BUTTONS.resume) : ''}
    !${reconcileForm(key, back)}
    !${isGone ? resumeForm(key, back, `${BUTTONS.recreate} …`) : ''}
    !${mayRelease ? releaseForm(key, back) : ''}
    !${forgettable.map((one) => forgetForm(one, back))}
    !${isSuspended ? '' : suspendForm(key, back)}
    !${elsewhere}
  </div>`;
}

function changePart({ change }: ObjectView, { daemon }: PageContext): string {
  if (change === null) return '';
  const by =
    change.actor === undefined ? '' : html`<p>It was changed by <strong>${safe(change.actor)}</strong>.</p>`;
  return html`<section aria-labelledby="change">
    <h2 id="change">Planned change</h2>
    <p>The object ${deedOf(change, daemon.about)}.</p>
    !${by} !${changeFields(change)}
  </section>`;
}

/** A name and its value as HTML. */
type Fact = readonly [name: string, value: string];

function list(facts: readonly Fact[]): string {
  return html`<dl class="facts">!${facts.map(([name, value]) => html`<dt>${name}</dt><dd>!${value}</dd>`)}</dl>`;
}

function known(object: ObjectView, { daemon, now }: PageContext): readonly Fact[] {
  const { source, labels, lastAttempt, lastSuccess, record, unverified } = object;
  const texts = Object.entries(labels).map(([name, value]) => safe(`${name}=${value}`));
  const place = html`<code>${safe(source ?? '')}</code>!${revision(daemon.definitions?.revision)}`;
  return [
    ['Definition', source === null ? 'removed' : place],
    ...facts(texts.length > 0, ['Labels', html`<code>${texts.join(', ')}</code>`]),
    ['Last attempt', time(lastAttempt, now)],
    ['Last write', time(lastSuccess, now)],
    ...(record === null ? [] : recordFacts(record, now)),
    ...facts(unverified, ['Secrets', 'never written by c1sync: they may differ from the definition']),
  ];
}

function facts(isThere: boolean, fact: Fact): readonly Fact[] {
  return isThere ? [fact] : [];
}

function recordFacts(
  { origin, marked, putBack, yielded }: NonNullable<ObjectView['record']>,
  now: number,
): readonly Fact[] {
  const by = (yielded?.by ?? null) === null ? '' : html` by <strong>${safe(yielded?.by ?? '')}</strong>`;
  return [
    ['Origin', ORIGINS[origin]],
    ...facts(marked, ['Marks', 'on the object, as managed by this workspace']),
    ...facts(putBack !== null, ['Web edit reverted', time(putBack, now)]),
    ...facts(yielded !== null, ['Taken over', html`!${time(yielded?.at ?? null, now)}!${by}`]),
  ];
}

function inTenant({ id, facts: live }: ObjectView): readonly Fact[] {
  return [
    ['Id', id === null ? 'none yet' : html`<code>${safe(id)}</code>`],
    ...Object.entries(live).map(([name, value]): Fact => [words(name), factValue(value)]),
  ];
}

function revision(text: string | undefined): string {
  return text === undefined ? '' : html` at revision <code>${safe(shortRevision(text))}</code>`;
}

/** `Last error` for `lastError`. */
function words(name: string): string {
  const text = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function factValue(value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return value === '' ? 'none' : html`${safe(String(value))}`;
}
