import { hostname } from 'node:os';
import { systemClock } from '../../src/core/clock.js';
import { acquireLock } from '../../src/core/lock.js';

/**
 * A process that takes the lock of the folder it is given and keeps it until it is told to let go. It writes
 * `held`, `released` or the refusal to stdout, a line each. An optional second argument is its hostname.
 */
const [directory = '.', host = hostname()] = process.argv.slice(2);
try {
  const lock = await acquireLock(directory, {
    pid: process.pid,
    hostname: host,
    clock: systemClock,
    command: 'run',
  });
  process.stdout.write('held\n');
  process.stdin.once('data', async () => {
    await lock.release();
    process.stdout.write('released\n');
    process.stdin.unref();
  });
} catch (error) {
  process.stdout.write(`${error instanceof Error ? error.name : String(error)}\n`);
}
