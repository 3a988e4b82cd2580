import type { CoreSettings } from '../../src/core/reconcile/reconcile.js';

/** Settings under which nothing but the plan decides: no limit, no window, no deletion. */
export const coreSettings: CoreSettings = {
  workspace: 'test',
  mode: 'enforce',
  settleMs: 300_000,
  createWindowMs: 60_000,
  requestsPerSecond: 2000,
  refuseUnset: true,
  onTakeover: 'hold',
  onSecretDrift: 'hold',
  onDeleted: 'hold',
  prune: false,
  pruneAfterMs: 60_000,
  limits: {},
  freeze: [],
};
