import { createColors } from 'picocolors';
import { shortHash } from '../../core/model/hash.js';
import { countHealth, healthText } from '../../core/model/health.js';
import { countPhases, countStatuses, PHASE_NAMES, PHASES, statusesIn } from '../../core/model/phase.js';
import type { DaemonView, ObjectRow } from '../../core/status/views.js';
import { fromNow, shortRevision } from '../../text/people.js';
import { safe } from '../../text/safe.js';
import { count } from './summary.js';
import { renderStandings } from './tables.js';
import type { TextOptions } from './text.js';

/** The status of the daemon and of objects at a time, milliseconds since the epoch, pending approvals and suspensions. Ends with a newline. */
export function renderStatus(
  view: DaemonView,
  rows: readonly ObjectRow[],
  { now, ...options }: TextOptions & { readonly now: number },
): string {
  const colours = createColors(options.colour);
  const { about, held, suspensions } = view;
  const table = rows.map((row) => ({ ...row, since: Date.parse(row.since) }));
  const blocks = [
    [
      colours.bold(safe(`${about.tenant}, workspace ${about.workspace}${observing(view)}`)),
      tenantLine(view, now),
      definitionsLine(view),
      sweepLine(view, now),
      countsLine(rows),
      healthLine(rows),
    ],
    rows.length === 0 ? [] : [renderStandings(table, options, now).trimEnd()],
    section('Pending approval:', held, ({ hash, objects, reason }) => {
      return `  ${shortHash(hash)}  ${count(objects, 'object')}: ${reason}`;
    }),
    section('Suspended:', suspensions, ({ target, reason, until }) => {
      return `  ${target}${until === null ? '' : `, ending ${fromNow(Date.parse(until), now)}`}: ${reason}`;
    }),
  ];
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.filter((line) => line !== '').join('\n'))
    .join('\n\n')}\n`;
}

function section<T>(title: string, items: readonly T[], line: (item: T) => string): string[] {
  return items.length === 0 ? [] : [title, ...items.map((item) => safe(line(item)))];
}

function observing({ about: { mode } }: DaemonView): string {
  return mode === 'observe' ? ', observe mode' : '';
}

function tenantLine({ tenant, recovering }: DaemonView, now: number): string {
  if (tenant.reachable === false) {
    const since = tenant.since === null ? '' : `, since ${fromNow(Date.parse(tenant.since), now)}`;
    return safe(`Not reachable${since}: ${tenant.reason}`);
  }
  return recovering ? 'Recovering: the records were lost.' : '';
}

function definitionsLine({ definitions }: DaemonView): string {
  if (definitions === null) return 'Definitions not loaded yet.';
  const { problems } = definitions;
  const errors = problems === 0 ? '' : `, ${count(problems, 'error')} in them (see: c1sync validate)`;
  return safe(
    `${count(definitions.count, 'definition')} of revision ${shortRevision(definitions.revision)}${errors}.`,
  );
}

function sweepLine({ sweeps: { last, next } }: DaemonView, now: number): string {
  const words = (time: string): string => fromNow(Date.parse(time), now);
  if (last === null) return 'First sweep not finished yet.';
  const end = last.outcome === 'done' ? '' : `, incomplete${last.reason === null ? '' : `: ${last.reason}`}`;
  return safe(
    `Last sweep finished ${words(last.at)}${end}${next === null ? '' : `; next sweep ${words(next)}`}.`,
  );
}

function healthLine(rows: readonly ObjectRow[]): string {
  const text = healthText(countHealth(rows));
  return text === '' ? '' : `Health in the tenant: ${text}.`;
}

/** The phases of objects, which add up, with the statuses of each phase that has several. */
function countsLine(rows: readonly ObjectRow[]): string {
  const counts = countStatuses(rows);
  const phases = countPhases(counts);
  const parts = PHASES.filter((phase) => phases[phase] > 0).map((phase) => {
    const statuses = statusesIn(phase);
    const within = statuses
      .filter((status) => counts[status] > 0)
      .map((status) => `${counts[status]} ${status}`);
    const detail = statuses.length === 1 ? '' : ` (${within.join(', ')})`;
    return `${phases[phase]} ${PHASE_NAMES[phase]}${detail}`;
  });
  return `${count(rows.length, 'object')}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}.`;
}
