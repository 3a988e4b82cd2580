import { appendFileSync, chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { type Clock, systemClock } from '../../src/core/model/clock.js';
import type { LoadStart } from '../../src/core/model/definition.js';
import { type WatchOptions, watchDefinitions } from '../../src/definitions/watch.js';
import { until } from '../support/wait.js';
import { Folder, house } from './folder.js';

interface Seen {
  calls: number;
  /** Where a load had to start after the last change. */
  from: LoadStart | undefined;
  readonly errors: Error[];
}

/** Ten polls a second instead of one; what the system announces comes when it comes. */
const hurried: Clock = { ...systemClock, after: (ms, run) => systemClock.after(Math.min(ms, 100), run) };

async function watching(folder: Folder, options: Partial<WatchOptions> = {}): Promise<Seen> {
  const seen: Seen = { calls: 0, from: undefined, errors: [] };
  const watch = await watchDefinitions({
    directory: folder.path,
    extraFiles: () => [],
    debounceMs: 40,
    clock: hurried,
    onChange: (from) => {
      seen.calls += 1;
      seen.from = from;
    },
    onError: (error) => seen.errors.push(error),
    ...options,
  });
  onTestFinished(() => watch.close());
  return seen;
}

/** Does something and waits until it was seen. */
async function seenAfter(seen: Seen, what: string, act: () => void): Promise<void> {
  const before = seen.calls;
  act();
  await until(() => seen.calls > before, what);
}

/** Waits until `ms` have passed without a call. */
async function quiet(seen: Seen, ms = 300): Promise<number> {
  let since = Date.now();
  let calls = seen.calls;
  await until(() => {
    if (seen.calls !== calls) {
      calls = seen.calls;
      since = Date.now();
    }
    return Date.now() - since >= ms;
  }, 'quiet');
  return calls;
}

test('files that are added, changed, renamed and removed, at any depth', async () => {
  const folder = new Folder();
  folder.write('a/b/x.yaml', house('x'));
  const seen = await watching(folder);
  await seenAfter(seen, 'a change', () => folder.write('a/b/x.yaml', house('x', 'rooms: 1')));
  await seenAfter(seen, 'a new file', () => folder.write('a/y.yml', house('y')));
  await seenAfter(seen, 'a change of the new file', () => folder.write('a/y.yml', house('y', 'rooms: 1')));
  await seenAfter(seen, 'a file in new folders', () => folder.write('c/d/z.yaml', house('z')));
  await seenAfter(seen, 'a change there', () => folder.write('c/d/z.yaml', house('z', 'rooms: 1')));
  await seenAfter(seen, 'a rename', () => renameSync(folder.at('a/y.yml'), folder.at('a/w.yml')));
  await seenAfter(seen, 'a removal', () => folder.remove('a/b/x.yaml'));
  await seenAfter(seen, 'a removed folder', () => folder.remove('c'));
  expect(seen.errors).toEqual([]);
});

test('a changed file is named, anything else is for the load to find', async () => {
  const folder = new Folder();
  folder.write('a/x.yaml', house('x'));
  const seen = await watching(folder);
  await seenAfter(seen, 'a change', () => folder.write('a/x.yaml', house('x', 'rooms: 1')));
  expect(seen.from).toEqual(new Set([folder.at('a/x.yaml')]));
  await quiet(seen);
  await seenAfter(seen, 'a new folder', () => mkdirSync(folder.at('b')));
  await quiet(seen);
  expect(seen.from).toBe('changes');
  await seenAfter(seen, 'more files than are named', () => {
    for (let index = 0; index < 150; index += 1) folder.write(`a/${index}.yaml`, house(`x-${index}`));
  });
  await quiet(seen);
  expect(seen.from).toBe('changes');
});

test('what is written into a new folder before it is watched', async () => {
  const folder = new Folder();
  const source = folder.source();
  let keys = 0;
  const seen = await watching(folder, {
    onChange: async (from) => {
      keys = (await source.load(undefined, from)).definitions.length;
    },
  });
  mkdirSync(folder.at('new'));
  for (let index = 0; index < 200; index += 1) folder.write(`new/deep/${index}.yaml`, house(`x-${index}`));
  await until(() => keys === 200, 'all of them');
  folder.write('new/deep/last.yaml', house('last'));
  await until(() => keys === 201, 'the last one');
  expect(seen.errors).toEqual([]);
});

test('an editor that writes beside and renames over, every time', async () => {
  const folder = new Folder();
  folder.write('x.yaml', house('x'));
  const seen = await watching(folder);
  for (let turn = 0; turn < 3; turn += 1) {
    await seenAfter(seen, `save ${turn}`, () => {
      folder.write('.x.yaml.swp', house('x', `rooms: ${turn}`));
      renameSync(folder.at('.x.yaml.swp'), folder.at('x.yaml'));
    });
    await quiet(seen);
  }
});

test('a file that is written in two halves is read after the second', async () => {
  const folder = new Folder();
  const seen = await watching(folder);
  await seenAfter(seen, 'the first half', () => writeFileSync(folder.at('x.yaml'), house('x').slice(0, 30)));
  await seenAfter(seen, 'the second half', () => appendFileSync(folder.at('x.yaml'), house('x').slice(30)));
});

test('a folder that is moved in and out', async () => {
  const folder = new Folder();
  mkdirSync(folder.at('watched'));
  folder.write('elsewhere/x.yaml', house('x'));
  const seen = await watching(folder, { directory: folder.at('watched') });
  await seenAfter(seen, 'moved in', () => renameSync(folder.at('elsewhere'), folder.at('watched/in')));
  await quiet(seen);
  await seenAfter(seen, 'a change inside', () => folder.write('watched/in/x.yaml', house('x', 'rooms: 1')));
  await seenAfter(seen, 'moved out', () => renameSync(folder.at('watched/in'), folder.at('elsewhere')));
});

test('hundreds of files at once are one change', async () => {
  const folder = new Folder();
  const seen = await watching(folder, { debounceMs: 500, clock: systemClock });
  for (let index = 0; index < 300; index += 1)
    folder.write(`d${index % 7}/${index}.yaml`, house(`n${index}`));
  await until(() => seen.calls > 0, 'a change');
  expect(await quiet(seen, 800)).toBe(1);
});

test('a burst without an end is still announced', async () => {
  const folder = new Folder();
  let ahead = 0;
  const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + ahead };
  const seen = await watching(folder, { debounceMs: 2000, clock });
  folder.write('0.yaml', house('x'));
  let turn = 0;
  await until(() => {
    turn += 1;
    ahead += 500;
    folder.write('0.yaml', house('x', `rooms: ${turn}`));
    return seen.calls > 0;
  }, 'a change in the middle of the burst');
});

test('hidden files and files that are no YAML are not watched', async () => {
  const folder = new Folder();
  folder.write('x.yaml', house('x'));
  folder.write('.git/config', '');
  const seen = await watching(folder);
  folder.write('.git/index.yaml', 'x');
  folder.write('.x.yaml.swp', 'x');
  folder.write('readme.md', 'x');
  await seenAfter(seen, 'what is watched', () => folder.write('x.yaml', house('x', 'rooms: 1')));
  expect(await quiet(seen)).toBe(1);
});

test('a ConfigMap whose ..data is swapped, again and again', async () => {
  const folder = new Folder();
  folder.write('..v0/x.yaml', house('x'));
  folder.link('..data', '..v0');
  folder.link('x.yaml', '..data/x.yaml');
  const seen = await watching(folder);
  for (let version = 1; version <= 3; version += 1) {
    await seenAfter(seen, `version ${version}`, () => {
      folder.write(`..v${version}/x.yaml`, house('x', `rooms: ${version}`));
      folder.swap('..data', `..v${version}`);
      folder.remove(`..v${version - 1}`);
    });
    await quiet(seen);
  }
});

test('a git-sync link that is swapped: the new place is watched, the old one no longer', async () => {
  const folder = new Folder();
  for (const version of ['v1', 'v2', 'v3']) folder.write(`.worktrees/${version}/defs/x.yaml`, house('x'));
  folder.link('current', '.worktrees/v1');
  const seen = await watching(folder, { directory: folder.at('current/defs') });
  await seenAfter(seen, 'the swap', () => folder.swap('current', '.worktrees/v2'));
  await quiet(seen);
  await seenAfter(seen, 'a change in the new place', () =>
    folder.write('.worktrees/v2/defs/y.yaml', house('y')),
  );
  const before = await quiet(seen);
  folder.write('.worktrees/v1/defs/x.yaml', house('x', 'rooms: 1'));
  expect(await quiet(seen)).toBe(before);
  await seenAfter(seen, 'the next swap', () => {
    folder.swap('current', '.worktrees/v3');
    folder.remove('.worktrees/v2');
  });
});

test('a directory that vanishes and comes back, also one that was not there at the start', async () => {
  const folder = new Folder();
  const seen = await watching(folder, { directory: folder.at('defs') });
  await seenAfter(seen, 'it appears', () => folder.write('defs/x.yaml', house('x')));
  await quiet(seen);
  for (let turn = 0; turn < 2; turn += 1) {
    await seenAfter(seen, 'it vanishes', () => folder.remove('defs'));
    await seenAfter(seen, 'it is back', () => folder.write('defs/x.yaml', house('x')));
    await quiet(seen);
    await seenAfter(seen, 'a change in it', () => folder.write('defs/x.yaml', house('x', 'rooms: 1')));
  }
  await seenAfter(seen, 'it is replaced at once', () => {
    folder.remove('defs');
    folder.write('defs/x.yaml', house('x', 'rooms: 3'));
  });
  await quiet(seen);
  await seenAfter(seen, 'a change in the replacement', () => folder.write('defs/x.yaml', house('x')));
  expect(seen.errors).toEqual([]);
});

test('secret files: plain, swapped like the kubelet does, not there yet, and named only by a later load', async () => {
  const folder = new Folder();
  mkdirSync(folder.at('defs'));
  folder.write('plain', 'one');
  folder.write('mount/..v1/token', 'one');
  folder.link('mount/..data', '..v1');
  folder.link('mount/token', '..data/token');
  const files = [folder.at('plain'), folder.at('mount/token'), folder.at('missing')];
  const seen = await watching(folder, { directory: folder.at('defs'), extraFiles: () => files });
  await seenAfter(seen, 'a rewrite', () => folder.write('plain', 'two'));
  await seenAfter(seen, 'a swap', () => {
    folder.write('mount/..v2/token', 'two');
    folder.swap('mount/..data', '..v2');
  });
  await seenAfter(seen, 'one that appears', () => folder.write('missing', 'one'));
  await seenAfter(seen, 'one that was named by a load', () => files.push(folder.write('new', 'one')));
  await seenAfter(seen, 'a change of it', () => folder.write('new', 'two'));
  await seenAfter(seen, 'a removal', () => folder.remove('new'));
});

test('nothing is called after close', async () => {
  const folder = new Folder();
  let calls = 0;
  const watch = await watchDefinitions({
    directory: folder.path,
    extraFiles: () => [],
    debounceMs: 0,
    onChange: () => {
      calls += 1;
    },
    onError: () => undefined,
  });
  const other = await watching(folder);
  await watch.close();
  await seenAfter(other, 'a change by another watch', () => folder.write('x.yaml', house('x')));
  expect(calls).toBe(0);
});

test.each([
  ['the directory itself', '.'],
  ['a folder in it', 'sub'],
])('%s, once it may be read', async (_what, barred) => {
  const folder = new Folder();
  folder.write('sub/x.yaml', house('x'));
  chmodSync(folder.path, 0o755);
  chmodSync(folder.at(barred), 0);
  // Root may read everything, so a test that runs as root continues as the user nobody.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  onTestFinished(() => {
    if (isRoot) process.seteuid?.(0);
  });
  const seen = await watching(folder);
  await until(() => seen.errors.length > 0, 'an error');
  if (isRoot) process.seteuid?.(0);
  await seenAfter(seen, 'that it may be read', () => chmodSync(folder.at(barred), 0o755));
  await quiet(seen);
  await seenAfter(seen, 'a change in it', () => folder.write('sub/x.yaml', house('x', 'rooms: 1')));
});
