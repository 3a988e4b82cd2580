import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Load, LoadStart } from '../../src/core/model/definition.js';
import { nodeFolder } from '../../src/core/model/folder-reader.js';
import type { Secret } from '../../src/core/model/secret.js';
import { door, Folder, house } from './folder.js';

/** Name and displayName of each definition: shows the version in use. */
function versions(load: Load): Record<string, unknown> {
  return Object.fromEntries(load.definitions.map(({ key, spec }) => [key, spec.rooms ?? spec.displayName]));
}

const keys = (load: Load): string[] => load.definitions.map(({ key }) => key);
const messages = (load: Load): string[] => load.problems.map(({ message }) => message);

describe('which files are read', () => {
  test('.yaml and .yml at any depth, but nothing hidden and nothing else', async () => {
    const folder = new Folder();
    folder.write('a.yaml', house('a'));
    folder.write('deep/er/b.yml', house('b'));
    folder.write('folder.yaml/c.yaml', house('c'));
    for (const name of ['.hidden.yaml', '.git/x.yaml', 'deep/.x/y.yaml', 'readme.md', 'x.yaml.bak', 'yaml']) {
      folder.write(name, 'not: [valid');
    }
    const load = await folder.source().load();
    expect(load.problems).toEqual([]);
    expect(keys(load)).toEqual(['House/a', 'House/b', 'House/c']);
  });

  test('the same bytes are not taken apart twice, others of the same length are', async () => {
    const folder = new Folder();
    folder.write('a.yaml', house('a', 'rooms: 3'));
    folder.write('b.yaml', house('b', 'rooms: 3'));
    const source = folder.source();
    const [a, b] = (await source.load()).definitions;
    folder.write('a.yaml', house('a', 'rooms: 3'));
    folder.write('b.yaml', house('b', 'rooms: 4'));
    const [sameA, otherB] = (await source.load()).definitions;
    expect(sameA?.spec).toBe(a?.spec);
    expect(b?.spec.rooms).toBe(3);
    expect(otherB?.spec.rooms).toBe(4);
  });

  test('a file is read again when it has changed, or had changed shortly before it was read', async () => {
    const folder = new Folder();
    folder.write('a.yaml', house('a'));
    folder.write('b.yaml', house('b'));
    let [read, later]: [string[], number] = [[], 0];
    const readNow = (file: string): Buffer => {
      read.push(file);
      return nodeFolder.readNow(file);
    };
    const source = folder.source({ reader: { ...nodeFolder, readNow }, now: () => Date.now() + later });
    const readBy = async (from?: LoadStart): Promise<string[]> => {
      read = [];
      await source.load(undefined, from);
      return read.map((file) => path.basename(file));
    };
    expect(await readBy()).toEqual(['a.yaml', 'b.yaml']);
    later = 60_000;
    expect(await readBy()).toEqual(['a.yaml', 'b.yaml']);
    expect(await readBy()).toEqual([]);
    folder.write('b.yaml', house('b', 'rooms: 4'));
    expect(await readBy(new Set([folder.at('a.yaml')]))).toEqual([]);
    expect(await readBy(new Set([folder.at('b.yaml')]))).toEqual(['b.yaml']);
    expect(await readBy('files')).toEqual(['a.yaml', 'b.yaml']);
    expect(await readBy('nothing')).toEqual(['a.yaml', 'b.yaml']);
  });

  test('a hint of one file does not hide that the directory is another one', async () => {
    const folder = new Folder();
    folder.write('now/a.yaml', house('a', 'rooms: 3'));
    folder.write('now/b.yaml', house('b', 'rooms: 3'));
    folder.write('next/a.yaml', house('a', 'rooms: 4'));
    folder.write('next/b.yaml', house('b', 'rooms: 4'));
    const source = folder.source({ directory: folder.at('now'), now: () => Date.now() + 60_000 });
    await source.load();
    renameSync(folder.at('now'), folder.at('former'));
    renameSync(folder.at('next'), folder.at('now'));
    const load = await source.load(undefined, new Set([folder.at('now/a.yaml')]));
    expect(versions(load)).toEqual({ 'House/a': 4, 'House/b': 4 });
  });

  test('a ConfigMap: every file once, by its visible name', async () => {
    const folder = new Folder();
    folder.write('..2026_01/x.yaml', house('x'));
    folder.write('..2026_01/y.yaml', 'x: [');
    folder.link('..data', '..2026_01');
    folder.link('x.yaml', '..data/x.yaml');
    folder.link('y.yaml', '..data/y.yaml');
    const load = await folder.source().load();
    expect(keys(load)).toEqual(['House/x']);
    expect(load.definitions[0]?.position.file).toBe(folder.shown('x.yaml'));
    expect(load.problems.map(({ position }) => position.file)).toEqual([folder.shown('y.yaml')]);
  });

  test('a file that several links lead to is read once, by its own name', async () => {
    const folder = new Folder();
    folder.write('real/x.yaml', house('x'));
    folder.link('a.yaml', 'real/x.yaml');
    folder.link('z.yaml', 'real/x.yaml');
    folder.link('again', 'real');
    folder.link('real/loop', '..');
    const load = await folder.source().load();
    expect(load.problems).toEqual([]);
    expect(load.definitions.map(({ position }) => position.file)).toEqual([folder.shown('real/x.yaml')]);
  });

  test('links that leave the directory, lead nowhere or go in circles are problems', async () => {
    const outside = new Folder();
    outside.write('x.yaml', house('x'));
    const folder = new Folder();
    folder.write('good.yaml', house('good'));
    folder.link('away.yaml', outside.at('x.yaml'));
    folder.link('circle.yaml', 'circle.yaml');
    folder.link('dir', outside.path);
    folder.link('nowhere.yaml', 'nothing.yaml');
    const load = await folder.source().load();
    expect(keys(load)).toEqual(['House/good']);
    expect(load.complete).toBe(false);
    expect(load.problems.map(({ position, message }) => [position.file, message])).toEqual([
      [folder.shown('away.yaml'), expect.stringContaining('leads out of')],
      [folder.shown('circle.yaml'), expect.stringContaining('a loop')],
      [folder.shown('dir'), expect.stringContaining('leads out of')],
      [folder.shown('nowhere.yaml'), expect.stringContaining('there is nothing there')],
    ]);
  });

  test('what is no regular file is a problem and does not block', async () => {
    const folder = new Folder();
    execFileSync('mkfifo', [folder.at('pipe.yaml')]);
    folder.link('null.yaml', '/dev/null');
    folder.write('x.yaml', house('x'));
    const load = await folder.source().load();
    expect(keys(load)).toEqual(['House/x']);
    expect(messages(load)).toEqual([
      expect.stringContaining('leads out of'),
      expect.stringContaining('not a regular file'),
    ]);
  });

  test('the directory may be a link to a hidden place, and its own name is shown', async () => {
    const folder = new Folder();
    folder.write('.worktrees/abc/defs/x.yaml', house('x'));
    folder.link('current', '.worktrees/abc');
    const load = await folder.source({ directory: folder.at('current/defs') }).load();
    expect(load.definitions.map(({ position }) => position.file)).toEqual([
      folder.shown('current/defs/x.yaml'),
    ]);
  });

  test('paths are shown from the working directory where that is shorter', async () => {
    const folder = new Folder();
    folder.write('defs/x.yaml', house('x'));
    const cwd = process.cwd();
    const fileSeenFrom = async (working: string, directory: string): Promise<string | undefined> => {
      process.chdir(working);
      try {
        return (await folder.source({ directory }).load()).definitions[0]?.position.file;
      } finally {
        process.chdir(cwd);
      }
    };
    expect(await fileSeenFrom(folder.path, 'defs')).toBe('defs/x.yaml');
    expect(await fileSeenFrom(folder.at('defs'), '.')).toBe('x.yaml');
    expect(await fileSeenFrom('/usr/share', folder.at('defs'))).toBe(folder.at('defs/x.yaml'));
  });

  test('a directory that is missing or a file is an error, never nothing', async () => {
    const folder = new Folder();
    const file = folder.write('x.yaml', house('x'));
    await expect(folder.source({ directory: folder.at('no') }).load()).rejects.toThrow(
      /cannot be read.*nothing there/,
    );
    await expect(folder.source({ directory: file }).load()).rejects.toThrow(/is not a folder/);
  });
});

describe('without permission', () => {
  afterEach(() => {
    if (process.getuid?.() === 0) process.seteuid?.(0);
  });

  /** Root may read everything, so a test that runs as root continues as the user nobody. */
  function dropPrivileges(): void {
    if (process.getuid?.() === 0) process.seteuid?.(65_534);
  }

  test('a file and a folder that cannot be read keep what they held', async () => {
    const folder = new Folder();
    chmodSync(folder.path, 0o755);
    folder.write('file.yaml', house('a'));
    folder.write('dir/sub/x.yaml', house('b'));
    folder.write('dir2/x.yaml', house('c'));
    const source = folder.source();
    expect(keys(await source.load())).toEqual(['House/a', 'House/b', 'House/c']);
    folder.remove('dir2');
    chmodSync(folder.at('file.yaml'), 0);
    chmodSync(folder.at('dir'), 0);
    dropPrivileges();
    const load = await source.load();
    expect(keys(load)).toEqual(['House/a', 'House/b']);
    expect([...load.invalid].sort()).toEqual([
      ['House/a', 'The file cannot be read: permission is denied.'],
      ['House/b', 'The folder cannot be read: permission is denied.'],
    ]);
  });
});

describe('what is wrong keeps its last valid version', () => {
  test('a document that turns invalid, until its repair', async () => {
    const folder = new Folder();
    folder.write('x.yaml', `${house('a', 'rooms: 1')}---\n${house('b', 'rooms: 1')}`);
    const source = folder.source();
    const first = await source.load();
    folder.write('x.yaml', `# moved down\n${house('a', 'rooms: x')}---\n${house('b', 'rooms: 2')}`);
    const second = await source.load();
    expect(versions(second)).toEqual({ 'House/a': 1, 'House/b': 2 });
    expect([...second.invalid.keys()]).toEqual(['House/a']);
    expect(second.definitions[0]?.hash).toBe(first.definitions[0]?.hash);
    expect(second.definitions[0]?.position.line).toBe(2);
    expect(versions(await source.load())).toEqual({ 'House/a': 1, 'House/b': 2 });
    folder.write('x.yaml', house('a', 'rooms: 3'));
    const third = await source.load();
    expect(versions(third)).toEqual({ 'House/a': 3 });
    expect(third.complete).toBe(true);
  });

  test.each<[string, string]>([
    ['broken YAML', 'x: [\n'],
    ['a document whose name cannot be read', house('a').replace('name: a', 'name: A B')],
    ['a document whose kind cannot be read', house('a').replace('kind: House', 'kind: Hous')],
    ['half a file', house('a').slice(0, 40)],
    ['half a file whose first name can be read', house('a').split('spec:')[0] ?? ''],
  ])('everything of a file that holds %s', async (_what, text) => {
    const folder = new Folder();
    folder.write('dir/x.yaml', `${house('a')}---\n${house('b')}`);
    folder.write('y.yaml', house('c'));
    const source = folder.source();
    await source.load();
    folder.write('dir/x.yaml', text);
    for (let turn = 0; turn < 2; turn += 1) {
      const load = await source.load();
      expect(keys(load)).toEqual(['House/a', 'House/b', 'House/c']);
      expect([...load.invalid.keys()].sort()).toEqual(['House/a', 'House/b']);
      expect(load.problems.length).toBeGreaterThan(0);
      expect(load.problems[0]?.position.file).toBe(folder.shown('dir/x.yaml'));
    }
    folder.remove('dir/x.yaml');
    const removed = await source.load();
    expect(keys(removed)).toEqual(['House/c']);
    expect(removed.complete).toBe(true);
  });

  test('but not of an object that moved to another file', async () => {
    const folder = new Folder();
    folder.write('x.yaml', `${house('a', 'rooms: 1')}---\n${house('b')}`);
    const source = folder.source();
    await source.load();
    folder.write('x.yaml', 'x: [');
    folder.write('y.yaml', house('a', 'rooms: 2'));
    const load = await source.load();
    expect(versions(load)).toEqual({ 'House/a': 2, 'House/b': 'b' });
    expect([...load.invalid.keys()]).toEqual(['House/b']);
    folder.write('x.yaml', '');
    folder.write('z.yaml', house('b'));
    expect((await source.load()).problems).toEqual([]);
  });

  test('a link that leads nowhere any more', async () => {
    const folder = new Folder();
    folder.write('..v1/x.yaml', house('a'));
    folder.link('x.yaml', '..v1/x.yaml');
    const source = folder.source();
    await source.load();
    folder.remove('..v1');
    const load = await source.load();
    expect(keys(load)).toEqual(['House/a']);
    expect([...load.invalid.keys()]).toEqual(['House/a']);
  });

  test('a directory that vanishes is an error; when it is back nothing was forgotten', async () => {
    const folder = new Folder();
    folder.write('defs/x.yaml', house('a'));
    const source = folder.source({ directory: folder.at('defs') });
    await source.load();
    renameSync(folder.at('defs'), folder.at('away'));
    await expect(source.load()).rejects.toThrow(/cannot be read/);
    mkdirSync(folder.at('defs'));
    folder.write('defs/x.yaml', 'x: [');
    expect(keys(await source.load())).toEqual(['House/a']);
  });

  test('a document that was never valid is invalid and nothing more', async () => {
    const folder = new Folder();
    folder.write('x.yaml', house('a', 'rooms: x'));
    const load = await folder.source().load();
    expect(load.definitions).toEqual([]);
    expect([...load.invalid.keys()]).toEqual(['House/a']);
  });

  test('secrets of a kept version are read again', async () => {
    const folder = new Folder();
    const text = door('d', '{ id: h }', 'config: { key: { valueFrom: { env: KEY } } }');
    folder.write('x.yaml', text);
    const env: NodeJS.ProcessEnv = { KEY: 'one' };
    const source = folder.source({ env });
    await source.load();
    folder.write('x.yaml', text.replace('model:', 'modle:'));
    env.KEY = 'two';
    const { definitions, invalid } = await source.load();
    expect([...invalid.keys()]).toEqual(['Door/d']);
    const config = definitions[0]?.spec.config as { readonly key: Secret } | undefined;
    expect(config?.key.reveal()).toBe('two');
  });
});

describe('documents among each other', () => {
  test('an error that many share is reported to each without naming them all', async () => {
    const folder = new Folder();
    const many = Array.from({ length: 2000 }, (_, index) => index);
    folder.write('same.yaml', many.map(() => house('same')).join('---\n'));
    folder.write('houses.yaml', many.map((index) => house(`house-${index}`)).join('---\n'));
    folder.write('doors.yaml', many.map((index) => door(`door-${index}`, `other-${index}`)).join('---\n'));
    const { problems, invalid } = await folder.source().load();
    expect(invalid.size).toBe(2001);
    expect(problems).toHaveLength(102);
    expect(problems.reduce((sum, { message }) => sum + message.length, 0)).toBeLessThan(102 * 300);
    expect(problems.at(-2)?.message).toContain('and 1994 more');
    expect(problems.at(-1)?.message).toBe('And 1950 more problems: repair those listed first.');
  });

  test('a key defined twice is a problem at both places, and neither is used', async () => {
    const folder = new Folder();
    folder.write('a.yaml', house('x', 'rooms: 1'));
    const source = folder.source();
    await source.load();
    folder.write('a.yaml', house('x', 'rooms: 2'));
    folder.write('b.yaml', house('x', 'rooms: bad'));
    const load = await source.load();
    expect(versions(load)).toEqual({ 'House/x': 1 });
    expect([...load.invalid.keys()]).toEqual(['House/x']);
    const duplicates = load.problems.filter(({ path }) => path === 'metadata.name');
    expect(duplicates.map(({ position, message }) => [position.file, message])).toEqual([
      [folder.shown('a.yaml'), expect.stringContaining(`${folder.shown('b.yaml')}:1:1`)],
      [folder.shown('b.yaml'), expect.stringContaining(`${folder.shown('a.yaml')}:1:1`)],
    ]);
    folder.remove('b.yaml');
    expect(versions(await source.load())).toEqual({ 'House/x': 2 });
  });

  test('the same name for two kinds is no duplicate', async () => {
    const folder = new Folder();
    folder.write('a.yaml', `${house('x')}---\n${door('x', 'x')}`);
    expect((await folder.source().load()).problems).toEqual([]);
  });

  test('two definitions of one id are problems, also beside a kept version', async () => {
    const pinned = (name: string, more = ''): string =>
      house(name, more).replace('name: ', 'id: h-1, name: ');
    const folder = new Folder();
    folder.write('a.yaml', pinned('one'));
    const source = folder.source();
    expect((await source.load()).complete).toBe(true);
    folder.write('b.yaml', pinned('two'));
    const load = await source.load();
    expect(keys(load)).toEqual(['House/one']);
    expect(load.problems.map(({ path, key }) => [path, key])).toEqual([
      ['metadata.id', 'House/one'],
      ['metadata.id', 'House/two'],
    ]);
    folder.write('a.yaml', pinned('one', 'rooms: x'));
    expect([...(await source.load()).invalid.keys()].sort()).toEqual(['House/one', 'House/two']);
  });

  test('a parent must be defined in any file of the load', async () => {
    const folder = new Folder();
    folder.write('a.yaml', door('d', 'vila'));
    folder.write('b.yaml', house('villa'));
    const load = await folder.source().load();
    expect(load.problems).toMatchObject([
      {
        key: 'Door/d',
        path: 'spec.house',
        position: { line: 5, column: 10 },
        message: expect.stringMatching(/^No House named "vila" is defined\. Did you mean "villa"\?/),
      },
    ]);
    folder.write('a.yaml', door('d', 'villa'));
    expect((await folder.source().load()).complete).toBe(true);
  });

  test('a parent that is merely invalid now is no problem of its children', async () => {
    const folder = new Folder();
    folder.write('a.yaml', door('d', 'villa'));
    folder.write('b.yaml', house('villa', 'rooms: x'));
    const load = await folder.source().load();
    expect(keys(load)).toEqual(['Door/d']);
    expect([...load.invalid.keys()]).toEqual(['House/villa']);
    folder.write('b.yaml', 'x: [');
    expect(keys(await folder.source().load())).toEqual(['Door/d']);
  });
});

describe('a load is consistent', () => {
  test('a link that is swapped is read whole, before or after', async () => {
    const folder = new Folder();
    for (const version of ['v1', 'v2']) {
      for (let index = 0; index < 300; index += 1)
        folder.write(`${version}/${index}.yaml`, house(`n${index}`, `rooms: ${version === 'v1' ? 1 : 2}`));
    }
    folder.link('current', 'v1');
    const source = folder.source({ directory: folder.at('current') });
    const loading = source.load();
    for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
    folder.swap('current', 'v2');
    const load = await loading;
    expect(new Set(Object.values(versions(load))).size).toBe(1);
    expect(load.definitions).toHaveLength(300);
    expect(versions(await source.load())['House/n0']).toBe(2);
  });

  test('a ..data that is swapped during a load restarts the load', async () => {
    const folder = new Folder();
    const many = (rooms: number): string =>
      Array.from({ length: 200 }, (_, index) => house(`n${index}`, `rooms: ${rooms}`)).join('---\n');
    folder.write('..v1/a.yaml', many(1));
    folder.write('..v2/a.yaml', many(2));
    folder.link('..data', '..v1');
    folder.link('a.yaml', '..data/a.yaml');
    const loading = folder.source().load();
    await new Promise(setImmediate);
    folder.swap('..data', '..v2');
    expect(versions(await loading)['House/n0']).toBe(2);
  });

  test.each([
    ['the directory', 'current', 'current'],
    ['..data inside it', '', '..data'],
  ])('a link that keeps changing is an error after a few attempts: %s', async (_what, directory, link) => {
    const folder = new Folder();
    folder.write('..v0/x.yaml', house('x'));
    folder.link(link, '..v0');
    if (directory === '') folder.link('x.yaml', '..data/x.yaml');
    let settled = false;
    const loading = folder
      .source({ directory: folder.at(directory) })
      .load()
      .finally(() => {
        settled = true;
      });
    const outcome = expect(loading).rejects.toThrow('changed each time it was read');
    for (let turn = 1; !settled; turn += 1) {
      folder.write(`..v${turn}/x.yaml`, house('x'));
      folder.swap(link, `..v${turn}`);
      await new Promise(setImmediate);
    }
    await outcome;
  });

  test('an aborted load throws the reason', async () => {
    const folder = new Folder();
    folder.write('x.yaml', house('x'));
    const reason = new Error('stop');
    await expect(folder.source().load(AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

test('a file that is removed while the folder is read has the folder read again', async () => {
  const folder = new Folder();
  folder.write('a.yaml', house('a'));
  folder.write('b.yaml', house('b'));
  let lists = 0;
  const load = await folder
    .source({
      reader: {
        ...nodeFolder,
        list: (path) => {
          lists += 1;
          return nodeFolder.list(path);
        },
        targetNow: (path) => {
          if (lists === 1) rmSync(folder.at('b.yaml'), { force: true });
          return nodeFolder.targetNow(path);
        },
      },
    })
    .load();
  expect(lists).toBe(2);
  expect(keys(load)).toEqual(['House/a']);
  expect(load.problems).toEqual([]);
});

test('a reference to a kind without any definition is an error', async () => {
  const folder = new Folder();
  folder.write('front.yaml', door('front', 'villa'));
  const load = await folder.source().load();
  expect(messages(load)).toEqual([expect.stringContaining('No House named "villa" is defined.')]);
});
