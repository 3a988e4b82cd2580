import { existsSync, statfsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Layers by the end of a file's name, `.test.ts` alone being a unit test, but for two folders. */
const INTEGRATION = 'test/**/*.integration.test.ts';
const PROCESS = 'test/**/*.process.test.ts';
const SIMULATION = 'test/simulation/**/*.test.ts';
const CHAOS = 'test/chaos/**/*.test.ts';

/** A file system in memory. What is synced to a disk takes milliseconds each time, and integration tests sync a lot. */
const MEMORY = '/dev/shm';
const ENOUGH_BYTES = 2 ** 30;

function temporaryFolder(): Record<string, string> {
  if (!existsSync(MEMORY)) return {};
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize < ENOUGH_BYTES ? {} : { TMPDIR: MEMORY };
}

export default defineConfig({
  test: {
    sequence: { shuffle: true },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Many tests wait for a process or a socket: one worker more than there are cores keeps the cores at work.
    maxWorkers: availableParallelism() + 1,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [INTEGRATION, PROCESS, SIMULATION, CHAOS],
          testTimeout: 30_000,
          isolate: false,
        },
      },
      {
        extends: true,
        test: { name: 'integration', include: [INTEGRATION], isolate: false, env: temporaryFolder() },
      },
      {
        extends: true,
        test: {
          name: 'process',
          include: [PROCESS],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          isolate: false,
        },
      },
      // Has workers of its own, one for each core.
      {
        extends: true,
        test: { name: 'simulation', include: [SIMULATION], sequence: { groupOrder: 1 }, maxWorkers: 1 },
      },
      {
        extends: true,
        test: { name: 'chaos', include: [CHAOS], sequence: { groupOrder: 2 }, maxWorkers: 1 },
      },
    ],
  },
});
