import { html } from 'ghtml';
import type { ObjectView } from '../../../core/status/views.js';
import { safe } from '../../../text/safe.js';
import { changeFields } from './change.js';
import { count, objectLink } from './html.js';
import { renderBarePage } from './layout.js';

/** A resumption to confirm. */
export interface Reclaim {
  readonly target: string;
  /** The page to return to. */
  readonly back: string;
  /** Identifies the objects of the question. */
  readonly proof: string;
  /** The first objects that people took over. */
  readonly objects: readonly ObjectView[];
  readonly total: number;
}

/** The question before objects are managed again that people took over: whose edits are overwritten, and with which values. */
export function reclaimPage({ target, back, proof, objects, total }: Reclaim): string {
  const title = total === 1 ? 'Manage it again?' : `Manage ${count(total, 'object')} again?`;
  const left = total - objects.length;
  return renderBarePage({
    title,
    body: html`<h1>${title}</h1>
      <p>The definitions overwrite the edits that people made in the web app:</p>
      <ul class="changes">!${objects.map(objectItem)}</ul>
      !${left > 0 ? html`<p>And ${count(left, 'more object')}.</p>` : ''}
      <form method="post" action="/resume">
        <input type="hidden" name="target" value="${target}">
        <input type="hidden" name="back" value="${back}">
        <input type="hidden" name="confirmed" value="${proof}">
        <p class="buttons">
          <button class="main">${total === 1 ? 'Manage it again' : `Manage ${count(total, 'object')} again`}</button>
          <a href="${back}">Cancel</a>
        </p>
      </form>`,
  });
}

function objectItem({ key, change, record }: ObjectView): string {
  const by = record?.yielded?.by ?? null;
  const who = by === null ? '' : html`, taken over by <strong>${safe(by)}</strong>`;
  const what = change === null ? html`<p>No field differs now.</p>` : changeFields(change);
  return html`<li class="change"><p><strong>!${objectLink(key)}</strong>!${who}</p>!${what}</li>`;
}
