import { MemoryQueue } from '../../../src/core/apply/queue.js';
import { queueContract } from './queue-contract.js';

queueContract('the queue in memory', async (concurrency) => {
  const queue = new MemoryQueue({ concurrency });
  // A failed test may leave work behind that never ends: it is not waited for.
  return { queue, stop: async () => void queue.close() };
});
