import { parseArgs } from 'node:util';

/** What `npm run simulate` is asked for. */
export interface Request {
  readonly from: number;
  readonly to: number;
  readonly steps: number;
  /** True for one seed, whose script is printed; the scripts of a block become files. */
  readonly isSingle: boolean;
  /** Where the trace of a single seed goes. */
  readonly trace: string | undefined;
  /** Whether a failing run is made shorter. */
  readonly shrinks: boolean;
}

/** How the command is called. */
export const usage = [
  'usage: npm run simulate -- --seed N [--trace FILE] [--steps M] [--no-shrink]',
  '       npm run simulate -- --seeds FROM-TO [--steps M] [--no-shrink]',
  '',
  '  --seed N         one run; its script is printed where something does not hold',
  '  --seeds FROM-TO  a run for each seed, on all cores; scripts go to build/simulation/seed-N.test.ts',
  '  --steps M        steps of a run (100)',
  '  --trace FILE     where to write everything that happened in the run, a line an event',
  '  --no-shrink      leave the script of a failing run as long as it is',
].join('\n');

/** Flags that make no sense; the message says which. */
export class WrongFlags extends Error {
  override readonly name = 'WrongFlags';
}

/**
 * Reads the flags of the command; undefined where help is asked for.
 * @throws WrongFlags
 */
export function readArgs(args: readonly string[]): Request | undefined {
  const values = parsed(args);
  if (values.help === true) return undefined;
  const { seed, seeds, trace } = values;
  if (seed !== undefined && seeds !== undefined) throw new WrongFlags('--seed and --seeds: give one of them');
  if (seeds !== undefined && trace !== undefined) throw new WrongFlags('--trace: give it with --seed');
  const [from = '', to = from, ...more] = (seed ?? seeds ?? '1').split('-');
  if (more.length > 0 || (seed !== undefined && from !== seed))
    throw new WrongFlags('--seed N, or --seeds FROM-TO');
  const flag = seeds === undefined ? '--seed' : '--seeds';
  const request: Request = {
    from: whole(from, flag),
    to: whole(to, flag),
    steps: whole(values.steps, '--steps'),
    isSingle: seeds === undefined,
    trace,
    shrinks: values['no-shrink'] !== true,
  };
  if (request.to < request.from) throw new WrongFlags(`--seeds: ${from} comes after ${to}`);
  return request;
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        seed: { type: 'string' },
        seeds: { type: 'string' },
        steps: { type: 'string', default: '100' },
        trace: { type: 'string' },
        'no-shrink': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new WrongFlags(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/**
 * The whole number above zero that a flag gives, of so many digits at most.
 * @throws WrongFlags
 */
export function whole(text: string, flag: string, digits = 15): number {
  if (/^[1-9]\d*$/.test(text) && text.length <= digits) return Number(text);
  throw new WrongFlags(`${flag}: a whole number above zero, not '${text}'`);
}

/** The exit code for flags that make no sense. */
const USAGE = 64;

/** Runs a command to its exit code; says what is wrong with its flags, and how it is called. */
export async function runCommand(main: () => Promise<number>, howTo: string): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof WrongFlags)) throw error;
    process.stderr.write(`${error.message}\n${howTo.split('\n', 2).join('\n')}\n`);
    process.exitCode = USAGE;
  }
}
