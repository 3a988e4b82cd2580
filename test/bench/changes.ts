import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ObjectRecord } from '../../src/core/model/record.js';
import { type Benchmark, grouped, growthText, median, type Row, type Sized } from './figures.js';
import { built } from './processes.js';

const clocks: typeof import('../../src/core/model/clock.js') = await import(built('core/model/clock.js'));
const stores: typeof import('../../src/core/state/record-store.js') = await import(
  built('core/state/record-store.js')
);

/** The cost of one durable change of a record, by the number of records. */
export const changes: Benchmark = {
  name: 'changes',
  title: 'One durable change of a record, on its own, by what is recorded already',
  async run(isQuick) {
    const found: Sized[] = [];
    const rows: Row[] = [];
    for (const size of isQuick ? [100, 1000] : [100, 1000, 10_000]) {
      const { cpuMs, wallMs } = await measure(size, isQuick ? 100 : 500);
      found.push({ size, measured: cpuMs });
      rows.push({
        what: `N = ${grouped(size)}`,
        measured: `${cpuMs.toFixed(2)} ms of processor time`,
        beside: `${wallMs.toFixed(2)} ms until it is on disk`,
      });
    }
    return [
      ...rows,
      { what: 'growth', measured: growthText(found), beside: 'N^0 costs the same at any size' },
    ];
  },
};

/** Changes that are timed together. */
const BATCH = 50;

async function measure(size: number, changesMade: number): Promise<{ cpuMs: number; wallMs: number }> {
  const directory = await mkdtemp(join(tmpdir(), 'c1sync-bench-'));
  const store = await stores.openStore({
    directory,
    mode: 'write',
    clock: clocks.systemClock,
  });
  try {
    await Promise.all(Array.from({ length: size }, (_, index) => store.putObject(recordOf(index, 0))));
    const cpu: number[] = [];
    const wall: number[] = [];
    for (let made = 0; made < changesMade; made += BATCH) {
      const before = process.cpuUsage();
      const startedAt = performance.now();
      for (let index = 0; index < BATCH; index += 1) {
        await store.putObject(recordOf((made + index) % size, made + 1));
      }
      const { user, system } = process.cpuUsage(before);
      cpu.push((user + system) / 1000 / BATCH);
      wall.push((performance.now() - startedAt) / BATCH);
    }
    return { cpuMs: median(cpu), wallMs: median(wall) };
  } finally {
    await store.close();
    await rm(directory, { recursive: true, force: true });
  }
}

function recordOf(index: number, lastSuccess: number): ObjectRecord {
  return {
    key: `App/app-${index}`,
    id: `id-${index}-of-an-app-in-the-tenant`,
    displayName: `Application app-${index}`,
    origin: 'created',
    marked: true,
    definitionHash: `sha256:${'0'.repeat(64)}`,
    sent: {},
    secrets: {},
    corrections: {},
    lastSuccess,
  };
}
