import { describe, expect, it } from 'vitest';
import type { Entry, FolderReader, Target } from '../../src/core/model/folder-reader.js';
import { reasonOf, scan } from '../../src/definitions/scan.js';

const failure = (code: string): Error => Object.assign(new Error(code), { code });

/** The entry at each path: the names in a folder, `->` and the target of a link, or the code of its error. */
type Tree = Readonly<Record<string, readonly string[] | 'file' | 'other' | `-> ${string}` | `E${string}`>>;

/** A folder reader over a tree of paths. */
function readerOf(tree: Tree): FolderReader {
  const at = (path: string): Tree[string] => tree[path] ?? 'ENOENT';
  const realpath = (path: string): string => {
    const found = at(path);
    return typeof found === 'string' && found.startsWith('-> ') ? realpath(found.slice(3)) : path;
  };
  const type = (path: string): Entry['type'] => {
    const found = at(path);
    if (typeof found !== 'string') return 'folder';
    if (found.startsWith('-> ')) return 'link';
    return found === 'other' ? 'other' : 'file';
  };
  const target = (path: string): Target => {
    const real = realpath(path);
    const found = at(real);
    if (typeof found === 'string' && found.startsWith('E')) throw failure(found);
    return { type: type(real) as Target['type'], size: 0, node: real, identity: real, changedAt: 0 };
  };
  return {
    realpath: async (path) => realpath(path),
    target: async (path) => target(path),
    targetNow: target,
    list: async (path) => {
      const found = at(path);
      if (typeof found === 'string') throw failure(found);
      return found.map((name) => ({ name, type: type(`${path}/${name}`) }));
    },
    read: async () => Buffer.alloc(0),
    readNow: () => Buffer.alloc(0),
  };
}

describe('a scan', () => {
  it('finds files below the root, each once and by its own name', async () => {
    const found = await scan(
      '/defs',
      readerOf({
        '/defs': ['b.yaml', 'a.yml', 'deep', 'notes.txt', '.hidden.yaml', 'alias.yaml', 'readme'],
        '/defs/b.yaml': 'file',
        '/defs/a.yml': 'file',
        '/defs/deep': [],
        '/defs/notes.txt': 'file',
        '/defs/.hidden.yaml': 'file',
        '/defs/alias.yaml': '-> /defs/b.yaml',
        '/defs/readme': '-> /defs/notes.txt',
      }),
    );
    expect(found.files.map(({ path }) => path)).toEqual(['a.yml', 'b.yaml']);
    expect([...found.folders]).toEqual([
      ['', false],
      ['deep', true],
    ]);
    expect([...found.others.keys()].sort()).toEqual(['a.yml', 'alias.yaml', 'b.yaml', 'notes.txt', 'readme']);
    expect(found.faults).toEqual([]);
  });

  it('reports an unreadable entry and continues', async () => {
    const found = await scan(
      '/defs',
      readerOf({
        '/defs': ['closed', 'out.yaml', 'pipe.yaml', 'nowhere.yaml', 'open.yaml'],
        '/defs/closed': ['x.yaml'],
        '/defs/closed/x.yaml': '-> /defs/.secret',
        '/defs/.secret': 'EACCES',
        '/defs/out.yaml': '-> /elsewhere/out.yaml',
        '/elsewhere/out.yaml': 'file',
        '/defs/pipe.yaml': 'other',
        '/defs/nowhere.yaml': '-> /defs/gone.yaml',
        '/defs/open.yaml': 'file',
      }),
    );
    expect(found.files.map(({ path }) => path)).toEqual(['open.yaml']);
    expect(found.faults.map(({ path, message }) => [path, message])).toEqual([
      ['pipe.yaml', expect.stringContaining('not a regular file')],
      ['closed/x.yaml', expect.stringContaining('permission is denied')],
      ['nowhere.yaml', expect.stringContaining('nothing there')],
      ['out.yaml', expect.stringContaining('out of the definitions directory')],
    ]);
  });

  it('keeps the targets of `..data` and of the directory, which decide what was found', async () => {
    const found = await scan(
      '/mount',
      readerOf({
        '/mount': '-> /real',
        '/real': ['..data', '..gone', 'x.yaml'],
        '/real/..data': '-> /real/..2026',
        '/real/..2026': ['x.yaml'],
        '/real/..gone': 'file',
        '/real/x.yaml': '-> /real/..2026/x.yaml',
        '/real/..2026/x.yaml': 'file',
      }),
    );
    expect([...found.anchors]).toEqual([
      ['/mount', '/real'],
      ['/real/..data', '/real/..2026'],
    ]);
    expect(found.files).toEqual([{ path: 'x.yaml', realPath: '/real/..2026/x.yaml' }]);
  });

  it.each<[string, Tree, string]>([
    ['that is not there', {}, 'there is nothing there'],
    ['that is a file', { '/defs': 'file' }, 'is not a folder'],
    ['below a file', { '/defs': 'ENOTDIR' }, 'a part of the path is not a folder'],
  ])('refuses a directory %s', async (_, tree, reason) => {
    await expect(scan('/defs', readerOf(tree))).rejects.toThrow(reason);
  });

  it('refuses a directory that cannot be listed: that is not an empty one', async () => {
    const reader = readerOf({ '/defs': [] });
    const closed = { ...reader, list: () => Promise.reject(failure('EACCES')) };
    await expect(scan('/defs', closed)).rejects.toThrow('cannot be read: permission is denied');
  });

  it('reports a folder that cannot be listed, and scans the others', async () => {
    const reader = readerOf({
      '/defs': ['closed', 'open'],
      '/defs/closed': [],
      '/defs/open': ['a.yaml'],
      '/defs/open/a.yaml': 'file',
    });
    const list = (path: string) =>
      path === '/defs/closed' ? Promise.reject(failure('EPERM')) : reader.list(path);
    const found = await scan('/defs', { ...reader, list });
    expect(found.files.map(({ path }) => path)).toEqual(['open/a.yaml']);
    expect(found.faults).toEqual([
      { path: 'closed', message: 'The folder cannot be read: permission is denied.' },
    ]);
  });
});

it.each([
  ['ELOOP', 'the links form a loop'],
  ['EIO', 'EIO'],
  ['', 'it failed for an unknown reason'],
])('explains the code %j', (code, reason) => {
  expect(reasonOf(failure(code))).toBe(reason);
});
