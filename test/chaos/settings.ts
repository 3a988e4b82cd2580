import { Random } from '../model/random.js';
import { PRUNE_AFTER_MS } from '../model/seed.js';

/** The settings of a run that its seed chooses. */
export interface Modes {
  readonly prune: boolean;
  readonly systemLogInterval: '1s' | '10s' | 'off';
}

/** Always the same for the same seed. */
export function modesOf(seed: number): Modes {
  const random = new Random(Math.imul(seed, 0x9e37_79b1));
  return {
    prune: random.chance(0.6),
    systemLogInterval: random.pick(['1s', '10s', 'off'] as const) ?? 'off',
  };
}

/** The settings file of a run, in which nothing is left for a person to decide. `CHAOS_SECRET` is the client secret. */
export function settingsFor(url: string, clientId: string, modes: Modes): object {
  return {
    tenant: { url, auth: { clientId, clientSecret: { valueFrom: { env: 'CHAOS_SECRET' } } } },
    workspace: 'chaos',
    source: { directory: './definitions' },
    sync: {
      interval: `${PRUNE_AFTER_MS}ms`,
      debounce: '50ms',
      settle: '2s',
      onTakeover: 'always',
      onDeleted: 'recreate',
      onSecretDrift: 'reassert',
      limits: { updates: 100_000, adopts: 100_000, deletes: 100_000 },
      ...modes,
    },
    api: { requestsPerSecond: 50, timeout: '1500ms' },
    state: { path: './state' },
    log: { level: 'debug' },
  };
}
