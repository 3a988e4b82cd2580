import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { nodeDisk } from '../../../src/core/state/disk.js';
import { MemoryDisk } from '../../support/memory-disk.js';
import { diskContract } from './disk-contract.js';

async function temporary(): Promise<{ folder: string; stop: () => Promise<void> }> {
  const root = await mkdtemp(path.join(tmpdir(), 'c1sync-disk-'));
  return { folder: path.join(root, 'new'), stop: () => rm(root, { recursive: true, force: true }) };
}

diskContract('the disk of the machine', async () => ({ disk: nodeDisk, ...(await temporary()) }));

diskContract('a disk in memory', async () => ({
  disk: new MemoryDisk(),
  folder: '/memory',
  stop: async () => {},
}));

it('creates folders and files that only their owner may read', async () => {
  const { folder, stop } = await temporary();
  const root = await nodeDisk.folder(folder);
  await nodeDisk.replace(`${root}/a`, '');
  await nodeDisk.create(`${root}/b`, '');
  await nodeDisk.append(`${root}/c`, '');
  const modes = await Promise.all(
    ['', 'a', 'b', 'c'].map(async (name) => (await stat(path.join(root, name))).mode),
  );
  expect(modes.map((mode) => (mode & 0o777).toString(8))).toEqual(['700', '600', '600', '600']);
  await stop();
});
