import { html } from 'ghtml';
import { STATUSES } from '../../../core/model/change.js';
import { healthIn } from '../../../core/model/health.js';
import { PHASE_NAMES, PHASES } from '../../../core/model/phase.js';
import type { ObjectPage, ObjectRow } from '../../../core/status/views.js';
import { safe } from '../../../text/safe.js';
import { badge, count, objectLink, time, withQuery } from './html.js';
import type { Page, PageContext } from './layout.js';
import { reasonSentence } from './remedies.js';

/** The filter of the list; empty for everything. */
export interface ObjectFilter {
  readonly q: string;
  /** A status, a phase, or `attention` for all that are out of sync or waiting for a person. */
  readonly status: string;
  readonly kind: string;
}

/** `/objects`: all objects, searched, filtered and paged by the server. */
export function objectsPage(found: ObjectPage, filter: ObjectFilter, { daemon, now }: PageContext): Page {
  const result = found.objects.length === 0 ? nothing(found, filter) : objectTable(found.objects, now);
  return {
    title: 'Objects',
    body: html`<h1>Objects</h1>
      <div class="card">!${filterForm(filter, daemon.about.kinds)}</div>
      <p role="status">${rangeText(found)}</p>
      <div class="card">!${result}</div>
      !${pager(found, filter)}`,
  };
}

function nothing({ total }: ObjectPage, filter: ObjectFilter): string {
  const isFiltered = Object.values(filter).some((value) => value !== '');
  const all = html`<a href="/objects">Show all objects</a>`;
  if (total > 0) return html`<p>No object is on this page. !${all}</p>`;
  return isFiltered ? html`<p>No object matches. !${all}</p>` : html`<p>There are no objects yet.</p>`;
}

/** Objects with their statuses and reasons. */
export function objectTable(rows: readonly ObjectRow[], now: number): string {
  return html`<table class="objects" role="table">
    <thead role="rowgroup">
      <tr role="row">
        <th role="columnheader" scope="col">Object</th>
        <th role="columnheader" scope="col">Status</th>
        <th role="columnheader" scope="col">Reason and remedy</th>
        <th role="columnheader" scope="col">Since</th>
      </tr>
    </thead>
    <tbody role="rowgroup">!${rows.map((row) => objectRow(row, now))}</tbody>
  </table>`;
}

function objectRow(row: ObjectRow, now: number): string {
  const { key, displayName, status, since, facts } = row;
  const health = healthIn(facts);
  return html`<tr role="row" id="row-${key}">
    <th role="rowheader" scope="row">!${objectLink(key)} <span class="name">${safe(displayName ?? '')}</span></th>
    <td role="cell">!${badge(status)} !${health === undefined ? '' : html`<span class="name">Health: ${health}</span>`}</td>
    <td role="cell"><span class="reason">${reasonSentence(row, 'elsewhere')}</span></td>
    <td role="cell" class="since">!${time(since, now)}</td>
  </tr>`;
}

/** While a person types, the list follows; without scripts the button does it. */
function filterForm({ q, status, kind }: ObjectFilter, kinds: readonly string[]): string {
  const option = (value: string, name: string, chosen: string): string =>
    html`<option value="${value}" !${value === chosen ? 'selected' : ''}>${name}</option>`;
  return html`<form
    id="filter"
    class="filter"
    role="search"
    action="/objects"
    hx-get="/objects"
    hx-trigger="submit, input delay:250ms"
    hx-select="#page"
    hx-target="#page"
    hx-swap="outerMorph"
    hx-replace-url="true"
    hx-sync="#page:replace"
  >
    <p><label for="q">Key, name or id</label> <input id="q" type="search" name="q" value="${q}" maxlength="200" autocomplete="off" spellcheck="false"></p>
    <p>
      <label for="status">Status</label>
      <select id="status" name="status">
        !${option('', 'Any', status)} !${option('attention', 'Needs attention', status)}
        !${PHASES.map((one) => option(one, `All ${PHASE_NAMES[one]}`, status))}
        !${STATUSES.map((one) => option(one, one, status))}
      </select>
    </p>
    <p>
      <label for="kind">Kind</label>
      <select id="kind" name="kind">!${option('', 'Any', kind)} !${kinds.map((one) => option(one, one, kind))}</select>
    </p>
    <p><button>Show</button></p>
  </form>`;
}

function rangeText({ objects, total, page, size }: ObjectPage): string {
  if (objects.length === 0) return count(total, 'object');
  const first = (page - 1) * size + 1;
  const last = first + objects.length - 1;
  if (first === 1 && last === total) return count(total, 'object');
  return `${first.toLocaleString('en')} to ${last.toLocaleString('en')} of ${count(total, 'object')}`;
}

function pager({ total, page, size }: ObjectPage, filter: ObjectFilter): string {
  const pages = Math.ceil(total / size);
  if (pages < 2) return '';
  const to = (number: number): string =>
    withQuery('/objects', { ...filter, page: number === 1 ? '' : number });
  const link = (number: number, name: string, rel: string): string =>
    number < 1 || number > pages
      ? ''
      : html`<li><a href="${to(number)}" !${rel === '' ? '' : `rel="${rel}"`}>${name}</a></li>`;
  return html`<nav class="pager" aria-label="Pages of the list">
    <ul>
      !${page > 2 ? link(1, 'First', '') : ''}
      !${link(page - 1, 'Previous', 'prev')}
      <li>Page ${page.toLocaleString('en')} of ${pages.toLocaleString('en')}</li>
      !${link(page + 1, 'Next', 'next')}
      !${page < pages - 1 ? link(pages, 'Last', '') : ''}
    </ul>
  </nav>`;
}
