import { STATUSES, type Status } from '../../src/core/model/change.js';
import type { DaemonView, StatusCounts } from '../../src/core/status/views.js';

/** No object anywhere. */
export const noCounts = Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<Status, number>;

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
    objects: { total: 0, byStatus: noCounts, byKind, notInLineSince: null },
    held: [],
    suspensions: [],
    queue: { waiting: 0, running: 0 },
    ...facts,
  };
}
