import { type Benchmark, grouped, type Row } from './figures.js';
import { Daemon, pause, Tenant } from './processes.js';
import { makeWorld } from './world.js';

/** The resources of an idle daemon, by the number of apps in sync. */
export const idle: Benchmark = {
  name: 'idle',
  title: 'The daemon with nothing to do, as a whole process',
  async run(isQuick) {
    const rows: Row[] = [];
    for (const apps of isQuick ? [1000] : [100, 1000, 10_000]) {
      rows.push(...(await rowsFor(apps, isQuick ? 3000 : 60_000)));
    }
    return rows;
  },
};

async function rowsFor(apps: number, watchedMs: number): Promise<Row[]> {
  const world = await makeWorld({ apps });
  const tenant = await Tenant.start(world);
  const daemon = await Daemon.start(world, tenant, 1000);
  try {
    await daemon.nextSweep();
    const before = await daemon.usage();
    await pause(watchedMs);
    const after = await daemon.usage();
    if (before === undefined || after === undefined) {
      return [
        { what: `${grouped(apps)} apps`, measured: 'not measured', beside: 'this system has no /proc' },
      ];
    }
    const share = ((after.cpuMs - before.cpuMs) / watchedMs) * 100;
    return [
      {
        what: `${grouped(apps)} apps: memory`,
        measured: `${after.rssMb.toFixed(0)} MB`,
        beside: `${watchedMs / 1000} s after the first sweep; ${after.peakMb.toFixed(0)} MB at most, in that sweep`,
      },
      {
        what: `${grouped(apps)} apps: processor`,
        measured: `${share.toFixed(2)} % of one`,
        beside: `over ${watchedMs / 1000} s`,
      },
    ];
  } finally {
    await daemon.stop();
    await tenant.stop();
    await world.remove();
  }
}
