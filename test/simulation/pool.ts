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

/** Makes the runs of many seeds on all cores. */
export async function runSeeds({ from, to, steps, shrinks, done }: PoolOptions): Promise<void> {
  let next = from;
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('./worker.js', import.meta.url));
    try {
      while (next <= to) {
        const seed = next;
        next += 1;
        done(await ask(worker, { seed, steps, shrinks }));
      }
    } finally {
      await worker.terminate();
    }
  };
  const size = Math.min(availableParallelism(), to - from + 1);
  await Promise.all(Array.from({ length: size }, work));
}

function ask(worker: Worker, job: Job): Promise<Verdict> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void =>
      reject(new Error(`seed ${job.seed}: ${error.message}`, { cause: error }));
    worker.once('error', onError);
    worker.once('message', (verdict: Verdict) => {
      worker.off('error', onError);
      resolve(verdict);
    });
    worker.postMessage(job);
  });
}
