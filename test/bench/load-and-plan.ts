import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Benchmark, grouped, growthText, median, type Row, type Sized } from './figures.js';
import type { Measured } from './load-and-plan-child.js';
import { Tenant } from './processes.js';
import { makeWorld } from './world.js';

interface Measurement extends Measured {
  readonly size: number;
}

/** Processor time and memory of loading and planning, beside parsing the same files alone. */
export const loadAndPlan: Benchmark = {
  name: 'load',
  title: 'Processor time and memory of loading definitions and planning, one app a file',
  async run(isQuick) {
    const sizes = isQuick ? [100, 1000] : [100, 1000, 10_000];
    const found: Measurement[] = [];
    for (const size of sizes) found.push({ size, ...(await measure(size, isQuick ? 3 : 5)) });
    return [...found.flatMap(rowsOf), ...growthRows(found)];
  },
};

/** Measures in a fresh process, so that nothing is left over from another size. */
async function measure(apps: number, repetitions: number): Promise<Measured> {
  const world = await makeWorld({ apps });
  const tenant = await Tenant.start(world);
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--expose-gc',
      join(import.meta.dirname, 'load-and-plan-child.js'),
      ...[world.definitions, join(world.root, 'state'), tenant.url, tenant.accessToken, String(repetitions)],
    ]);
    const measured: Measured = JSON.parse(stdout);
    return measured;
  } finally {
    await tenant.stop();
    await world.remove();
  }
}

const phases = [
  ['load', 'loading: find, read, parse, check, compare'],
  ['reload', 'loading again, nothing changed'],
  ['edit', 'loading again, one named file changed'],
  ['replan', 'loading, observing and planning again, one named file changed'],
  ['observe', 'observing: list the tenant, match'],
  ['plan', 'planning'],
] as const;

function rowsOf({ size, cpuMs, heapMb, peakMb }: Measurement): Row[] {
  const parse = median(cpuMs.parse);
  const whole = median(cpuMs.load) + median(cpuMs.observe) + median(cpuMs.plan);
  const time = (ms: number): string => `${ms.toFixed(1)} ms, ${((ms / size) * 1000).toFixed(0)} µs an app`;
  const cold = median(cpuMs.load);
  const ratio = (ms: number): string =>
    `${(ms / parse).toFixed(2)} x parsing alone, ${((ms / cold) * 100).toFixed(1)} % of loading`;
  const at = `N = ${grouped(size)}:`;
  return [
    { what: `${at} parsing alone (js-yaml)`, measured: time(parse), beside: '' },
    ...phases.map(([phase, what]) => {
      const ms = median(cpuMs[phase]);
      return { what: `${at} ${what}`, measured: time(ms), beside: ratio(ms) };
    }),
    { what: `${at} load, observe and plan`, measured: time(whole), beside: ratio(whole) },
    {
      what: `${at} memory`,
      measured: `heap ${heapMb.toFixed(1)} MB in use with the plan held`,
      beside: `process ${peakMb.toFixed(0)} MB at most`,
    },
  ];
}

function growthRows(found: readonly Measurement[]): Row[] {
  const points = (measuredOf: (measurement: Measurement) => number): Sized[] =>
    found.map((measurement) => ({ size: measurement.size, measured: measuredOf(measurement) }));
  const row = (what: string, sized: readonly Sized[], beside: string): Row => ({
    what: `growth of ${what}`,
    measured: growthText(sized),
    beside,
  });
  return [
    row(
      'load, observe and plan',
      points(({ cpuMs }) => median(cpuMs.load) + median(cpuMs.observe) + median(cpuMs.plan)),
      'N^1 is in step',
    ),
    row(
      'planning alone',
      points(({ cpuMs }) => median(cpuMs.plan)),
      'N^1 is in step',
    ),
    row(
      'heap in use',
      points(({ heapMb }) => heapMb),
      'N^1 is in step',
    ),
  ];
}
