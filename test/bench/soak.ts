import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Benchmark, grouped, type Row } from './figures.js';
import { Daemon, Tenant } from './processes.js';
import { fileOf, makeWorld } from './world.js';

const APPS = 100;

/** The memory of a daemon over many sweeps that change something. */
export const soak: Benchmark = {
  name: 'soak',
  title: `The memory of a daemon with ${APPS} apps over many sweeps, each with a change`,
  async run(isQuick) {
    const points = isQuick ? [50, 100, 200] : [500, 1000, 1500, 2000];
    const world = await makeWorld({ apps: APPS });
    const tenant = await Tenant.start(world);
    const daemon = await Daemon.start(world, tenant, 1000);
    try {
      await daemon.nextSweep();
      const rows: Row[] = [];
      let first: number | undefined;
      for (let made = 1; made <= (points.at(-1) ?? 0); made += 1) {
        const file = join(world.definitions, fileOf(made % APPS, { apps: APPS }));
        const text = await readFile(file, 'utf8');
        await writeFile(file, text.replace(/description: .*/, `description: Change ${made}`));
        await daemon.sweep();
        if (!points.includes(made)) continue;
        await tenant.forget();
        const rssMb = (await daemon.usage())?.rssMb ?? Number.NaN;
        first ??= rssMb;
        rows.push({
          what: `after ${grouped(made)} sweeps`,
          measured: `${rssMb.toFixed(0)} MB`,
          beside: `${(rssMb / first).toFixed(2)} x that after ${grouped(points[0] ?? 0)}`,
        });
      }
      return rows;
    } finally {
      await daemon.stop();
      await tenant.stop();
      await world.remove();
    }
  },
};
