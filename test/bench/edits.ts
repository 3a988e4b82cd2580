import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Benchmark, grouped, percentile, type Row } from './figures.js';
import { Daemon, pause, Tenant } from './processes.js';
import { fileOf, makeWorld, type WorldOptions } from './world.js';

/** The time from the change of a file to the arrival of its write at the tenant, by the number and layout of the files. */
export const edits: Benchmark = {
  name: 'edits',
  title: 'One file changed: time until its first write arrives at the tenant, a debounce of 200 ms included',
  async run(isQuick) {
    const most = isQuick ? 1000 : 10_000;
    const count = isQuick ? 20 : 200;
    const few = await measure({ apps: 100 }, count);
    const rows = [row('100 definitions in one folder', few, few)];
    for (const isFlat of [false, true]) {
      const layout = isFlat ? 'one folder' : 'folders of 100';
      rows.push(
        row(`${grouped(most)} definitions in ${layout}`, await measure({ apps: most, isFlat }, count), few),
      );
    }
    return rows;
  },
};

/** Requests a second, so many that the budget delays nothing. */
const RATE = 1000;
/** Pause between two edits, milliseconds: each of them is alone. */
const PAUSE_MS = 50;

async function measure(options: WorldOptions, count: number): Promise<number[]> {
  const world = await makeWorld(options);
  const tenant = await Tenant.start(world);
  const daemon = await Daemon.start(world, tenant, RATE);
  try {
    await daemon.nextSweep();
    const delays: number[] = [];
    for (let at = 0; at < count; at += 1) {
      const index = (at * 37) % options.apps;
      delays.push(await delayOf(at, join(world.definitions, fileOf(index, options)), tenant, daemon));
      await pause(PAUSE_MS);
    }
    return delays;
  } finally {
    await daemon.stop();
    await tenant.stop();
    await world.remove();
  }
}

async function delayOf(at: number, file: string, tenant: Tenant, daemon: Daemon): Promise<number> {
  const text = (await readFile(file, 'utf8')).replace(/description: .*/, `description: Edit ${at}`);
  await tenant.forget();
  const changedAt = Date.now();
  await writeFile(file, text);
  await daemon.nextSweep();
  const write = (await tenant.requests()).find(({ method }) => method === 'POST');
  if (write === undefined) throw new Error(`the change of ${file} was not written`);
  return Date.parse(write.time) - changedAt;
}

function row(what: string, delays: readonly number[], few: readonly number[]): Row {
  const [middle, late] = [50, 99].map((share) => percentile(delays, share));
  const more = [50, 99].map((share) => percentile(delays, share) - percentile(few, share));
  return {
    what,
    measured: `median ${middle} ms, p99 ${late} ms of ${delays.length}`,
    beside: `${more.map((ms) => `${ms < 0 ? '' : '+'}${ms}`).join(' and ')} ms beside 100 definitions`,
  };
}
