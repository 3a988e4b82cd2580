import { configOf } from '../../model/fields.js';
import type { DiskTrouble } from '../disk.js';
import { noteConfigured, type Thing } from '../model.js';
import { STATE } from '../settings.js';
import type { World } from '../world.js';
import { type Action, action } from './action.js';
import { objectOf } from './tenant.js';

const HASH_KEY = `${STATE}/hash.key`;

const backup = action({
  name: 'somebody backs the state up',
  weight: 2,
  propose: (world) => (world.disk.isFolder(STATE) ? {} : undefined),
  run: ({ backups, disk, judge, loop }) =>
    void backups.push({ at: loop.now, files: disk.backup(STATE), memory: judge.memory }),
});

/** Every process ends, something happens to the state, and a daemon starts on what there is. */
function restart(world: World, between: () => void): void {
  for (const process of world.processes.filter(({ life }) => life !== 'dead')) world.kill(process);
  between();
  world.startDaemon();
}

const restore = action<{ readonly backup: number }>({
  name: 'the daemon starts on an older state',
  weight: 2,
  propose(world, random) {
    if (world.backups.length === 0) return undefined;
    return { backup: random.int(0, world.backups.length - 1) };
  },
  run(world, { backup: index }) {
    const backup = world.backups[index];
    if (backup === undefined) return;
    restart(world, () => world.disk.restore(STATE, backup.files));
    world.forgets('the state is older', backup);
  },
});

const lose = action({
  name: 'the daemon starts without its state',
  weight: 1,
  propose: (world) => (world.disk.isFolder(STATE) ? {} : undefined),
  run(world) {
    restart(world, () => world.disk.restore(STATE, new Map()));
    world.forgets('the state is lost', { at: 0, memory: undefined });
  },
});

const loseKey = action({
  name: 'the daemon starts without its hash key',
  weight: 1,
  propose: (world) => (world.disk.textOf(HASH_KEY) === undefined ? undefined : {}),
  run(world) {
    restart(world, () => {
      world.disk.lose(HASH_KEY);
      world.judge.configurations.losesKey();
      world.judge.settling.forgets();
    });
    for (const thing of world.model.things) if (isUnwritten(world, thing)) noteConfigured(thing);
  },
});

/** True where the tenant holds another secret than the present one: without the key, nobody can tell whose change that is. */
function isUnwritten(world: World, thing: Thing): boolean {
  const object = objectOf(world, thing);
  if (thing.secret === undefined || object === undefined) return false;
  return configOf(world.people.connector(object.id)).token !== thing.secret.value;
}

const trouble = action<{ readonly trouble: DiskTrouble }>({
  name: 'the disk has a trouble',
  weight: 2,
  propose: (world, random) =>
    world.disk.trouble === 'none' ? { trouble: random.chance(0.6) ? 'full' : 'read-only' } : undefined,
  run: (world, { trouble: what }) => {
    world.disk.trouble = what;
    world.disturbs();
  },
});

const well = action({
  name: 'the disk is well again',
  weight: 6,
  propose: (world) => (world.disk.trouble === 'none' ? undefined : {}),
  run: (world) => world.healDisk(),
});

/** What happens to the disk and the state on it. */
export const machineActions: readonly Action[] = [backup, restore, lose, loseKey, trouble, well];
