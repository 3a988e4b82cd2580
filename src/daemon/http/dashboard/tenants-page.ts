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
  return html`<div class="headline ${tone}"><h1>!${sign(tone)} ${text}</h1></div>
    <table class="objects" role="table">
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">Tenant</th>
          <th role="columnheader" scope="col">State</th>
          <th role="columnheader" scope="col">Reason and remedy</th>
          <th role="columnheader" scope="col">Last complete sweep</th>
        </tr>
      </thead>
      <tbody role="rowgroup">!${rows.map((row) => rowPart(row, now))}</tbody>
    </table>`;
}

function rowPart(row: TenantRow, now: number): string {
  const { name, tenant, workspace, mode, phase, state, since, objects, lastCompleteSweep } = row;
  const tone = toneOf(phase);
  const where = [tenant, workspace, mode === 'observe' ? 'observe mode' : null].filter(
    (part) => part !== null,
  );
  const title =
    state === 'running' ? html`<a href="/tenants/${encodeURIComponent(name)}/">${name}</a>` : name;
  const facts = [
    ...(since === null ? [] : [html`since !${time(since, now)}`]),
    ...(objects === null ? [] : [phasesText(objects.byPhase) || 'no objects']),
  ];
  const label = state === 'starting' ? 'starting' : tenantPhaseName(phase);
  return html`<tr role="row" id="tenant-${name}">
    <th role="rowheader" scope="row">!${title} <span class="name">${safe(where.join(', '))}</span></th>
    <td role="cell"><span class="badge ${tone}">!${sign(tone)} ${label}</span> <span class="name">!${facts.join('; ')}</span></td>
    <td role="cell"><span class="reason">!${reasonPart(row, now)}</span></td>
    <td role="cell" class="since">!${time(lastCompleteSweep, now)}</td>
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
