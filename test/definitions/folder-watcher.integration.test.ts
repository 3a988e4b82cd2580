import { once } from 'node:events';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FolderWatcher } from '../../src/definitions/folder-watcher.js';

let root: string;
let watcher: FolderWatcher;
/** Files whose facts the watcher has read, by name. */
let asked: Set<string>;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'c1sync-folders-'));
  for (const name of ['a', 'b', 'c']) await writeFile(path.join(root, name), '');
  asked = new Set();
  watcher = new FolderWatcher({
    ignoreInitial: true,
    followSymlinks: false,
    ignored: (file, facts) => {
      if (facts === undefined || facts.isDirectory()) return false;
      asked.add(path.basename(file));
      return true;
    },
  });
  watcher.add(root);
  await once(watcher, 'ready');
});

afterEach(async () => {
  await watcher.close();
  await rm(root, { recursive: true });
});

/** Does something, and waits for an event that it causes. */
async function after(event: 'addDir' | 'unlinkDir', act: () => Promise<unknown>): Promise<unknown> {
  const seen = once(watcher, event);
  await act();
  const [place] = await seen;
  return path.relative(root, place);
}

it('reads the facts of each file when it finds a folder, and after an event in it of none', async () => {
  expect(asked).toEqual(new Set(['a', 'b', 'c']));
  asked.clear();
  expect(await after('addDir', () => mkdir(path.join(root, 'folder')))).toBe('folder');
  expect(asked).toEqual(new Set());
});

it('reads the facts of each file in a folder that appears with files', async () => {
  asked.clear();
  const place = await mkdtemp(path.join(tmpdir(), 'c1sync-folders-'));
  await writeFile(path.join(place, 'd'), '');
  expect(await after('addDir', () => rename(place, path.join(root, 'folder')))).toBe('folder');
  await expect.poll(() => [...asked]).toEqual(['d']);
});

it('emits the removal of a folder', async () => {
  const folder = path.join(root, 'folder');
  await after('addDir', () => mkdir(folder));
  expect(await after('unlinkDir', () => rm(folder, { recursive: true }))).toBe('folder');
});
