import { html } from 'ghtml';
import { STATUSES, type Status } from '../../../core/model/change.js';
import { healthText } from '../../../core/model/health.js';
import { PHASE_NAMES, PHASES } from '../../../core/model/phase.js';
import type { HistoryLine } from '../../../core/status/history-sweeps.js';
import type { ActivityView, DaemonView, ObjectRow, ProblemView } from '../../../core/status/views.js';
import { activityPart } from './activity.js';
import { reconcileForm } from './forms.js';
import { historyLines } from './history.js';
import { badge, count, sentence, sign, TONES, time, withQuery } from './html.js';
import type { Page, PageContext } from './layout.js';
import { objectTable } from './objects-page.js';
import { reasonSentence } from './remedies.js';
import { headline, notices } from './state.js';

/** The input of the overview beside that of every page. */
export interface OverviewParts {
  readonly problems: readonly ProblemView[];
  /** The first objects that need attention. */
  readonly needy: readonly ObjectRow[];
  readonly latest: readonly HistoryLine[];
  readonly activity: ActivityView;
}

/** The measures of the bar of phases, in its own units. */
const BAR_WIDTH = 1000;
const BAR_HEIGHT = 16;

/** `/`: whether the tenant is in sync, which objects are not and why, recent events, and decisions that are due. */
export function overviewPage(parts: OverviewParts, context: PageContext): Page {
  const { daemon, now, access } = context;
  const { tone, text } = headline(daemon);
  return {
    title: text,
    body: html`<div class="headline ${tone}">
        <h1>!${sign(tone)} ${text}</h1>
        <p role="status">!${lead(daemon, now)}</p>
        !${phaseBar(daemon)}
        !${access === 'change' ? reconcileForm('*', '/') : ''}
      </div>
      !${notices(daemon, parts.problems, now)}
      !${activityPart(parts.activity)}
      !${decisions(daemon, now)}
      !${needyPart(daemon, parts.needy, now)}
      <section aria-labelledby="latest">
        <h2 id="latest">Changed lately</h2>
        !${historyLines(parts.latest, now)}
        !${parts.latest.length === 0 ? '' : html`<p><a href="/history">The whole history</a></p>`}
      </section>
      !${countsPart(daemon)}`,
  };
}

function lead({ sweeps, objects }: DaemonView, now: number): string {
  const { next } = sweeps;
  const phases = objects.total === 0 ? '' : `${count(objects.total, 'object')}. `;
  const again =
    next === null ? '' : html` Next sweep: !${Date.parse(next) <= now ? 'now' : time(next, now)}.`;
  return `${phases}${lastSweep(sweeps, now)}${again}`;
}

/** The shares of the phases as a bar, and their numbers, which lead to the objects. */
function phaseBar({ objects: { total, byPhase } }: DaemonView): string {
  if (total === 0) return '';
  const present = PHASES.filter((phase) => byPhase[phase] > 0);
  let end = 0;
  const parts = present.map((phase) => {
    const start = end;
    end += (byPhase[phase] / total) * BAR_WIDTH;
    return html`<rect class="${TONES[phase]}" x="${start.toFixed(1)}" width="${(end - start).toFixed(1)}" height="${BAR_HEIGHT}"></rect>`;
  });
  const numbers = present.map(
    (phase) => html`<li>
      <a class="badge ${TONES[phase]}" href="${withQuery('/objects', { status: phase })}">!${sign(TONES[phase])} ${byPhase[phase].toLocaleString('en')} ${PHASE_NAMES[phase]}</a>
    </li>`,
  );
  return html`<svg class="phase-bar" viewBox="0 0 ${BAR_WIDTH} ${BAR_HEIGHT}" preserveAspectRatio="none" aria-hidden="true">!${parts}</svg>
    <ul class="phases">!${numbers}</ul>`;
}

function lastSweep({ last, lastSuccess }: DaemonView['sweeps'], now: number): string {
  if (lastSuccess !== null) return html`Last complete sweep: !${time(lastSuccess, now)}.`;
  // Without a reason, a part of the tenant was observed.
  if (last !== null && last.reason === null) return html`Last sweep: !${time(last.at, now)}.`;
  return 'No sweep has been complete yet.';
}

/** Held groups and suspensions, which only a person ends. */
function decisions({ held, suspensions }: DaemonView, now: number): string {
  if (held.length === 0 && suspensions.length === 0) return '';
  const groups = held.map(
    (group) => html`<li>
      <p>
        <strong><a href="/held#group-${group.hash.slice(7, 19)}">${count(group.objects, 'change')} to approve</a></strong>
        <span class="muted">since !${time(group.oldest, now)}</span>
      </p>
      <p>${reasonSentence(group, 'elsewhere')}</p>
    </li>`,
  );
  const paused = suspensions.map(
    ({ target, reason, until }) => html`<li>
      <p>
        <strong><a href="/held#suspended">${target === '*' ? 'Everything' : target} is suspended</a></strong>
        !${until === null ? 'until somebody resumes it' : html`and resumes !${time(until, now)}`}
      </p>
      <p>${sentence(reason)}</p>
    </li>`,
  );
  return html`<section aria-labelledby="decisions">
    <h2 id="decisions">Held and suspended</h2>
    <ul class="cards">!${groups}!${paused}</ul>
  </section>`;
}

function needyPart({ objects }: DaemonView, rows: readonly ObjectRow[], now: number): string {
  const { byPhase } = objects;
  const total = byPhase['out-of-sync'] + byPhase.waiting;
  if (total === 0) return '';
  const more =
    total > rows.length
      ? html`<p><a href="/objects?status=attention">All ${count(total, 'object')} that need attention</a></p>`
      : '';
  return html`<section aria-labelledby="needy">
    <h2 id="needy">Out of sync or waiting for a person</h2>
    !${objectTable(rows, now)}
    !${more}
  </section>`;
}

function countsPart({ objects: { total, byStatus, byKind, byHealth } }: DaemonView): string {
  if (total === 0) return '';
  const health = healthText(byHealth);
  const present = STATUSES.filter((status) => byStatus[status] > 0);
  const kinds = Object.keys(byKind);
  const row = (status: Status): string => html`<tr>
    <th scope="row">!${badge(status)}</th>
    !${kinds.map((kind) => countCell(byKind[kind]?.[status] ?? 0, status, kind))}
    !${countCell(byStatus[status], status)}
  </tr>`;
  return html`<section aria-labelledby="counts">
    <h2 id="counts">All objects</h2>
    <table class="counts">
      <thead><tr><th scope="col">Status</th>!${kinds.map((kind) => html`<th scope="col" class="number kind">${kind}</th>`)}<th scope="col" class="number">All</th></tr></thead>
      <tbody>!${present.map(row)}</tbody>
    </table>
    !${health === '' ? '' : html`<p>Health in the tenant: ${health}.</p>`}
  </section>`;
}

/** A number that leads to its objects; of every kind where none is given. */
function countCell(number: number, status: Status, kind?: string): string {
  const name = kind === undefined ? 'number' : 'number kind';
  if (number === 0) return html`<td class="${name} muted">0</td>`;
  const spoken = `${kind ?? 'objects'}, ${status}`;
  return html`<td class="${name}">
    <a href="${withQuery('/objects', { status, kind })}">${number.toLocaleString('en')}<span class="hidden"> ${spoken}</span></a>
  </td>`;
}
