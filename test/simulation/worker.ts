import { parentPort } from 'node:worker_threads';
import { verdictOn } from './verdict.js';

parentPort?.on('message', ({ seed, steps }: { readonly seed: number; readonly steps: number }) => {
  void verdictOn(seed, steps).then((verdict) => parentPort?.postMessage(verdict));
});
