import path from 'node:path';
import { codeOf } from '../core/model/errors.js';
import type { Entry, FolderReader } from '../core/model/folder-reader.js';

/** A definitions file below the root. */
export interface FoundFile {
  /** Path from the root, as a person sees it. */
  readonly path: string;
  /** Absolute path without links. */
  readonly realPath: string;
}

/** An unreadable file or folder. Its former content may still exist. */
interface ScanFault {
  /** Path from the root. */
  readonly path: string;
  readonly message: string;
}

/** The content of a directory at one moment. */
export interface Scan {
  /** The directory without links. */
  readonly root: string;
  /** Sorted by path; each real file once. */
  readonly files: FoundFile[];
  readonly faults: ScanFault[];
  /** Every folder that was read, by its path from the root, which is `''`: true where it is empty. */
  readonly folders: Map<string, boolean>;
  /** The real path of every entry that is neither a folder nor hidden, by its path from the root. */
  readonly others: Map<string, string>;
  /** Links that the scan followed to a snapshot, with their targets: the directory, and each `..data`. */
  readonly anchors: Map<string, string>;
}

/** The file names that definitions have. */
export const YAML_NAME = /\.ya?ml$/i;

interface Walk extends Scan {
  readonly reader: FolderReader;
  readonly seen: Set<string>;
  /** Links are followed last, so that a real file is known by its own name. */
  readonly links: string[];
}

/**
 * Finds the definitions files below a directory. Hidden entries are skipped, but a link may lead to one; links that
 * leave the root are faults.
 * @throws Error when the directory itself cannot be read: that is not the same as an empty one.
 */
export async function scan(directory: string, reader: FolderReader): Promise<Scan> {
  const root = await rootOf(directory, reader);
  const walk: Walk = {
    root,
    files: [],
    faults: [],
    folders: new Map(),
    others: new Map(),
    reader,
    anchors: new Map([[directory, root]]),
    seen: new Set(),
    links: [],
  };
  await walkFolder(walk, '', root);
  for (let link = walk.links.shift(); link !== undefined; link = walk.links.shift())
    await followLink(walk, link);
  walk.files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return walk;
}

/** True when every link of the scan still has the same target. */
export async function isCurrent(found: Scan, reader: FolderReader): Promise<boolean> {
  for (const [link, target] of found.anchors) {
    if ((await reader.realpath(link).catch(() => undefined)) !== target) return false;
  }
  return true;
}

async function rootOf(directory: string, reader: FolderReader): Promise<string> {
  try {
    const root = await reader.realpath(directory);
    if ((await reader.target(root)).type === 'folder') return root;
  } catch (error) {
    throw new Error(`The definitions directory ${directory} cannot be read: ${reasonOf(error)}`, {
      cause: error,
    });
  }
  throw new Error(
    `The definitions directory ${directory} is not a folder: give the folder that holds the files`,
  );
}

async function walkFolder(walk: Walk, folder: string, realFolder: string): Promise<void> {
  if (walk.seen.has(realFolder)) return;
  walk.seen.add(realFolder);
  let entries: readonly Entry[];
  try {
    entries = await walk.reader.list(realFolder);
  } catch (error) {
    if (folder === '') {
      throw new Error(`The definitions directory ${realFolder} cannot be read: ${reasonOf(error)}`, {
        cause: error,
      });
    }
    walk.faults.push({ path: folder, message: `The folder cannot be read: ${reasonOf(error)}.` });
    return;
  }
  walk.folders.set(folder, entries.length === 0);
  for (const entry of [...entries].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name === '..data' && entry.type === 'link')
      await noteAnchor(walk, path.join(realFolder, entry.name));
    if (entry.name.startsWith('.')) continue;
    const shown = path.join(folder, entry.name);
    const real = path.join(realFolder, entry.name);
    if (entry.type === 'link') walk.links.push(shown);
    else if (entry.type === 'folder') await walkFolder(walk, shown, real);
    else addFile(walk, shown, real, entry.type === 'file');
  }
}

async function noteAnchor(walk: Walk, link: string): Promise<void> {
  const target = await walk.reader.realpath(link).catch(() => undefined);
  if (target !== undefined) walk.anchors.set(link, target);
}

function addFile(walk: Walk, shown: string, real: string, isFile: boolean): void {
  walk.others.set(shown, real);
  if (!YAML_NAME.test(shown) || walk.seen.has(real)) return;
  walk.seen.add(real);
  if (isFile) walk.files.push({ path: shown, realPath: real });
  else
    walk.faults.push({
      path: shown,
      message: 'This is not a regular file: it cannot be read as definitions.',
    });
}

async function followLink(walk: Walk, shown: string): Promise<void> {
  try {
    const real = await walk.reader.realpath(path.join(walk.root, shown));
    const { type } = await walk.reader.target(real);
    if (type !== 'folder') walk.others.set(shown, real);
    if (type !== 'folder' && !YAML_NAME.test(shown)) return;
    if (real !== walk.root && !real.startsWith(walk.root + path.sep)) {
      const message =
        'This link leads out of the definitions directory: put the file itself below the directory.';
      walk.faults.push({ path: shown, message });
    } else if (type === 'folder') await walkFolder(walk, shown, real);
    else addFile(walk, shown, real, type === 'file');
  } catch (error) {
    walk.faults.push({ path: shown, message: `This link cannot be followed: ${reasonOf(error)}.` });
  }
}

/** The reason of a failed file operation, without its path. */
export function reasonOf(error: unknown): string {
  const code = codeOf(error) ?? '';
  const known: Readonly<Record<string, string>> = {
    ENOENT: 'there is nothing there',
    EACCES: 'permission is denied',
    EPERM: 'permission is denied',
    ELOOP: 'the links form a loop',
    ENOTDIR: 'a part of the path is not a folder',
  };
  return known[code] ?? (code || 'it failed for an unknown reason');
}
