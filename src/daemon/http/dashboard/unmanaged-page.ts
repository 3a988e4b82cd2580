import { html } from 'ghtml';
import type { UnmanagedObject, UnmanagedPage } from '../../../core/status/views.js';
import { safe } from '../../../text/safe.js';
import { withQuery } from './html.js';
import type { Page } from './layout.js';

const PATH = '/unmanaged';

/** The place of a page in the list. */
interface Place {
  /** True where objects below unmanaged ones are listed, too. */
  readonly all: boolean;
  /** True for any page but the first. */
  readonly isLater: boolean;
}

/** `/unmanaged`: the objects of the tenant that no definition covers, as they were read when the page was opened. */
export function unmanagedPage({ objects, next }: UnmanagedPage, { all, isLater }: Place): Page {
  const to = (query: { readonly all: boolean; readonly after?: string }): string =>
    withQuery(PATH, { ...query, all: query.all ? '1' : '' });
  const scope = all
    ? html`<a href="${to({ all: false })}">Only those below managed objects</a>`
    : html`<a href="${to({ all: true })}">Also those below unmanaged objects</a>`;
  const first = isLater ? html`<li><a href="${to({ all })}">First</a></li>` : '';
  const more = next === null ? '' : html`<li><a rel="next" href="${to({ all, after: next })}">Next</a></li>`;
  return {
    title: 'Unmanaged',
    isStill: true,
    body: html`<h1>Unmanaged</h1>
      <p>Objects of the tenant without a definition, as they were read when this page was opened, a minute ago at most. !${scope}</p>
      <div class="card">!${objects.length === 0 ? nothing({ isLater, next }) : unmanagedTable(objects)}</div>
      <nav class="pager" aria-label="Pages of the list"><ul>!${first}!${more}</ul></nav>`,
  };
}

function nothing({ isLater, next }: Pick<Place, 'isLater'> & Pick<UnmanagedPage, 'next'>): string {
  if (next !== null) return html`<p>None on this page.</p>`;
  return isLater ? html`<p>No more.</p>` : html`<p>A definition covers every object.</p>`;
}

function unmanagedTable(objects: readonly UnmanagedObject[]): string {
  return html`<table class="objects" role="table">
    <thead role="rowgroup">
      <tr role="row">
        <th role="columnheader" scope="col">Object</th>
        <th role="columnheader" scope="col">Of</th>
        <th role="columnheader" scope="col">To get its definition</th>
      </tr>
    </thead>
    <tbody role="rowgroup">!${objects.map(unmanagedRow)}</tbody>
  </table>`;
}

function unmanagedRow({
  kind,
  id,
  displayName,
  parent,
  note,
  managedBy,
  export: command,
}: UnmanagedObject): string {
  const notes = [kind, id, ...(note === null ? [] : [note])].map(safe).join(', ');
  const remedy =
    command === null
      ? html`Managed by ${safe(managedBy ?? 'another tool')}`
      : html`<code>${safe(command)}</code>`;
  return html`<tr role="row">
    <th role="rowheader" scope="row">${named(displayName)} <span class="name">${notes}</span></th>
    <td role="cell">${parent === null ? '' : named(parent.displayName)}</td>
    <td role="cell">!${remedy}</td>
  </tr>`;
}

function named(displayName: string): string {
  return displayName.trim() === '' ? '(no name)' : safe(displayName);
}
