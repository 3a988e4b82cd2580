import type { Random } from '../../model/random.js';
import type { Process } from '../process.js';
import type { World } from '../world.js';
import { type Action, action } from './action.js';

interface Named {
  readonly name: string;
}

function pick(processes: readonly Process[], random: Random): Named | undefined {
  const process = random.pick(processes);
  return process && { name: process.name };
}

function named(world: World, { name }: Named): Process | undefined {
  return world.processes.find((process) => process.name === name && process.life !== 'dead');
}

const kill = action<Named>({
  name: 'kill a process',
  weight: 4,
  propose: (world, random) => pick(world.running, random),
  run(world, params) {
    const process = named(world, params);
    if (process !== undefined) world.kill(process);
  },
});

const killAndStart = action<Named>({
  name: 'kill a daemon and start it again',
  weight: 5,
  propose: (world, random) => pick(world.daemons, random),
  run(world, params) {
    const process = named(world, params);
    if (process !== undefined) world.kill(process);
    world.startDaemon();
  },
});

const start = action({
  name: 'start the daemon',
  weight: 4,
  propose: (world) => (world.daemons.length === 0 ? {} : undefined),
  run: (world) => void (world.daemons.length === 0 && world.startDaemon()),
});

const second = action({
  name: 'start a second daemon',
  weight: 1,
  propose: () => ({}),
  run: (world) => void world.startDaemon(),
});

const powerFailure = action({
  name: 'the power fails',
  weight: 1,
  propose: () => ({}),
  run(world) {
    world.powerFails();
    world.startDaemon();
  },
});

const terminate = action<Named>({
  name: 'stop a daemon in order',
  weight: 1,
  propose: (world, random) => pick(world.daemons, random),
  run: (world, params) => named(world, params)?.terminate(),
});

const reload = action<Named>({
  name: 'reload a daemon',
  weight: 1,
  propose: (world, random) => pick(world.daemons, random),
  run: (world, params) => named(world, params)?.reload(),
});

/** What happens to processes. */
export const processActions: readonly Action[] = [
  kill,
  killAndStart,
  start,
  second,
  powerFailure,
  terminate,
  reload,
];
