import { Secret } from '../../src/core/model/secret.js';
import { settingsSchema } from '../../src/settings/schema.js';
import type { Settings } from '../../src/settings/settings.js';
import type { Freeze, Modes } from './modes.js';

/** Where the tenant is said to be; nothing ever connects to it. */
const TENANT_URL = 'https://tenant.example';
/** Where definitions are. */
export const DEFINITIONS = '/definitions';
/** Where the records are. */
export const STATE = '/state/tenant.example/simulated';
/** The workspace of everything that is managed. */
export const WORKSPACE = 'simulated';

const MANY = 100_000;

/** The settings of a run, signing in with an access token. */
export function settingsOf(modes: Modes, accessToken: string, directory: string): Settings {
  const { limits = { updates: MANY, adopts: MANY, deletes: MANY }, logLevel, freeze, ...sync } = modes;
  const raw = settingsSchema.parse({
    workspace: WORKSPACE,
    sync: { ...sync, limits, freeze: freeze.map(windowOf) },
    api: { requestsPerSecond: 50, timeout: '10s' },
    log: { level: logLevel },
  });
  const { source: _, state: __, notify: ___, server: ____, tenant: _____, ...rest } = raw;
  return {
    ...rest,
    tenant: {
      kind: 'remote',
      url: TENANT_URL,
      auth: { kind: 'token', accessToken: new Secret(accessToken, 'simulation') },
    },
    tenantMissing: '',
    source: { directory },
    server: { host: '127.0.0.1', port: 0, tokens: [] },
    state: { path: '/state' },
    notify: [],
  };
}

function windowOf({ hour, minute, minutes }: Freeze): object {
  return { cron: `${minute} ${hour} * * *`, duration: `${minutes}m` };
}
