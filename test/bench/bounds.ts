import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Cost } from './bounds-child.js';
import { type Benchmark, grouped, type Row } from './figures.js';

/** Hostile inputs by their unit of `size`, with the largest size. */
const inputs: readonly (readonly [what: string, largest: number])[] = [
  ['unknown names', 45_000],
  ['aliases of one text', 45_000],
  ['documents with aliases', 5_000],
  ['suggestions', 1_000_000],
  ['lines that differ', 50_000],
  ['KiB of an answer', 1_000_000],
  ['KiB of a log page', 1_000_000],
  ['digits of a Retry-After', 1_000_000],
  ['unknown settings', 45_000],
  ['wrong tokens', 5_000],
];

/** Less than this is the noise of a process that has just started. */
const LEAST_MS = 50;
const LEAST_MB = 30;
/** The tolerance of a measured linear growth. */
const TOLERANCE = 2;

/** Time and memory of hostile inputs, each size in a new process. */
export const bounds: Benchmark = {
  name: 'bounds',
  title: 'Bounds: processor time and memory of hostile inputs, which grow no faster than the input',
  async run(isQuick) {
    const rows: Row[] = [];
    for (const [what, largest] of inputs) rows.push(...(await rowsOf(what, isQuick ? largest / 5 : largest)));
    return rows;
  },
};

async function rowsOf(what: string, largest: number): Promise<Row[]> {
  const nothing = await measure(what, 0);
  const rows: Row[] = [];
  let smallest: Cost | undefined;
  for (const share of [25, 5, 1]) {
    const size = Math.round(largest / share);
    const { cpuMs, peakMb } = await measure(what, size);
    const cost = {
      cpuMs: Math.max(LEAST_MS, cpuMs - nothing.cpuMs),
      peakMb: Math.max(LEAST_MB, peakMb - nothing.peakMb),
    };
    smallest ??= cost;
    const most = (25 / share) * TOLERANCE;
    rows.push({
      what: `${grouped(size)} ${what}`,
      measured: `${cpuMs.toFixed(0)} ms, ${Math.max(0, peakMb - nothing.peakMb).toFixed(0)} MB`,
      beside: `at most ${(smallest.cpuMs * most).toFixed(0)} ms, ${(smallest.peakMb * most).toFixed(0)} MB`,
      isRight: cost.cpuMs <= smallest.cpuMs * most && cost.peakMb <= smallest.peakMb * most,
    });
  }
  return rows;
}

/** In a process of its own: the most memory of a process never falls. */
async function measure(what: string, size: number): Promise<Cost> {
  const child = join(import.meta.dirname, 'bounds-child.js');
  const { stdout } = await promisify(execFile)(process.execPath, [child, what, String(size)]);
  const cost: Cost = JSON.parse(stdout);
  return cost;
}
