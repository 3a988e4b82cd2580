import type { FastifyInstance } from 'fastify';
import { html } from 'ghtml';
import { phasesText } from '../../../core/model/phase.js';
import { type TenantPhase, type TenantRow, tenantPhaseName } from '../../../core/status/tenant-rows.js';
import { safe } from '../../../text/safe.js';
import { API } from '../paths.js';
import type { Tenants } from '../tenants.js';
import { count, sendHtml, sign, TONES, type Tone, time } from './html.js';
import { accessOf, type DashboardParts } from './index.js';
import { footerOf, renderFrame, sessionPart } from './layout.js';
import { reasonSentence } from './remedies.js';

/** `GET /`: all tenants, those first that need attention most. */
export function addTenantsPage(
  server: FastifyInstance,
  tenants: Tenants,
  { clock, hasToken }: Pick<DashboardParts, 'clock' | 'hasToken'>,
): void {
  server.get('/', async (request, reply) => {
    const now = clock.now();
    const rows = tenants.rows();
    const content = html`<header class="top">
        <a class="brand" href="/">c1sync</a>
        <p class="where"><span>${count(rows.length, 'tenant')}</span></p>
        !${sessionPart(accessOf(request, hasToken), request.client)}
      </header>
      <main id="main" tabindex="-1">!${tenantsPart(rows, now)}</main>
      !${footerOf('', now)}`;
    const title = `Tenants · ${headline(rows).text}`;
    return sendHtml(reply, renderFrame({ title, url: '/', events: `${API}/events`, content }));
  });
}

/** The phases in which a tenant needs attention. */
const NEEDY: readonly TenantPhase[] = ['failing', 'out-of-sync', 'waiting'];

function toneOf(phase: TenantPhase): Tone {
  return phase === 'failing' ? 'bad' : TONES[phase];
}

function headline(rows: readonly TenantRow[]): { readonly tone: Tone; readonly text: string } {
  const needy = rows.filter(({ phase }) => NEEDY.includes(phase));
  const [worst] = rows;
  if (worst === undefined || needy.length === 0) return { tone: 'ok', text: 'No tenant needs attention' };
  const verb = needy.length === 1 ? 'needs' : 'need';
  return {
    tone: toneOf(worst.phase),
    text: `${needy.length} of ${count(rows.length, 'tenant')} ${verb} attention`,
  };
}

function tenantsPart(rows: readonly TenantRow[], now: number): string {
  const { tone, text } = headline(rows);
  return html`<h1 class="headline ${tone}">!${sign(tone)} ${text}</h1>
    <div class="scroll">
      <table class="tenants">
        <thead><tr>
          <th scope="col">Tenant</th><th scope="col">State</th><th scope="col">Reason</th>
          <th scope="col">Objects</th><th scope="col">Last complete sweep</th>
        </tr></thead>
        <tbody>!${rows.map((row) => rowPart(row, now))}</tbody>
      </table>
    </div>`;
}

function rowPart(row: TenantRow, now: number): string {
  const { name, tenant, workspace, mode, phase, state, since, objects, lastCompleteSweep } = row;
  const tone = toneOf(phase);
  const where = [tenant ?? 'host not known', workspace ?? ''].filter((part) => part !== '').join(' ');
  const path = `/tenants/${encodeURIComponent(name)}/`;
  const title = state === 'running' ? html`<a href="${path}">${name}</a>` : html`${name}`;
  const observing = mode === 'observe' ? html` <span class="muted">observe</span>` : '';
  const age = since === null ? '' : html`<br><span class="muted">since !${time(since, now)}</span>`;
  const label = state === 'starting' ? 'starting' : tenantPhaseName(phase);
  return html`<tr id="tenant-${name}">
    <th scope="row">!${title}!${observing}<br><span class="muted">${safe(where)}</span></th>
    <td><span class="badge ${tone}">!${sign(tone)} ${label}</span>!${age}</td>
    <td>!${reasonPart(row, now)}</td>
    <td>${objects === null ? '' : phasesText(objects.byPhase) || 'none'}</td>
    <td>!${time(lastCompleteSweep, now)}</td>
  </tr>`;
}

function reasonPart(row: TenantRow, now: number): string {
  const { held, nextTry, phase, name } = row;
  const retry = nextTry === null ? '' : html` <span class="muted">Next try !${time(nextTry, now)}.</span>`;
  const approve =
    held > 0 && phase !== 'failing'
      ? html` <a href="/tenants/${encodeURIComponent(name)}/held">${count(held, 'group')} to approve</a>.`
      : '';
  return html`${reasonSentence(row, 'elsewhere')}!${retry}!${approve}`;
}
