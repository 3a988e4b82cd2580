import { readFileSync, type Stats, statSync } from 'node:fs';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';

/** The type of a directory entry. */
type EntryType = 'file' | 'folder' | 'link' | 'other';

/** One name in a folder. */
export interface Entry {
  readonly name: string;
  /** Of the name itself: a link is not followed. */
  readonly type: EntryType;
}

/** The target of a path, links followed. */
export interface Target {
  readonly type: Exclude<EntryType, 'link'>;
  /** Bytes. */
  readonly size: number;
  /** Device and inode: another file or folder at the same path has another one. */
  readonly node: string;
  /** Equal as long as nothing was written: node, size and times. */
  readonly identity: string;
  /** The last change, milliseconds since the epoch. */
  readonly changedAt: number;
}

/**
 * Reads files and folders, nothing else. Paths are absolute. Errors have the `code` of
 * Node: ENOENT for a missing entry, EACCES, ELOOP, ENOTDIR.
 */
export interface FolderReader {
  /** The path without links. */
  realpath(path: string): Promise<string>;
  /** The names in a folder, in no order, without `.` and `..`. */
  list(path: string): Promise<readonly Entry[]>;
  target(path: string): Promise<Target>;
  read(path: string): Promise<Buffer>;
  /** As {@link target}, at once: for thousands of small files the thread pool takes longer than all the rest. */
  targetNow(path: string): Target;
  /** As {@link read}, at once. */
  readNow(path: string): Buffer;
}

/** The folders of this machine. */
export const nodeFolder: FolderReader = {
  realpath: (path) => realpath(path),
  list: async (path) =>
    (await readdir(path, { withFileTypes: true })).map((entry) => ({
      name: entry.name,
      type: entry.isSymbolicLink() ? 'link' : typeOf(entry),
    })),
  target: async (path) => targetOf(await stat(path)),
  read: (path) => readFile(path),
  targetNow: (path) => targetOf(statSync(path)),
  readNow: (path) => readFileSync(path),
};

interface Kinds {
  isFile(): boolean;
  isDirectory(): boolean;
}

function typeOf(entry: Kinds): Target['type'] {
  if (entry.isFile()) return 'file';
  return entry.isDirectory() ? 'folder' : 'other';
}

function targetOf(facts: Stats): Target {
  const { dev, ino, size, mtimeMs, ctimeMs } = facts;
  const node = `${dev}:${ino}`;
  return {
    type: typeOf(facts),
    size,
    node,
    identity: `${node} ${size} ${mtimeMs} ${ctimeMs}`,
    changedAt: Math.max(mtimeMs, ctimeMs),
  };
}
