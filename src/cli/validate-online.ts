import { openSession } from '../compose.js';
import type { Load, Problem } from '../core/model/definition.js';
import { fieldAt } from '../core/model/kind.js';
import { contextOf, withLive } from '../core/observe/resolve.js';
import type { Planned } from '../core/plan/input.js';
import type { Settings } from '../settings/settings.js';

/** Definitions with all their problems. */
export interface Checked {
  readonly load: Load;
  readonly problems: readonly Problem[];
}

/** The definitions of the settings, checked against the tenant as well. */
export async function checkOnline(settings: Settings): Promise<Checked> {
  const session = await openSession(settings, { mode: 'plan', command: 'validate' });
  try {
    const planned = await session.reconciler.plan('all');
    return { load: planned.load, problems: [...planned.load.problems, ...onlineProblems(planned)] };
  } finally {
    await session.close();
  }
}

/** Problems that only the tenant shows: unresolved names, configurations that no connector type accepts, refusals. */
function onlineProblems({ plan, observation }: Planned): Problem[] {
  const problems: Problem[] = [];
  for (const { key, position, status, reason } of plan.standings) {
    if (position === undefined) continue;
    if (status === 'UnresolvedReference' || status === 'Failed' || status === 'ForeignOwner') {
      problems.push({ position, key, message: reason });
    }
    const desired = observation.desired.get(key);
    if (desired === undefined) continue;
    for (const [path, declared] of Object.entries(desired.values)) {
      const field = fieldAt(desired.kind, path);
      if (field?.checkWith === undefined) continue;
      const context = contextOf(field, withLive(desired, undefined), observation.lookups);
      for (const issue of field.checkWith(declared, context)) {
        problems.push({ position, key, path: `spec.${issue.path}`, message: issue.message });
      }
    }
  }
  return problems;
}
