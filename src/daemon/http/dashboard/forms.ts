import { html } from 'ghtml';
import type { PlanView } from '../../../core/status/views.js';
import { effectList, tally } from './change.js';
import { count } from './html.js';
import type { PageAccess } from './layout.js';
import { BUTTONS } from './remedies.js';

/** For how long objects may be suspended on a page: hours, empty for no end. */
const SPANS: readonly (readonly [hours: string, name: string])[] = [
  ['1', '1 hour'],
  ['4', '4 hours'],
  ['24', '1 day'],
  ['168', '1 week'],
  ['', 'Until it is resumed'],
];

/** The reason for missing buttons and its remedy; empty for a reader with buttons. */
export function whyNoButtons(access: PageAccess): string {
  if (access === 'change') return '';
  if (access === 'sign in')
    return html`<p class="hint"><a href="/login">Sign in</a> to change something here.</p>`;
  return html`<p class="hint">
    Nothing can be changed here while the daemon has no token. Set <code>server.token</code>
    (<code>C1SYNC_SERVER_TOKEN</code>) to a long random text, and sign in with it.
  </p>`;
}

/** A button that approves a group of held changes after a confirmation. `back`: the page to return to. */
export function approveForm(
  { hash, objects, actions, changes }: PlanView['held'][number],
  back: string,
): string {
  const id = `approve-${hash.replace(/^sha256:/, '').slice(0, 16)}`;
  const what = objects === 1 ? 'this change' : `these ${count(objects, 'change')}`;
  return html`<button type="button" class="main" popovertarget="${id}">${BUTTONS.approve} ${count(objects, 'change')} …</button>
    <div id="${id}" class="dialog" popover role="dialog" aria-labelledby="${id}-title">
      <form method="post" action="/approve">
        <h3 id="${id}-title">Carry out ${what}?</h3>
        <p>${tally(actions)}:</p>
        !${effectList(changes, objects)}
        <p>This approval is used once. It lapses when the changes differ.</p>
        <input type="hidden" name="hash" value="${hash}">
        <input type="hidden" name="back" value="${back}">
        <p class="buttons">
          <button class="main">${BUTTONS.approve} ${count(objects, 'change')}</button>
          <button type="button" popovertarget="${id}" popovertargetaction="hide">Cancel</button>
        </p>
      </form>
    </div>`;
}

/** A form that suspends one object. */
export function suspendForm(key: string, back: string): string {
  return html`<details id="suspend">
    <summary>Suspend …</summary>
    <form method="post" action="/suspend" class="stacked">
      <p>The daemon does not change a suspended object.</p>
      <input type="hidden" name="target" value="${key}">
      <input type="hidden" name="back" value="${back}">
      <p>
        <label for="reason">Reason, for the next reader</label>
        <input id="reason" name="reason" required maxlength="200" autocomplete="off">
      </p>
      <p>
        <label for="hours">For how long</label>
        <select id="hours" name="hours">
          !${SPANS.map(([hours, name]) => html`<option value="${hours}">${name}</option>`)}
        </select>
      </p>
      <p class="buttons"><button class="main">Suspend</button></p>
    </form>
  </details>`;
}

/**
 * A button that ends a suspension; or manages an object again that a person took over or deleted, which is confirmed on a
 * page of its own.
 */
export function resumeForm(target: string, back: string, name: string = BUTTONS.resume): string {
  return html`<form method="post" action="/resume">
    <input type="hidden" name="target" value="${target}">
    <input type="hidden" name="back" value="${back}">
    <button class="main">${name}</button>
  </form>`;
}

/** A button that releases an object after a confirmation. */
export function releaseForm(key: string, back: string): string {
  const effect = `c1sync forgets ${key}. The object stays in the tenant without marks of c1sync, and is not deleted later.`;
  return confirmedForm('release', { key, back, deed: BUTTONS.release, effect });
}

/** A button that deletes the record of an object after a confirmation. */
export function forgetForm(key: string, back: string): string {
  const effect = `c1sync deletes its record and keeps the definition. The next sweep treats ${key} as new: it finds the object by its id in the definition, its marks or its name, or creates one.`;
  return confirmedForm('forget', { key, back, deed: `${BUTTONS.forget} ${key}`, effect });
}

function confirmedForm(
  action: 'release' | 'forget',
  { key, back, deed, effect }: Readonly<Record<'key' | 'back' | 'deed' | 'effect', string>>,
): string {
  return html`<button type="button" class="main" popovertarget="${action}">${deed} …</button>
    <div id="${action}" class="dialog" popover role="dialog" aria-labelledby="${action}-title">
      <form method="post" action="/${action}">
        <h3 id="${action}-title">${deed}?</h3>
        <p>${effect}</p>
        <input type="hidden" name="target" value="${key}">
        <input type="hidden" name="back" value="${back}">
        <p class="buttons">
          <button class="main">${deed}</button>
          <button type="button" popovertarget="${action}" popovertargetaction="hide">Cancel</button>
        </p>
      </form>
    </div>`;
}

/** A button that triggers a sweep now. `target`: a key, or `*` for everything. */
export function reconcileForm(target: string, back: string): string {
  return html`<form method="post" action="/look">
    <input type="hidden" name="target" value="${target}">
    <input type="hidden" name="back" value="${back}">
    <button>${BUTTONS.reconcile}</button>
  </form>`;
}
