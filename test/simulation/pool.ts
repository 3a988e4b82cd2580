import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Verdict } from './verdict.js';

/** One run, as a worker is asked for it. */
export interface Job {
  readonly seed: number;
  readonly steps: number;
  /** Whether a failing run is made shorter. */
  readonly shrinks: boolean;
}

/** What a pool is asked for. */
export interface PoolOptions extends Omit<Job, 'seed'> {
  readonly from: number;
  readonly to: number;
  /** Hears of every seed as it is done. */
  readonly done: (verdict: Verdict) => void;
}

/** Makes the runs of many seeds on all cores. A run that ends its worker fails like any other. */
export async function runSeeds({ from, to, steps, shrinks, done }: PoolOptions): Promise<void> {
  let next = from;
  const work = async (): Promise<void> => {
    let worker = start();
    try {
      while (next <= to) {
        const job = { seed: next, steps, shrinks };
        next += 1;
        const verdict = await ask(worker, job);
        if (verdict instanceof Error) worker = start();
        done(verdict instanceof Error ? broken(job, verdict) : verdict);
      }
    } finally {
      await worker.terminate();
    }
  };
  const size = Math.min(availableParallelism(), to - from + 1);
  await Promise.all(Array.from({ length: size }, work));
}

function start(): Worker {
  // Most of what a run allocates is short-lived: a larger young generation saves a tenth of the time.
  return new Worker(new URL('./worker.js', import.meta.url), {
    resourceLimits: { maxYoungGenerationSizeMb: 64 },
  });
}

/** The verdict of a worker; the error that ended it where it gave none. */
function ask(worker: Worker, job: Job): Promise<Verdict | Error> {
  return new Promise((resolve) => {
    worker.once('error', resolve);
    worker.once('message', (verdict: Verdict) => {
      worker.off('error', resolve);
      resolve(verdict);
    });
    worker.postMessage(job);
  });
}

function broken({ seed, steps }: Job, error: Error): Verdict {
  const faults = [error.stack ?? error.message];
  const script = `// npm run simulate -- --seed ${seed} --steps ${steps}`;
  return { seed, hash: '', writes: 0, failure: { step: 0, invariant: 'nothing is thrown', faults, script } };
}
