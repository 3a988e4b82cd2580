import { html } from 'ghtml';
import type { HistoryPage } from '../../../core/status/history.js';
import { HISTORY_ACTIONS } from '../../../core/status/history-actions.js';
import { linesOf } from '../../../core/status/history-sweeps.js';
import { safe } from '../../../text/safe.js';
import { historyLines, historyList } from './history.js';
import { objectLink, withQuery } from './html.js';
import type { Page } from './layout.js';

/** The times that a history reaches back, by their name in the address. */
export const WITHIN = {
  '1h': { ms: 3_600_000, name: 'Last hour' },
  '24h': { ms: 86_400_000, name: 'Last 24 hours' },
  '7d': { ms: 604_800_000, name: 'Last 7 days' },
} as const;

/** The filter of the history; empty for everything. */
export interface HistoryFilter {
  readonly key: string;
  readonly person: string;
  readonly action: string;
  readonly within: string;
  /** The id of a sweep. */
  readonly sweep: string;
}

/** Lines of one page, and the entries of which they are made. */
const LINES = 50;
const ENTRIES = 500;

/** Entries to read for one page. */
export function entriesOf(filter: HistoryFilter): number {
  return isFolded(filter) ? ENTRIES : LINES;
}

/** The history of one object or sweep shows each entry. */
function isFolded({ key, sweep }: HistoryFilter): boolean {
  return key === '' && sweep === '';
}

/** `/history`: events, newest first, filtered, a page at a time. `isLater`: any page but the first. */
export function historyPage(
  page: HistoryPage,
  filter: HistoryFilter,
  { isLater, now }: { readonly isLater: boolean; readonly now: number },
): Page {
  const { key, sweep } = filter;
  const folds = isFolded(filter);
  const { lines, next } = linesOf(page, LINES);
  const title = key === '' ? 'History' : `History of ${safe(key)}`;
  const of = key === '' ? '' : html`<p>Of !${objectLink(key)} only.</p>`;
  const ofSweep = sweep === '' ? '' : html`<p>Of one sweep only.</p>`;
  const isFiltered = Object.values(filter).some((value) => value !== '');
  const all = isFiltered ? html`<p><a href="/history">The history of everything</a></p>` : '';
  const to = (before?: number): string => withQuery('/history', { ...filter, before });
  const newest = isLater ? html`<li><a href="${to()}">Newest</a></li>` : '';
  const after = folds ? next : page.next;
  const older = after === null ? '' : html`<li><a rel="next" href="${to(after)}">Older</a></li>`;
  const list = folds ? historyLines(lines, now) : historyList(page.entries, now, key || undefined);
  const nothing = html`<p class="muted">No entry matches.</p>`;
  return {
    title,
    body: html`<h1>${title}</h1>
      !${of} !${ofSweep} !${all}
      <div class="card">!${filterForm(filter)}</div>
      <div class="card">!${page.entries.length === 0 && isFiltered ? nothing : list}</div>
      <nav class="pager" aria-label="Pages of the history"><ul>!${newest}!${older}</ul></nav>`,
  };
}

function filterForm({ key, person, action, within }: HistoryFilter): string {
  const option = (value: string, name: string, chosen: string): string =>
    html`<option value="${value}" !${value === chosen ? 'selected' : ''}>${name}</option>`;
  return html`<form class="filter" role="search" action="/history">
    <p><label for="key">Object</label> <input id="key" type="search" name="key" value="${key}" maxlength="1000" placeholder="Kind/name" autocomplete="off" spellcheck="false"></p>
    <p><label for="person">Person</label> <input id="person" type="search" name="person" value="${person}" maxlength="200" autocomplete="off" spellcheck="false"></p>
    <p>
      <label for="action">Action</label>
      <select id="action" name="action">!${option('', 'Any', action)} !${HISTORY_ACTIONS.map((one) => option(one, one, action))}</select>
    </p>
    <p>
      <label for="within">Time</label>
      <select id="within" name="within">!${option('', 'Any', within)} !${Object.entries(WITHIN).map(([one, { name }]) => option(one, name, within))}</select>
    </p>
    <p><button>Show</button></p>
  </form>`;
}
