import { runSeeds } from '../simulation/pool.js';
import type { Benchmark } from './figures.js';

/** Seeds a second at which 2,000 seeds take 15 minutes. */
const GOAL = 2000 / (15 * 60);
const STEPS = 100;

/** How many runs of the simulation the machine makes in a second, on all cores. */
export const simulation: Benchmark = {
  name: 'simulation',
  title: `Simulated runs of ${STEPS} steps, on all cores`,
  async run(isQuick) {
    const to = isQuick ? 10 : 100;
    const cpuBefore = process.cpuUsage();
    const startedAt = performance.now();
    let seeds = 0;
    const done = (): void => {
      seeds += 1;
    };
    await runSeeds({ from: 1, to, steps: STEPS, shrinks: false, done });
    const seconds = (performance.now() - startedAt) / 1000;
    const { user, system } = process.cpuUsage(cpuBefore);
    return [
      {
        what: 'Seeds a second',
        measured: (seeds / seconds).toFixed(2),
        beside: `${GOAL.toFixed(2)} make 2,000 seeds in 15 minutes`,
      },
      {
        what: 'Processor time a seed',
        measured: `${((user + system) / 1e6 / seeds).toFixed(2)} s`,
        beside: `${seeds} seeds`,
      },
    ];
  },
};
