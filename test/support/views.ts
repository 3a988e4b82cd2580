import { countHealth } from '../../src/core/model/health.js';
import { countPhases, countStatuses, type StatusCounts } from '../../src/core/model/phase.js';
import type { DaemonView } from '../../src/core/status/views.js';

/** No object anywhere. */
const noCounts = countStatuses([]);

/** The objects of a view by their counts. */
export function objectsView(counts: Partial<StatusCounts>): DaemonView['objects'] {
  const byStatus = { ...noCounts, ...counts };
  const total = Object.values(byStatus).reduce((sum, number) => sum + number, 0);
  return {
    total,
    byStatus,
    byPhase: countPhases(byStatus),
    byHealth: countHealth([]),
    byKind: { App: byStatus },
    notInLineSince: null,
  };
}

/** The view of a daemon before its first sweep, with `facts` on top. */
export function daemonView(facts: Partial<DaemonView> = {}): DaemonView {
  const byKind: Record<string, StatusCounts> = { App: noCounts, Connector: noCounts };
  return {
    about: {
      version: '1.2.3',
      workspace: 'test',
      mode: 'enforce',
      tenant: 'acme.example',
      kinds: ['App', 'Connector'],
    },
    startedAt: '2026-01-01T00:00:00.000Z',
    started: false,
    recovering: false,
    tenant: { reachable: null, since: null, reason: null },
    definitions: null,
    sweeps: { last: null, lastSuccess: null, next: null, open: [], revision: null },
    objects: { ...objectsView({}), byKind },
    held: [],
    suspensions: [],
    queue: { waiting: 0, running: 0 },
    ...facts,
  };
}
