import { type Outcome, simulate } from './engine.js';
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

/** Makes the run of a seed, and makes it as short as can be where something does not hold. */
export async function verdictOn(seed: number, steps: number): Promise<Verdict> {
  return verdictOf(seed, await simulate(seed, steps));
}

/** The same of a run that was made already. */
export async function verdictOf(seed: number, outcome: Outcome): Promise<Verdict> {
  const { trace, writes, failure } = outcome;
  const told = failure && { ...failure, script: testOf(await shrink(outcome)) };
  return { seed, hash: trace.hash, writes, failure: told };
}
