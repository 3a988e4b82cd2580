import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { simulate } from './engine.js';
import { runSeeds } from './pool.js';
import { type Verdict, verdictOf } from './verdict.js';

/** Seeds between two lines of progress. */
const PROGRESS_EVERY = 100;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    steps: { type: 'string', default: '100' },
    trace: { type: 'string' },
  },
});

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const steps = whole(values.steps, '--steps');
const startedAt = performance.now();
let held = 0;
let failed = 0;

function whole(text: string, flag: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new RangeError(`${flag}: a whole number above zero, not '${text}'`);
  return number;
}

function done({ seed, failure }: Verdict): void {
  if (failure === undefined) held += 1;
  else {
    failed += 1;
    say(`seed ${seed} fails at step ${failure.step}: ${failure.invariant}`);
    for (const fault of failure.faults.slice(0, 5)) say(`  ${fault}`);
    say(failure.script);
  }
  if ((held + failed) % PROGRESS_EVERY === 0) say(`${held + failed} seeds, ${failed} failed, ${seconds()} s`);
}

function seconds(): number {
  return Math.round((performance.now() - startedAt) / 1000);
}

if (values.seeds === undefined) {
  const seed = whole(values.seed ?? '1', '--seed');
  const outcome = await simulate(seed, steps, values.trace !== undefined);
  if (values.trace !== undefined) writeFileSync(values.trace, `${outcome.trace.lines?.join('\n')}\n`);
  say(
    `seed ${seed}: trace ${outcome.trace.hash}, ${outcome.writes} writes, ${Math.round(outcome.ms / 60_000)} virtual minutes`,
  );
  done(await verdictOf(seed, outcome));
} else {
  const [from = '', to = from] = values.seeds.split('-');
  await runSeeds({ from: whole(from, '--seeds'), to: whole(to, '--seeds'), steps, done });
}
say(`${held} seeds held, ${failed} failed, ${seconds()} s`);
process.exitCode = failed > 0 ? 1 : 0;
