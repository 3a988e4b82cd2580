import { type Outcome, simulate } from './engine.js';
import type { Job } from './pool.js';
import { shrink, testOf } from './shrink.js';

/** What became of one seed, in words that can go from one thread to another. */
export interface Verdict {
  readonly seed: number;
  readonly hash: string;
  readonly writes: number;
  /** Undefined where everything held. */
  readonly failure:
    | {
        readonly step: number;
        readonly invariant: string;
        readonly faults: readonly string[];
        readonly script: string;
      }
    | undefined;
}

/** Makes the run of a seed; where something does not hold, the script is as short as can be if that is asked for. */
export async function verdictOn({ seed, steps, shrinks }: Job): Promise<Verdict> {
  return verdictOf(seed, await simulate(seed, steps), shrinks);
}

/** The same of a run that was made already. */
export async function verdictOf(seed: number, outcome: Outcome, shrinks: boolean): Promise<Verdict> {
  const { trace, writes, failure } = outcome;
  const told = failure && { ...failure, script: testOf(shrinks ? await shrink(outcome) : outcome) };
  return { seed, hash: trace.hash, writes, failure: told };
}
