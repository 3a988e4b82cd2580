import { PHASE_NAMES, type Phase, type PhaseCounts, phasesText } from '../model/phase.js';
import type { Reason } from '../model/remedy.js';
import type { DaemonView, ObjectRow } from './views.js';

/** How a tenant fares: the worst phase of its objects, or `failing` where it cannot be worked on. */
export type TenantPhase = 'failing' | Phase;

/** From the one that needs attention most. */
const BY_NEED: readonly TenantPhase[] = [
  'failing',
  'out-of-sync',
  'waiting',
  'progressing',
  'set-aside',
  'in-sync',
];

/** The name of a phase for people. */
export function tenantPhaseName(phase: TenantPhase): string {
  return phase === 'failing' ? 'failing' : PHASE_NAMES[phase];
}

/** A tenant in the list of all, with the worst reason for attention, empty without one. Times are ISO 8601, null where there is none. */
export interface TenantRow extends Reason {
  readonly name: string;
  /** Host of the tenant; null where it is not known. */
  readonly tenant: string | null;
  readonly workspace: string | null;
  readonly mode: 'enforce' | 'observe' | null;
  /** Whether the daemon works on it; `starting` before the first try has ended. */
  readonly state: 'starting' | 'running' | 'failed';
  readonly phase: TenantPhase;
  /** Since when it needs attention; null where it does not, or the time is not known. */
  readonly since: string | null;
  readonly lastCompleteSweep: string | null;
  /** When a failed start is tried again. */
  readonly nextTry: string | null;
  readonly objects: { readonly total: number; readonly byPhase: PhaseCounts } | null;
  /** Held groups that are pending approval. */
  readonly held: number;
}

/** A tenant that the daemon does not work on. */
export interface Idle {
  readonly state: 'starting' | 'failed';
  readonly reason: string;
  readonly since: string | null;
  readonly nextTry: string | null;
  readonly lastCompleteSweep: string | null;
}

/** The row of a tenant that the daemon does not work on. */
export function idleRow(
  name: string,
  about: Pick<TenantRow, 'tenant' | 'workspace' | 'mode'>,
  idle: Idle,
): TenantRow {
  const phase = idle.state === 'failed' ? 'failing' : 'progressing';
  return { name, ...about, ...idle, phase, objects: null, held: 0 };
}

/** The row of a tenant that the daemon works on. `worst`: the first object that is out of sync, else that waits. */
export function runningRow(name: string, view: DaemonView, worst: ObjectRow | undefined): TenantRow {
  const { about, objects, sweeps, held } = view;
  return {
    name,
    tenant: about.tenant,
    workspace: about.workspace,
    mode: about.mode,
    state: 'running',
    ...needOf(view, worst),
    lastCompleteSweep: sweeps.lastSuccess,
    nextTry: null,
    objects: { total: objects.total, byPhase: objects.byPhase },
    held: held.length,
  };
}

function needOf(
  { tenant, sweeps, definitions, objects, started }: DaemonView,
  worst: ObjectRow | undefined,
): Pick<TenantRow, 'phase' | 'reason' | 'remedies' | 'since'> {
  const { byPhase, total } = objects;
  if (tenant.reachable === false)
    return {
      phase: 'failing',
      reason: `the tenant cannot be reached: ${tenant.reason ?? ''}`,
      since: tenant.since,
    };
  const failure = sweeps.last?.reason ?? null;
  if (failure !== null)
    return { phase: 'failing', reason: `the last sweep failed: ${failure}`, since: sweeps.last?.at ?? null };
  const mistakes = definitions?.problems ?? 0;
  if (mistakes > 0 && byPhase['out-of-sync'] === 0)
    return {
      phase: 'out-of-sync',
      reason: `the definitions have ${mistakes} ${mistakes === 1 ? 'mistake' : 'mistakes'}`,
      since: null,
    };
  for (const phase of ['out-of-sync', 'waiting'] as const) {
    if (byPhase[phase] === 0) continue;
    const example = worst === undefined ? '' : `: ${worst.key}: ${worst.reason}`;
    const reason = `${phasesText(byPhase, [phase])}${example}`;
    return { phase, reason, remedies: worst?.remedies, since: objects.notInLineSince };
  }
  if (!started || byPhase.progressing > 0) return { phase: 'progressing', reason: '', since: null };
  return { phase: total > 0 && byPhase['in-sync'] === 0 ? 'set-aside' : 'in-sync', reason: '', since: null };
}

/** The rows, those first that need attention most; among equals the one that has needed it longest. */
export function byNeed(rows: readonly TenantRow[]): readonly TenantRow[] {
  const since = (row: TenantRow): number => (row.since === null ? Number.MAX_VALUE : Date.parse(row.since));
  return rows.toSorted(
    (one, other) =>
      BY_NEED.indexOf(one.phase) - BY_NEED.indexOf(other.phase) ||
      since(one) - since(other) ||
      one.name.localeCompare(other.name, 'en'),
  );
}
