import { type Action, action } from './action.js';

interface Named {
  readonly name: string;
}

const stop = action<Named>({
  name: 'stop a process where it stands',
  weight: 3,
  propose(world, random) {
    const process = random.pick(world.running);
    return process && { name: process.name };
  },
  run(world, { name }) {
    world.disturbs();
    world.running.find((process) => process.name === name)?.sleep();
  },
});

const wake = action<Named>({
  name: 'wake a stopped process',
  weight: 3,
  propose(world, random) {
    const process = random.pick(world.stopped);
    return process && { name: process.name };
  },
  run: (world, { name }) => world.stopped.find((process) => process.name === name)?.wake(),
});

const takeOver = action<Named>({
  name: 'stop a daemon and start another',
  weight: 2,
  propose(world, random) {
    const process = random.pick(world.daemons.filter(({ life }) => life === 'running'));
    return process && { name: process.name };
  },
  run(world, { name }) {
    const process = world.running.find((one) => one.name === name);
    if (process === undefined) return;
    world.disturbs();
    process.sleep();
    world.startDaemon();
  },
});

/** SIGSTOP and SIGCONT: timers and answers of a stopped process come late, and others may have taken over. */
export const stopActions: readonly Action[] = [stop, wake, takeOver];
