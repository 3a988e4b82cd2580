import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Verdict } from './verdict.js';

/** What a pool is asked for. */
export interface PoolOptions {
  readonly from: number;
  readonly to: number;
  readonly steps: number;
  /** Hears of every seed as it is done. */
  readonly done: (verdict: Verdict) => void;
}

/** Makes the runs of many seeds on all cores. */
export async function runSeeds({ from, to, steps, done }: PoolOptions): Promise<void> {
  let next = from;
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('./worker.js', import.meta.url));
    try {
      while (next <= to) {
        const seed = next;
        next += 1;
        done(await ask(worker, seed, steps));
      }
    } finally {
      await worker.terminate();
    }
  };
  const size = Math.min(availableParallelism(), to - from + 1);
  await Promise.all(Array.from({ length: size }, work));
}

function ask(worker: Worker, seed: number, steps: number): Promise<Verdict> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void =>
      reject(new Error(`seed ${seed}: ${error.message}`, { cause: error }));
    worker.once('error', onError);
    worker.once('message', (verdict: Verdict) => {
      worker.off('error', onError);
      resolve(verdict);
    });
    worker.postMessage({ seed, steps });
  });
}
