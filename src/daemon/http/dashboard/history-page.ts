import { html } from 'ghtml';
import type { HistoryPage } from '../../../core/status/history.js';
import { safe } from '../../../text/safe.js';
import { historyList } from './history.js';
import { objectLink, withQuery } from './html.js';
import type { Page } from './layout.js';

/** `/history`: events, newest first, a page at a time. `key`: of one object only. `isLater`: any page but the first. */
export function historyPage(
  { entries, next }: HistoryPage,
  { key, isLater }: { readonly key: string | undefined; readonly isLater: boolean },
  now: number,
): Page {
  const title = key === undefined ? 'History' : `History of ${safe(key)}`;
  const of =
    key === undefined
      ? ''
      : html`<p>Of !${objectLink(key)} only. <a href="/history">The history of everything</a></p>`;
  const newest = isLater ? html`<li><a href="${withQuery('/history', { key })}">Newest</a></li>` : '';
  const older =
    next === null
      ? ''
      : html`<li><a rel="next" href="${withQuery('/history', { key, before: next })}">Older</a></li>`;
  return {
    title,
    body: html`<h1>${title}</h1>
      !${of} <div class="card">!${historyList(entries, now, key)}</div>
      <nav class="pager" aria-label="Pages of the history"><ul>!${newest}!${older}</ul></nav>`,
  };
}
