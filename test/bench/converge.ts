import type { Benchmark, Row } from './figures.js';
import { Daemon, type Seen, Tenant } from './processes.js';
import { makeWorld, type WorldOptions } from './world.js';

/** Requests a second: the setting of the daemon, and the tenant's own limit. */
const RATE = 100;

/** The time to bring many objects in sync, beside the bound of the rate. */
export const converge: Benchmark = {
  name: 'converge',
  title: `Bringing changed apps in sync at ${RATE} requests a second, which is the tenant's own limit`,
  async run(isQuick) {
    const changed = isQuick ? 150 : 600;
    // The share of changed apps stays below the default limit of updates.
    const updates = await rows({ apps: Math.ceil(changed * 2.2), changed }, `${changed} updated`, (path) =>
      /^\/api\/v1\/apps\/[^/]+$/.test(path),
    );
    if (isQuick) return updates;
    const created = await rows({ apps: 10, missing: 300 }, '300 created', (path) => path === '/api/v1/apps');
    return [...updates, ...created];
  },
};

async function rows(options: WorldOptions, what: string, isWrite: (path: string) => boolean): Promise<Row[]> {
  const world = await makeWorld(options);
  const tenant = await Tenant.start(world, RATE);
  const daemon = await Daemon.start(world, tenant, RATE);
  try {
    const { durationMs } = await daemon.nextSweep();
    const requests = await tenant.requests();
    const writes = requests.filter(({ method, path }) => method === 'POST' && isWrite(path));
    return describe(what, requests, writes, durationMs, (options.changed ?? 0) + (options.missing ?? 0));
  } finally {
    await daemon.stop();
    await tenant.stop();
    await world.remove();
  }
}

function describe(
  what: string,
  requests: readonly Seen[],
  writes: readonly Seen[],
  durationMs: number,
  expected: number,
): Row[] {
  const time = (seen: Seen | undefined): number => Date.parse(seen?.time ?? '');
  // From the first POST on: a create begins with a search.
  const phase = requests.slice(requests.findIndex(({ method }) => method === 'POST'));
  const spanMs = time(phase.at(-1)) - time(phase[0]);
  const idealMs = ((phase.length - 1) / RATE) * 1000;
  const refused = requests.filter(({ status }) => status === 429).length;
  return [
    {
      what: `${what}: time from the first to the last request of the writing`,
      measured: `${(spanMs / 1000).toFixed(2)} s for ${phase.length} requests`,
      beside: `${(spanMs / idealMs).toFixed(3)} x requests / rate`,
    },
    {
      what: `${what}: whole first sweep, definitions and lists included`,
      measured: `${(durationMs / 1000).toFixed(2)} s for ${requests.length} requests`,
      beside: `${(durationMs / ((requests.length / RATE) * 1000)).toFixed(3)} x requests / rate`,
    },
    {
      what: `${what}: writing calls`,
      measured: String(writes.length),
      beside: `${expected}, one each`,
      isRight: writes.length === expected,
    },
    { what: `${what}: refused with 429`, measured: String(refused), beside: '0', isRight: refused === 0 },
  ];
}
