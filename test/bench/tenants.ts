import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Emulator } from '../../src/emulator/index.js';
import { type Benchmark, grouped, median, type Row } from './figures.js';
import { built, pause, Running, type Seen } from './processes.js';
import { makeWorld, type World } from './world.js';

/** Objects of a tenant. */
const APPS = 200;
/** Time between two sweeps, and between two polls of the system log. */
const INTERVAL_MS = 5_000;

/** Many tenants in one process: the cost beside that of one, and with one that fails. */
export const tenants: Benchmark = {
  name: 'tenants',
  title: `Tenants of ${APPS} apps in one process, a sweep and a poll of the log every ${INTERVAL_MS / 1000} s`,
  async run(isQuick) {
    const [counts, watchedMs] = isQuick ? [[1, 10], 10_000] : [[1, 10, 50], 30_000];
    const world = await makeWorld({ apps: APPS });
    try {
      const rows: Row[] = [];
      let alone: Watched | undefined;
      for (const count of counts) {
        const isLast = count === counts.at(-1);
        const measured = await measure(world, count, watchedMs, isLast ? FAULTS : []);
        alone ??= measured.quiet;
        rows.push(...rowsFor(count, measured, alone));
      }
      return rows;
    } finally {
      await world.remove();
    }
  },
};

/** Ways in which one tenant fails every request. */
const FAULTS = [
  { name: 'one answers 500', status: 500 },
  { name: 'one hangs', status: 'timeout' },
  { name: 'one floods with 429', status: 429, retryAfter: 1 },
] as const;

type Fault = (typeof FAULTS)[number];

/** The figures of some seconds. */
interface Watched {
  readonly cpuShare: number;
  readonly rssMb: number;
  /** Requests of each healthy tenant in that time, the fewest and the most. */
  readonly requests: readonly [least: number, most: number];
  /** The median number of requests of one of their sweeps. */
  readonly sweepRequests: number;
  /** The median duration of their sweeps. */
  readonly sweepMs: number;
}

interface Measured {
  readonly quiet: Watched;
  readonly faulty: ReadonlyMap<string, Watched>;
}

async function measure(
  world: World,
  count: number,
  watchedMs: number,
  faults: readonly Fault[],
): Promise<Measured> {
  const emulator: typeof import('../../src/emulator/index.js') = await import(built('emulator/index.js'));
  const seed = await emulator.readSeed(world.seedFile);
  const hosts = await Promise.all(Array.from({ length: count }, () => emulator.startEmulator({ seed })));
  const daemon = new Running(['run', '--settings', await settingsFile(world, hosts)]);
  const swept = (from = 0): SweepOf[] => sweepsIn(daemon.lines.slice(from));
  try {
    const names = (): Set<string> => new Set(swept().map(({ tenant }) => tenant));
    await daemon.until(() => (names().size === count ? true : undefined), 'the first sweep of each');
    const watch = async (healthy: readonly Emulator[]): Promise<Watched> => {
      await pause(INTERVAL_MS);
      for (const { url } of healthy) await fetch(`${url}/_emulator/requests`, { method: 'DELETE' });
      const earlier = daemon.lines.length;
      const before = await daemon.usage();
      await pause(watchedMs);
      const after = await daemon.usage();
      const requests = await Promise.all(healthy.map(requestsTo));
      const own = new Set(healthy.map(({ url }) => nameOf(hosts.findIndex((host) => host.url === url))));
      const sweeps = swept(earlier).filter(({ tenant }) => own.has(tenant));
      return {
        cpuShare: (((after?.cpuMs ?? 0) - (before?.cpuMs ?? 0)) / watchedMs) * 100,
        rssMb: after?.rssMb ?? 0,
        requests: [Math.min(...requests), Math.max(...requests)],
        sweepRequests: median(sweeps.map(({ requests: sent }) => sent)),
        sweepMs: median(sweeps.map(({ durationMs }) => durationMs)),
      };
    };
    const quiet = await watch(hosts);
    const faulty = new Map<string, Watched>();
    const [bad, ...healthy] = hosts;
    if (bad === undefined) return { quiet, faulty };
    for (const { name, ...fault } of faults) {
      await arm(bad, { match: '* /api/v1/*', times: 1_000_000, ...fault });
      faulty.set(name, await watch(healthy));
      await fetch(`${bad.url}/_emulator/faults`, { method: 'DELETE' });
    }
    // The difference of the same figure, taken twice, is the noise of the machine.
    if (faults.length > 0) faulty.set('all well again', await watch(healthy));
    return { quiet, faulty };
  } finally {
    await daemon.stop();
    await Promise.all(hosts.map((host) => host.close()));
  }
}

async function settingsFile(world: World, hosts: readonly Emulator[]): Promise<string> {
  const file = join(world.root, `tenants-${hosts.length}.json`);
  const interval = `${INTERVAL_MS}ms`;
  const settings = {
    source: { directory: world.definitions },
    sync: { interval, systemLogInterval: interval, limits: { updates: 100_000, adopts: 100_000 } },
    api: { requestsPerSecond: 1000, timeout: '2s' },
    state: { path: join(world.root, `state-${hosts.length}`) },
    server: { port: 0 },
    tenants: hosts.map(({ url, accessToken }, index) => ({
      name: nameOf(index),
      tenant: { url, auth: { accessToken } },
    })),
  };
  await writeFile(file, JSON.stringify(settings));
  return file;
}

function nameOf(index: number): string {
  return `tenant-${index}`;
}

async function arm({ url }: Emulator, fault: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  await fetch(`${url}/_emulator/faults`, { method: 'POST', headers, body: JSON.stringify(fault) });
}

async function requestsTo({ url }: Emulator): Promise<number> {
  const seen: Seen[] = JSON.parse(await (await fetch(`${url}/_emulator/requests`)).text());
  return seen.filter(({ path }) => path.startsWith('/api/')).length;
}

interface SweepOf {
  readonly tenant: string;
  readonly durationMs: number;
  readonly requests: number;
}

function sweepsIn(lines: readonly string[]): SweepOf[] {
  return lines.flatMap((line) => {
    const { msg, tenant, durationMs, requests }: Record<string, unknown> = JSON.parse(line);
    if (msg !== 'sweep finished') return [];
    return [{ tenant: String(tenant), durationMs: Number(durationMs), requests: Number(requests) }];
  });
}

function rowsFor(count: number, { quiet, faulty }: Measured, alone: Watched): Row[] {
  const named = count === 1 ? 'one tenant' : `${grouped(count)} tenants`;
  const perTenant = (share: number): string => `${(share / count).toFixed(2)} % each`;
  const cpu: Row = {
    what: `${named}: processor`,
    measured: `${quiet.cpuShare.toFixed(2)} % of one`,
    beside: `${perTenant(quiet.cpuShare)}; alone ${alone.cpuShare.toFixed(2)} %`,
  };
  const rows = [
    cpu,
    {
      what: `${named}: memory`,
      measured: `${quiet.rssMb.toFixed(0)} MB`,
      beside: `alone ${alone.rssMb.toFixed(0)} MB`,
    },
  ];
  const sweep = {
    what: `${named}: a sweep of each`,
    measured: sweepText(quiet),
    beside: `alone ${sweepText(alone)}`,
  };
  const others: Row[] = [...faulty].map(([name, watched]) => ({
    what: `${named}, ${name}: a sweep of the others`,
    measured: sweepText(watched),
    beside: `without: ${sweepText(quiet)}; processor ${watched.cpuShare.toFixed(2)} %`,
  }));
  return [...rows, sweep, ...others];
}

/** The requests in all of the time depend on how many sweeps it holds. */
function sweepText({ sweepRequests, sweepMs, requests: [least, most] }: Watched): string {
  return `${sweepRequests} requests, ${sweepMs.toFixed(0)} ms (${least} to ${most} requests in all)`;
}
