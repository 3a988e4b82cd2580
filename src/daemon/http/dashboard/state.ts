import { html } from 'ghtml';
import { phasesText } from '../../../core/model/phase.js';
import type { DaemonView, ProblemView } from '../../../core/status/views.js';
import { safe } from '../../../text/safe.js';
import { count, sentence, sign, type Tone, time } from './html.js';

/** Whether the tenant is in sync, in one line. */
export interface Headline {
  readonly tone: Tone;
  readonly text: string;
}

/** Whether the tenant is in sync, by the worst state of the daemon and the phases of its objects. */
export function headline({ objects, started, sweeps, tenant, definitions }: DaemonView): Headline {
  const { total, byPhase } = objects;
  const { progressing } = byPhase;
  if (tenant.reachable === false) return { tone: 'bad', text: 'The tenant cannot be reached' };
  if (total === 0 && sweeps.last?.outcome === 'failed')
    return { tone: 'bad', text: 'Nothing could be observed yet' };
  if (byPhase['out-of-sync'] + byPhase.waiting > 0)
    return {
      tone: byPhase['out-of-sync'] > 0 ? 'bad' : 'attention',
      text: `${phasesText(byPhase, ['out-of-sync', 'waiting'])} of ${count(total, 'object')}`,
    };
  if (!started) return { tone: 'busy', text: 'The first sweep is under way' };
  if (definitions !== null && definitions.problems > 0)
    return { tone: 'bad', text: 'The definitions have mistakes' };
  if (total === 0) return { tone: 'paused', text: 'No objects are defined' };
  if (progressing > 0)
    return { tone: 'busy', text: `${phasesText(byPhase, ['progressing'])} of ${count(total, 'object')}` };
  const aside = phasesText(byPhase, ['set-aside']);
  return { tone: 'ok', text: `The tenant is in sync${aside === '' ? '' : `, ${aside}`}` };
}

/** One block for each unusual state of the daemon, for the top of the page. */
export function notices(daemon: DaemonView, problems: readonly ProblemView[], now: number): string {
  return [
    unreachable(daemon, now),
    failedSweep(daemon, now),
    firstSweep(daemon),
    recovery(daemon),
    mistakes(daemon, problems),
    nothingDefined(daemon),
    observing(daemon),
  ].join('');
}

function notice(tone: Tone, title: string, body: string): string {
  return html`<section class="notice ${tone}">
    <h2>!${sign(tone)} ${title}</h2>
    !${body}
  </section>`;
}

function unreachable({ tenant, sweeps }: DaemonView, now: number): string {
  if (tenant.reachable !== false) return '';
  return notice(
    'bad',
    'The tenant cannot be reached',
    html`<p>${sentence(tenant.reason ?? '')}</p>
      <p>
        Unreachable since !${time(tenant.since, now)}. The daemon retries and changes nothing meanwhile. This page shows
        the state at the last complete sweep: !${time(sweeps.lastSuccess, now)}.
      </p>`,
  );
}

function failedSweep({ tenant, sweeps: { last } }: DaemonView, now: number): string {
  if (last === null || last.reason === null || tenant.reachable === false) return '';
  return notice(
    'bad',
    'The last sweep failed',
    html`<p>${sentence(last.reason)}</p>
      <p>
        It failed !${time(last.at, now)}. The daemon retries and changes nothing meanwhile. This page shows the state before
        it.
      </p>`,
  );
}

function firstSweep({ started, objects, tenant, sweeps, queue }: DaemonView): string {
  if (started || tenant.reachable === false || (sweeps.last?.reason ?? null) !== null) return '';
  const left = queue.waiting + queue.running;
  const text =
    objects.total === 0
      ? 'The daemon loads the definitions and observes the tenant. This page updates by itself.'
      : `${count(objects.total, 'object')} observed; ${count(left, 'change')} in the queue.`;
  return notice('busy', 'The first sweep is under way', html`<p>${text}</p>`);
}

function recovery({ recovering }: DaemonView): string {
  if (!recovering) return '';
  return notice(
    'attention',
    'The records were lost and are being recovered',
    html`<p>
      The daemon started without records, but objects carry the marks of this workspace. It recovers them by their marks
      and ids. Objects that match only by name are held for approval, so that none is adopted or created twice by
      mistake.
    </p>`,
  );
}

function mistakes({ definitions }: DaemonView, problems: readonly ProblemView[]): string {
  if (definitions === null || definitions.problems === 0) return '';
  const more = definitions.problems - problems.length;
  return notice(
    'bad',
    `${count(definitions.problems, 'mistake')} in the definitions`,
    html`<p>The last valid version of an object stays in force, and nothing is deleted meanwhile.</p>
      <ul class="problems">!${problems.map(
        ({ source, path, message }) =>
          html`<li><code>${safe(source)}</code> !${path === undefined ? html`${sentence(message)}` : html`<code>${safe(path)}</code>: ${safe(message)}`}</li>`,
      )}</ul>
      !${more > 0 ? html`<p>And ${more.toLocaleString('en')} more: <code>c1sync validate</code> lists them file by file.</p>` : ''}`,
  );
}

function nothingDefined({ objects, started, definitions, tenant }: DaemonView): string {
  if (!started || objects.total > 0 || tenant.reachable === false || (definitions?.problems ?? 0) > 0)
    return '';
  return notice(
    'paused',
    'Nothing is managed yet',
    html`<p>
      The definitions hold no objects. <code>c1sync export</code> writes definitions of what the tenant holds; put them
      into the directory of the definitions and they show here.
    </p>`,
  );
}

function observing({ about }: DaemonView): string {
  if (about.mode !== 'observe') return '';
  return notice(
    'paused',
    'Observe mode',
    html`<p>Differences are shown and nothing is written. <code>sync.mode: enforce</code> changes that.</p>`,
  );
}
