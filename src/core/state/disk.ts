import { constants, fstatSync, renameSync, writeFileSync } from 'node:fs';
import {
  type FileHandle,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
} from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from '../model/errors.js';

/** How far a write goes before its promise resolves, and on which condition. */
export interface WriteOptions {
  /** True (the default): what was written outlasts a power failure. False: it outlasts this process. */
  readonly durable?: boolean | undefined;
  /** Asked in the turn in which the file changes; nothing is written where it answers false. */
  readonly permitted?: (() => boolean) | undefined;
}

/**
 * The disk below the state folder. Paths are absolute, files are UTF-8 text of mode 0600. A failed operation rejects
 * with an error that has the `code` of Node: `ENOSPC`, `EROFS`, `EACCES`.
 */
export interface Disk {
  /** Creates a folder of mode 0700, with those above it, and gives its path with all links resolved. */
  folder(path: string): Promise<string>;
  /** The names of the files in a folder. Rejects with `ENOENT` when there is no such folder. */
  list(folder: string): Promise<readonly string[]>;
  /** The text of a file; undefined when there is none. */
  read(path: string): Promise<string | undefined>;
  /**
   * Appends to a file, and creates it when missing. With `size` only to a file of exactly so many bytes: false, and
   * nothing written, when there is none such, or when it is not permitted. When it rejects, or the process dies, any first
   * part may have been written.
   */
  append(path: string, text: string, options?: WriteOptions & { readonly size?: number }): Promise<boolean>;
  /**
   * Replaces the text of a file in one step: a reader sees the old text or the new one, also after a crash. False, and
   * nothing written, when it is not permitted.
   */
  replace(path: string, text: string, options?: WriteOptions): Promise<boolean>;
  /**
   * Creates a file in one step, durable. False, and nothing changed, when there is one already: of several that try at
   * the same time exactly one gets true.
   */
  create(path: string, text: string): Promise<boolean>;
  /** Renames a file, over any file of the new name. False when there is no such file. */
  rename(from: string, to: string): Promise<boolean>;
  /** Removes a file; one that is not there is removed already. */
  remove(path: string): Promise<void>;
}

let drafts = 0;

/** The disk of the machine. */
export const nodeDisk: Disk = {
  async folder(path) {
    await mkdir(path, { recursive: true, mode: 0o700 });
    return await realpath(path);
  },

  list: (folder) => readdir(folder),

  async read(path) {
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  },

  async append(path, text, { durable = true, size, permitted } = {}) {
    const handle = await openToAppend(path, size === undefined);
    if (handle === undefined) return false;
    try {
      if (size !== undefined && fstatSync(handle.fd).size !== size) return false;
      if (permitted?.() === false) return false;
      writeFileSync(handle.fd, text);
      if (durable) await handle.datasync();
      return true;
    } finally {
      await handle.close();
    }
  },

  // A library that replaces files waits between the draft and its rename, in which the permission may end.
  async replace(path, text, { durable = true, permitted } = {}) {
    const draft = draftOf(path);
    try {
      await write(draft, text, 'w', durable);
      if (permitted?.() === false) return false;
      renameSync(draft, path);
    } finally {
      await rm(draft, { force: true });
    }
    if (durable) await syncFolder(dirname(path));
    return true;
  },

  async create(path, text) {
    const draft = draftOf(path);
    try {
      await write(draft, text, 'w');
      const isOurs = await publish(draft, path, text);
      if (isOurs) await syncFolder(dirname(path));
      return isOurs;
    } finally {
      await rm(draft, { force: true });
    }
  },

  async rename(from, to) {
    try {
      await rename(from, to);
      return true;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false;
      throw error;
    }
  },

  remove: (path) => rm(path, { force: true }),
};

async function openToAppend(path: string, mayCreate: boolean): Promise<FileHandle | undefined> {
  try {
    const flags = constants.O_WRONLY | constants.O_APPEND | (mayCreate ? constants.O_CREAT : 0);
    return await open(path, flags, 0o600);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' && !mayCreate) return undefined;
    throw error;
  }
}

/** A path beside another one that no other write has. */
function draftOf(path: string): string {
  drafts += 1;
  return `${path}.${process.pid}.${drafts}`;
}

async function write(path: string, text: string, flags: 'w' | 'wx', durable = true): Promise<void> {
  const handle = await open(path, flags, 0o600);
  try {
    await handle.writeFile(text);
    if (durable) await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Gives the draft its name unless another one has it. */
async function publish(draft: string, path: string, text: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
  }
  // A file system without hard links: one process still wins, but a reader may come before the text is there.
  try {
    await write(path, text, 'wx');
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Makes a rename outlast a power failure, where the file system can be asked to. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (codeOf(error) !== 'EINVAL' && codeOf(error) !== 'EPERM') throw error;
  } finally {
    await handle.close();
  }
}
