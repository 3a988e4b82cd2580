import path from 'node:path';
import { runCommand } from '../simulation/args.js';
import { type Request, readArgs, usage } from './args.js';
import { chaos, Violation } from './run.js';
import { modesOf } from './settings.js';

/** Seeds of a moment are short enough to type. */
const MOST_SEEDS = 1_000_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Makes one run; false where something did not hold. */
async function holds(seed: number, { rounds, actions, isVerbose }: Request): Promise<boolean> {
  say(`chaos with seed ${seed}: ${JSON.stringify(modesOf(seed))}`);
  const prefix = `${seed} `;
  try {
    const summary = await chaos({
      seed,
      rounds,
      actions,
      main: path.resolve('dist/main.js'),
      say: isVerbose ? (line) => say(prefix + line) : () => {},
    });
    say(`seed ${seed} held: ${JSON.stringify(summary)}`);
    return true;
  } catch (error) {
    const why = error instanceof Violation ? error.message : (error instanceof Error && error.stack) || error;
    say(`seed ${seed} FAILED\n${why}`);
    say(`again: npm run chaos -- --seed ${seed} --rounds ${rounds} --actions ${actions} --verbose`);
    return false;
  }
}

async function main(): Promise<number> {
  const request = readArgs(process.argv.slice(2), 1 + (Date.now() % MOST_SEEDS));
  if (request === undefined) {
    say(usage);
    return 0;
  }
  let next = request.from;
  let failed = 0;
  const work = async (): Promise<void> => {
    while (next <= request.to) {
      const seed = next;
      next += 1;
      if (!(await holds(seed, request))) failed += 1;
    }
  };
  const count = request.to - request.from + 1;
  await Promise.all(Array.from({ length: Math.min(request.jobs, count) }, work));
  say(`${count - failed} seeds held, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

// An exit ends the processes of a run too; a signal alone would leave them behind.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

await runCommand(main, usage);
