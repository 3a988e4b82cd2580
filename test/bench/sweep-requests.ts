import type { Benchmark, Row } from './figures.js';
import { Daemon, Tenant } from './processes.js';
import { makeWorld, type WorldOptions } from './world.js';

const PAGE = 100;

/** The expected requests of a sweep without a change. */
export function requestsOf(world: WorldOptions): { readonly formula: string; readonly requests: number } {
  const { apps, ownedApps = 0, appsWithConnectors = 0, connectorsEach = 0 } = world;
  const pages = Math.ceil(connectorsEach / PAGE);
  const terms = [`ceil(${apps} apps / ${PAGE})`];
  if (ownedApps > 0) terms.push(`${ownedApps} apps whose owners are managed`);
  if (appsWithConnectors > 0) {
    terms.push(`${appsWithConnectors} apps with connectors x ceil(${connectorsEach} / ${PAGE})`);
  }
  const requests = Math.ceil(apps / PAGE) + ownedApps + appsWithConnectors * pages;
  return { formula: `${terms.join(' + ')} = ${requests}`, requests };
}

/** The number of requests of a running daemon for one sweep in sync. */
export async function countRequests(options: WorldOptions): Promise<number> {
  const world = await makeWorld(options);
  const tenant = await Tenant.start(world);
  const daemon = await Daemon.start(world, tenant, 1000);
  try {
    await daemon.nextSweep();
    // The first sweeps may do bookkeeping; their lookups are still cached.
    for (let isQuiet = false; !isQuiet; ) {
      await tenant.forget();
      await daemon.sweep();
      isQuiet = (await tenant.requests()).every(({ method }) => method === 'GET');
    }
    return (await tenant.requests()).length;
  } finally {
    await daemon.stop();
    await tenant.stop();
    await world.remove();
  }
}

const quick: readonly WorldOptions[] = [{ apps: 250 }];

const full: readonly WorldOptions[] = [
  { apps: 1000 },
  { apps: 1000, ownedApps: 100 },
  { apps: 500, appsWithConnectors: 50, connectorsEach: 2 },
  { apps: 120, appsWithConnectors: 1, connectorsEach: 150 },
];

/** Requests of a quiet sweep, beside the formula. */
export const sweepRequests: Benchmark = {
  name: 'requests',
  title: 'Requests of a sweep without a change (names are looked up again every 10 minutes at most)',
  async run(isQuick) {
    const rows: Row[] = [];
    for (const world of isQuick ? quick : full) {
      const { formula, requests } = requestsOf(world);
      const measured = await countRequests(world);
      rows.push({
        what: describe(world),
        measured: `${measured} requests`,
        beside: formula,
        isRight: measured === requests,
      });
    }
    return rows;
  },
};

function describe({ apps, ownedApps = 0, appsWithConnectors = 0, connectorsEach = 0 }: WorldOptions): string {
  const parts = [`${apps} apps`];
  if (ownedApps > 0) parts.push(`owners of ${ownedApps} managed`);
  if (appsWithConnectors > 0) parts.push(`${appsWithConnectors * connectorsEach} connectors`);
  return parts.join(', ');
}
