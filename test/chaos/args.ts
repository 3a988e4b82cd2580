import { parseArgs } from 'node:util';
import { readArgs as readSeeds, WrongFlags, whole } from '../simulation/args.js';

/** The request of `npm run chaos`. */
export interface Request {
  readonly from: number;
  readonly to: number;
  readonly rounds: number;
  /** Actions of a round. */
  readonly actions: number;
  /** Runs at a time. */
  readonly jobs: number;
  /** Whether every action is printed. */
  readonly isVerbose: boolean;
}

/** Digits of a count of rounds, actions or jobs. */
const MOST_DIGITS = 6;

/** How the command is called. */
export const usage = [
  'usage: npm run chaos -- [--seed N] [--rounds N] [--actions N] [--verbose]',
  '       npm run chaos -- --seeds FROM-TO [--jobs N] [--rounds N] [--actions N] [--verbose]',
  '',
  '  --seed N         one run; with a seed of this moment when left out',
  '  --seeds FROM-TO  a run for each seed',
  '  --jobs N         runs at a time (1)',
  '  --rounds N       how often all comes to rest in a run (5)',
  '  --actions N      actions of a round (20)',
  '  --verbose        say every action',
].join('\n');

/**
 * Reads the flags of the command; undefined where help is asked for. `seed`: the seed when none is given.
 * @throws WrongFlags
 */
export function readArgs(args: readonly string[], seed: number): Request | undefined {
  const values = parsed(args);
  if (values.help === true) return undefined;
  const { seed: one = values.seeds === undefined ? String(seed) : undefined, seeds } = values;
  const range = readSeeds([
    ...(one === undefined ? [] : ['--seed', one]),
    ...(seeds === undefined ? [] : ['--seeds', seeds]),
  ]);
  return {
    from: range?.from ?? seed,
    to: range?.to ?? seed,
    rounds: whole(values.rounds, '--rounds', MOST_DIGITS),
    actions: whole(values.actions, '--actions', MOST_DIGITS),
    jobs: whole(values.jobs, '--jobs', MOST_DIGITS),
    isVerbose: values.verbose === true,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        seed: { type: 'string' },
        seeds: { type: 'string' },
        jobs: { type: 'string', default: '1' },
        rounds: { type: 'string', default: '5' },
        actions: { type: 'string', default: '20' },
        verbose: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new WrongFlags(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
