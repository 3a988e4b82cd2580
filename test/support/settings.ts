import type { CoreSettings } from '../../src/core/reconcile/reconcile.js';
import { loadSettings } from '../../src/settings/load.js';
import type { Settings } from '../../src/settings/settings.js';
import type { Surroundings } from '../../src/settings/tree.js';

/** The settings of the only tenant. Throws where there are several. */
export async function loadOne(around: Surroundings): Promise<Settings> {
  const { settings } = await loadSettings(around);
  if (settings === undefined) throw new Error('the settings have several tenants');
  return settings;
}

/** Settings under which nothing but the plan decides: no limit, no window, no deletion. */
export const coreSettings: CoreSettings = {
  workspace: 'test',
  mode: 'enforce',
  settleMs: 300_000,
  callWindowMs: 60_000,
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
