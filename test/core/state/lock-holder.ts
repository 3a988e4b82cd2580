import { systemClock } from '../../../src/core/model/clock.js';
import { systemRandom } from '../../../src/core/model/random.js';
import { nodeDisk } from '../../../src/core/state/disk.js';
import { acquireLock } from '../../../src/core/state/lock.js';
import { systemProcesses } from '../../../src/core/state/processes.js';

/**
 * A process that takes the lock of the given folder and holds it until a command to release it. It writes `held`,
 * `released`, `lost` or the refusal to stdout, a line each. An optional second argument is its PID namespace; `held?`
 * asks whether it still may act.
 */
const [directory = '.', namespace] = process.argv.slice(2);
const processes = systemProcesses();
const self = namespace === undefined ? processes.self : { ...processes.self, namespace };
const say = (line: string): void => void process.stdout.write(`${line}\n`);
try {
  const lock = await acquireLock(directory, {
    clock: systemClock,
    disk: nodeDisk,
    random: systemRandom,
    processes: { ...processes, self },
    command: 'run',
  });
  lock.onLost((reason) => say(`lost: ${reason}`));
  say('held');
  process.stdin.on('data', async (text) => {
    if (String(text).includes('held?')) {
      say(`still held: ${lock.stillHeld()}`);
      return;
    }
    await lock.release();
    say('released');
    process.stdin.unref();
  });
} catch (error) {
  say(error instanceof Error ? error.name : String(error));
}
