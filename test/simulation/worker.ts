import { parentPort } from 'node:worker_threads';
import type { Job } from './pool.js';
import { verdictOn } from './verdict.js';

parentPort?.on('message', (job: Job) => {
  void verdictOn(job).then((verdict) => parentPort?.postMessage(verdict));
});
