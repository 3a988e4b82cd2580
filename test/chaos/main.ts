import path from 'node:path';
import { parseArgs } from 'node:util';
import { modesOf } from './modes.js';
import { chaos, Violation } from './run.js';

/** Reads a whole number of at least 1. */
function count(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name} ${text}: a whole number of at least 1 is expected`);
}

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    seeds: { type: 'string' },
    jobs: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '600' },
    actions: { type: 'string', default: '20' },
    main: { type: 'string', default: 'dist/main.js' },
    quick: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const [first = '', last = first] = (values.seeds ?? values.seed).split('-');
const [from, to] = [count('seeds', first), count('seeds', last)];
if (to < from) throw new Error(`--seeds ${first}-${last}: the first comes after the last`);
const jobs = count('jobs', values.jobs);
const [rounds, seconds, actions] = [values.rounds, values.seconds, values.actions].map((text, index) =>
  count(['rounds', 'seconds', 'actions'][index] ?? '', text),
);
let next = from;
let held = 0;
let failed = 0;

// An exit ends the processes of a run too; a signal alone would leave them behind.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

async function run(seed: number): Promise<void> {
  say(`chaos with seed ${seed}: ${JSON.stringify(modesOf(seed))}`);
  try {
    const summary = await chaos({
      seed,
      rounds: rounds ?? 1,
      seconds: seconds ?? 1,
      actions: actions ?? 1,
      losesCreates: !values.quick,
      main: path.resolve(values.main),
      say: values.verbose ? say : () => {},
    });
    held += 1;
    say(`seed ${seed} held: ${JSON.stringify(summary)}`);
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    failed += 1;
    say(`VIOLATION with seed ${seed}\n${error.message}`);
    const quick = values.quick ? ' --quick' : '';
    say(`again: npm run chaos -- --seed ${seed} --rounds ${rounds} --actions ${actions}${quick} --verbose`);
  }
}

async function work(): Promise<void> {
  while (next <= to) {
    const seed = next;
    next += 1;
    await run(seed);
  }
}

await Promise.all(Array.from({ length: Math.min(jobs, to - from + 1) }, work));
say(`${held} seeds held, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
