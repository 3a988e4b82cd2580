import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { apply } from './apply.js';
import { bounds } from './bounds.js';
import { changes } from './changes.js';
import { converge } from './converge.js';
import { drift } from './drift.js';
import { edits } from './edits.js';
import { type Benchmark, machine, render, type Table } from './figures.js';
import { idle } from './idle.js';
import { loadAndPlan } from './load-and-plan.js';
import { redact } from './redact.js';
import { comparedWith, lastRelease, record } from './release.js';
import { simulation } from './simulation.js';
import { soak } from './soak.js';
import { sweepRequests } from './sweep-requests.js';
import { tenants } from './tenants.js';

const benchmarks: readonly Benchmark[] = [
  sweepRequests,
  drift,
  converge,
  apply,
  loadAndPlan,
  edits,
  changes,
  idle,
  soak,
  tenants,
  bounds,
  redact,
  simulation,
];

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    json: { type: 'string' },
    record: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const names = benchmarks.map(({ name }) => name);
if (flags.help) {
  process.stdout.write(help());
  process.exit();
}
if (flags.only !== undefined && !names.includes(flags.only)) {
  throw new Error(`--only ${flags.only}: there is no such benchmark; give one of ${names.join(', ')}`);
}

process.stdout.write(`${machine()}\n\n`);
const release = await lastRelease();
const tables: Table[] = [];
for (const { name, title, run } of benchmarks) {
  if (flags.only !== undefined && flags.only !== name) continue;
  const table = comparedWith(release, { name, title, rows: await run(flags.quick) });
  process.stdout.write(`${render(table)}\n`);
  tables.push(table);
}
if (flags.json !== undefined) {
  const report = { machine: machine(), date: new Date().toISOString(), quick: flags.quick, tables };
  await writeFile(flags.json, `${JSON.stringify(report, undefined, 2)}\n`);
}
if (flags.record) await record(tables);
// Counts have one right value; times and sizes are for people to judge.
if (tables.some(({ rows }) => rows.some(({ isRight }) => isRight === false))) process.exitCode = 1;

function help(): string {
  const width = Math.max(...names.map(({ length }) => length));
  const list = benchmarks.map(({ name, title }) => `  ${name.padEnd(width)}  ${title}`);
  return `npm run bench -- [flags]

Measures the built program beside its expected cost, and beside the figures of the last release (test/bench/figures.json).
Ends with 1 where a count is wrong; times and sizes are for people to judge.

  --only NAME   one benchmark
  --quick       smaller sizes and fewer repetitions, for a first impression
  --json FILE   writes the figures as JSON
  --record      makes the figures of this run those of the release; benchmarks that did not run keep theirs
  --help        this text

Benchmarks:
${list.join('\n')}
`;
}
