import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Disk } from '../../../src/core/state/disk.js';

/** A disk to be tested, with a folder that may be filled and the way to take it down. */
export interface DiskUnderTest {
  readonly disk: Disk;
  /** Absolute path of a folder that does not exist yet; the one above it does. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** The rules that every disk keeps. */
export function diskContract(name: string, make: () => Promise<DiskUnderTest>): void {
  describe(name, () => {
    let world: DiskUnderTest;
    let disk: Disk;
    let folder: string;
    const at = (file: string): string => `${folder}/${file}`;

    beforeEach(async () => {
      world = await make();
      disk = world.disk;
      folder = await disk.folder(`${world.folder}/deep/state`);
    });
    afterEach(() => world.stop());

    it('creates a folder with its parents, and keeps an existing one', async () => {
      await disk.replace(at('a'), 'kept');
      expect(await disk.folder(`${world.folder}/deep/state`)).toBe(folder);
      expect(await disk.read(at('a'))).toBe('kept');
    });

    it('lists the files of a folder and nothing else', async () => {
      expect(await disk.list(folder)).toEqual([]);
      await disk.replace(at('b'), '');
      await disk.create(at('a'), '');
      await disk.append(at('c'), '');
      expect([...(await disk.list(folder))].sort()).toEqual(['a', 'b', 'c']);
      await expect(disk.list(`${folder}/none`)).rejects.toMatchObject({ code: 'ENOENT' });
    });

    it('reads nothing where no file is', async () => {
      expect(await disk.read(at('none'))).toBeUndefined();
      expect(await disk.read(at('none/deeper'))).toBeUndefined();
    });

    it('replaces a file', async () => {
      await disk.replace(at('a'), 'a long first text\n');
      await disk.replace(at('a'), 'ü\n');
      expect(await disk.read(at('a'))).toBe('ü\n');
      await disk.replace(at('a'), 'third', { durable: false });
      expect(await disk.read(at('a'))).toBe('third');
    });

    it('appends to a file, and creates a missing one', async () => {
      expect(await disk.append(at('a'), 'one\n')).toBe(true);
      expect(await disk.append(at('a'), 'two\n', { durable: false })).toBe(true);
      expect(await disk.read(at('a'))).toBe('one\ntwo\n');
    });

    it('appends to a file of a given size only', async () => {
      expect(await disk.append(at('a'), 'x', { size: 0 })).toBe(false);
      expect(await disk.read(at('a'))).toBeUndefined();
      await disk.replace(at('a'), 'ü');
      expect(await disk.append(at('a'), 'x', { size: 1 })).toBe(false);
      expect(await disk.append(at('a'), 'x', { size: 2 })).toBe(true);
      expect(await disk.read(at('a'))).toBe('üx');
    });

    it('writes only where that is permitted in the end', async () => {
      await disk.replace(at('a'), 'kept');
      const permitted = (): boolean => false;
      expect(await disk.replace(at('a'), 'x', { permitted })).toBe(false);
      expect(await disk.append(at('a'), 'x', { permitted })).toBe(false);
      expect(await disk.read(at('a'))).toBe('kept');
      expect(await disk.list(folder)).toEqual(['a']);
      expect(await disk.replace(at('a'), 'y', { permitted: () => true })).toBe(true);
      expect(await disk.append(at('a'), 'z', { permitted: () => true })).toBe(true);
      expect(await disk.read(at('a'))).toBe('yz');
    });

    it('lets exactly one of many create a file', async () => {
      const tries = Array.from({ length: 20 }, (_, index) => disk.create(at('a'), `${index}`));
      const wins = (await Promise.all(tries)).flatMap((won, index) => (won ? [`${index}`] : []));
      expect(wins).toHaveLength(1);
      expect(await disk.read(at('a'))).toBe(wins[0]);
      expect(await disk.list(folder)).toEqual(['a']);
    });

    it('renames a file over another one', async () => {
      await disk.replace(at('a'), 'a');
      await disk.replace(at('b'), 'b');
      expect(await disk.rename(at('a'), at('b'))).toBe(true);
      expect(await disk.rename(at('a'), at('b'))).toBe(false);
      expect(await disk.read(at('b'))).toBe('a');
      expect(await disk.list(folder)).toEqual(['b']);
    });

    it('removes a file, once and again', async () => {
      await disk.replace(at('a'), 'a');
      await disk.remove(at('a'));
      await disk.remove(at('a'));
      expect(await disk.list(folder)).toEqual([]);
    });

    it('rejects a write below a folder that is not there', async () => {
      const lost = { code: 'ENOENT' };
      await expect(disk.replace(at('none/a'), 'a')).rejects.toMatchObject(lost);
      await expect(disk.create(at('none/a'), 'a')).rejects.toMatchObject(lost);
      await expect(disk.append(at('none/a'), 'a')).rejects.toMatchObject(lost);
    });
  });
}
