import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Benchmark, grouped, median, type Row } from './figures.js';
import { Running, type Seen, Tenant } from './processes.js';
import { makeWorld } from './world.js';

/** The latency of every answer, milliseconds. */
const LATENCY_MS = 20;
/** Requests a second, so many that the budget delays nothing. */
const RATE = 10_000;

/** The time of `apply` beside what the latency of the tenant alone takes, and the time until its first request. */
export const apply: Benchmark = {
  name: 'apply',
  title: `c1sync apply as a process, with ${LATENCY_MS} ms a request and no limit of the rate`,
  async run(isQuick) {
    const changed = isQuick ? 100 : 500;
    const empty = emptyProcessMs();
    const rows: Row[] = [];
    for (const concurrency of [5, 10]) {
      rows.push(...rowsFor(changed, concurrency, empty, await measure(changed, concurrency)));
    }
    return rows;
  },
};

/** Moments of one run, milliseconds after the start of its process. */
interface Run {
  readonly signIn: number;
  readonly firstWrite: number;
  readonly end: number;
  readonly writes: number;
}

async function measure(changed: number, concurrency: number): Promise<Run & { readonly bareMs: number }> {
  const world = await makeWorld({ apps: changed, changed });
  const tenant = await Tenant.start(world);
  try {
    await tenant.delay(LATENCY_MS);
    const bareMs = await bare(tenant, changed, concurrency);
    await tenant.forget();
    const settings = join(world.root, 'apply.json');
    await writeFile(
      settings,
      JSON.stringify({
        tenant: { url: tenant.url, auth: tenant.client },
        source: { directory: world.definitions },
        sync: { limits: { updates: 100_000, adopts: 100_000 } },
        api: { requestsPerSecond: RATE, concurrency },
        state: { path: join(world.root, 'state') },
      }),
    );
    return { ...(await run(tenant, ['apply', '--yes', '--settings', settings, '--output', 'json'])), bareMs };
  } finally {
    await tenant.stop();
    await world.remove();
  }
}

async function run(tenant: Tenant, args: readonly string[]): Promise<Run> {
  const startedAt = Date.now();
  await new Running(args).end();
  const end = Date.now() - startedAt;
  const seen = await tenant.allRequests();
  const after = (request: Seen | undefined): number => Date.parse(request?.time ?? '') - startedAt;
  const writes = seen.filter(
    ({ method, path }) => method === 'POST' && /^\/api\/v1\/apps\/[^/]+$/.test(path),
  );
  const signIn = seen.find(({ path }) => path === '/auth/v1/token');
  return { signIn: after(signIn), firstWrite: after(writes[0]), end, writes: writes.length };
}

/** Milliseconds that the same number of requests takes, as many at once, by `fetch` and nothing else. */
async function bare({ url, accessToken }: Tenant, count: number, concurrency: number): Promise<number> {
  let left = count;
  const startedAt = performance.now();
  const worker = async (): Promise<void> => {
    for (; left > 0; ) {
      left -= 1;
      const headers = { authorization: `Bearer ${accessToken}` };
      await (await fetch(`${url}/api/v1/apps/app-00000`, { headers })).text();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return performance.now() - startedAt;
}

/** The median time of a process that does nothing. */
function emptyProcessMs(): number {
  const times = Array.from({ length: 9 }, () => {
    const startedAt = performance.now();
    spawnSync(process.execPath, ['--eval', '']);
    return performance.now() - startedAt;
  });
  return median(times);
}

function rowsFor(
  changed: number,
  concurrency: number,
  emptyMs: number,
  { signIn, firstWrite, end, writes, bareMs }: Run & { readonly bareMs: number },
): Row[] {
  const limit = (changed * LATENCY_MS) / concurrency;
  const named = `${grouped(changed)} changes, ${concurrency} at once`;
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
  const times = (ms: number): string => `${(ms / limit).toFixed(2)} x the latency alone`;
  return [
    {
      what: `${named}: from the first write to the end of the process`,
      measured: seconds(end - firstWrite),
      beside: `${times(end - firstWrite)} (${seconds(limit)}); fetch and nothing else: ${times(bareMs)}`,
    },
    {
      what: `${named}: from the sign-in to the end of the process`,
      measured: seconds(end - signIn),
      beside: times(end - signIn),
    },
    {
      what: `${named}: from the start of the process to the sign-in`,
      measured: `${signIn} ms`,
      beside: `${(signIn / emptyMs).toFixed(1)} x an empty process (${emptyMs.toFixed(0)} ms)`,
    },
    {
      what: `${named}: writing calls`,
      measured: String(writes),
      beside: `${changed}, one each`,
      isRight: writes === changed,
    },
  ];
}
