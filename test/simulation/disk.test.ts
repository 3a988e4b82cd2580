import type { Disk } from '../../src/core/state/disk.js';
import { diskContract } from '../core/state/disk-contract.js';
import { Random } from '../model/random.js';
import { SimulatedDisk } from './disk.js';
import { Loop } from './loop.js';
import { Trace } from './trace.js';

/** A disk whose loop goes on for as long as an operation takes. */
function atOnce(disk: Disk, loop: Loop): Disk {
  const done = async <T>(operation: Promise<T>): Promise<T> => {
    const [result] = await Promise.all([operation, loop.pass(0)]);
    return result;
  };
  return {
    folder: (place) => done(disk.folder(place)),
    list: (place) => done(disk.list(place)),
    read: (place) => done(disk.read(place)),
    append: (place, text, options) => done(disk.append(place, text, options)),
    replace: (place, text, options) => done(disk.replace(place, text, options)),
    create: (place, text) => done(disk.create(place, text)),
    rename: (from, to) => done(disk.rename(from, to)),
    remove: (place) => done(disk.remove(place)),
  };
}

diskContract('the simulated disk', async () => {
  const loop = new Loop(new Random(1), new Trace(false));
  const disk = new SimulatedDisk(loop).for({ name: 'tester', life: 'running' }, () => {});
  return { disk: atOnce(disk, loop), folder: '/new', stop: async () => {} };
});
