import { html } from 'ghtml';
import type { ObjectView } from '../../../core/status/views.js';
import { safe } from '../../../text/safe.js';
import { changeFields } from './change.js';
import { count, objectLink } from './html.js';
import { below, renderBarePage } from './layout.js';
import { BUTTONS } from './remedies.js';

/** A resumption to confirm. */
export interface Reclaim {
  readonly target: string;
  /** The page to return to. */
  readonly back: string;
  /** Identifies the objects of the question. */
  readonly proof: string;
  /** The first objects that people took over or deleted. */
  readonly objects: readonly ObjectView[];
  readonly total: number;
  /** True for an object that was deleted in the tenant. */
  readonly isGone: boolean;
  /** The path of the tenant's pages. */
  readonly base: string;
}

/** The question before objects are managed again: whose edits are overwritten, or what is created again, and with which values. */
export function reclaimPage({ target, back, proof, objects, total, isGone, base }: Reclaim): string {
  const one = isGone ? BUTTONS.recreate : BUTTONS.reclaim;
  const deed = total === 1 ? one : `Manage ${count(total, 'object')} again`;
  const title = `${deed}?`;
  const effect = isGone
    ? 'It was deleted in the tenant, perhaps on purpose. A new object is created from its definition:'
    : 'The definitions overwrite the edits that people made in the web app:';
  const left = total - objects.length;
  const body = html`<h1>${title}</h1>
      <p>${effect}</p>
      <ul class="changes">!${objects.map(objectItem)}</ul>
      !${left > 0 ? html`<p>And ${count(left, 'more object')}.</p>` : ''}
      <form method="post" action="/resume">
        <input type="hidden" name="target" value="${target}">
        <input type="hidden" name="back" value="${back}">
        <input type="hidden" name="confirmed" value="${proof}">
        <p class="buttons">
          <button class="main">${deed}</button>
          <a href="${back}">Cancel</a>
        </p>
      </form>`;
  return renderBarePage({ title, body: below(base, body) });
}

function objectItem({ key, change, record }: ObjectView): string {
  const by = record?.yielded?.by ?? null;
  const who = by === null ? '' : html`, taken over by <strong>${safe(by)}</strong>`;
  const what = change === null ? html`<p>No field differs now.</p>` : changeFields(change);
  return html`<li class="change"><p><strong>!${objectLink(key)}</strong>!${who}</p>!${what}</li>`;
}
