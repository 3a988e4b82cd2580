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
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '600' },
    actions: { type: 'string', default: '20' },
    main: { type: 'string', default: 'dist/main.js' },
    quick: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const seed = count('seed', values.seed);
const [rounds, seconds, actions] = (['rounds', 'seconds', 'actions'] as const).map((name) =>
  count(name, values[name]),
);

// An exit ends the processes of a run too; a signal alone would leave them behind.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

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
  say(`all held: ${JSON.stringify(summary)}`);
} catch (error) {
  if (!(error instanceof Violation)) throw error;
  say(`VIOLATION with seed ${seed}\n${error.message}`);
  const quick = values.quick ? ' --quick' : '';
  say(`again: npm run chaos -- --seed ${seed} --rounds ${rounds} --actions ${actions}${quick} --verbose`);
  process.exitCode = 1;
}
