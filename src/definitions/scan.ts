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
  /** Links below the root that are not hidden. */
  readonly links: string[];
  /** Device and inode of the root. */
  readonly rootNode: string;
}

/** The file names that definitions have. */
export const YAML_NAME = /\.ya?ml$/i;

/** The name of the link that the kubelet swaps. */
export const SNAPSHOT = '..data';

interface Walk extends Scan {
  readonly reader: FolderReader;
  readonly seen: Set<string>;
}

/**
 * Finds the definitions files below a directory. Hidden entries are skipped, but a link may lead to one; links that
 * leave the root are faults.
 * @throws Error when the directory itself cannot be read: that is not the same as an empty one.
 */
export async function scan(directory: string, reader: FolderReader): Promise<Scan> {
  const { root, node } = await rootOf(directory, reader);
  const walk: Walk = {
    root,
    rootNode: node,
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
  // Links are followed last, so that a real file is known by its own name. Folders behind links may hold more links.
  for (const link of walk.links) await followLink(walk, link);
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

/**
 * True where a scan still describes the directory although these absolute paths may have changed: the root is the same
 * one, each path is a definitions file that is still a file, or there was and is nothing. Never true with links or faults.
 */
export async function isUnmoved(
  found: Scan,
  directory: string,
  changed: ReadonlySet<string>,
  reader: FolderReader,
): Promise<boolean> {
  if (found.links.length > 0 || found.anchors.size > 1 || found.faults.length > 0) return false;
  try {
    const { root, node } = await rootOf(directory, reader);
    if (root !== found.root || node !== found.rootNode) return false;
    for (const file of changed) {
      if (
        !(await (fileAt(found, file) !== undefined ? isFile(file, reader) : isNothing(file, found, reader)))
      )
        return false;
    }
    return true;
  } catch {
    return false;
  }
}

const filesByPath = new WeakMap<Scan, ReadonlyMap<string, FoundFile>>();

/** The definitions file of a scan at an absolute path without links. */
export function fileAt(found: Scan, realPath: string): FoundFile | undefined {
  const files = filesByPath.get(found) ?? new Map(found.files.map((file) => [file.realPath, file]));
  filesByPath.set(found, files);
  return files.get(realPath);
}

async function isFile(file: string, reader: FolderReader): Promise<boolean> {
  return (await reader.realpath(file)) === file && (await reader.target(file)).type === 'file';
}

/** True where nothing of the scan is or was at a path. A hidden name counts for whether its folder is empty. */
async function isNothing(place: string, found: Scan, reader: FolderReader): Promise<boolean> {
  const below = path.relative(found.root, place);
  const names = below.split(path.sep);
  if (names[0] === '..') return false;
  const hidden = names.findIndex(isHidden);
  if (hidden !== -1)
    return names[hidden] !== SNAPSHOT && isInhabited(names.slice(0, hidden).join(path.sep), found);
  const isNew = !found.folders.has(below) && !found.others.has(below);
  if (!isNew || !found.folders.has(names.slice(0, -1).join(path.sep))) return false;
  const entries = await reader.list(path.dirname(place));
  return entries.every(({ name }) => name !== path.basename(place));
}

/** True for a folder that holds more than hidden entries and folders. */
function isInhabited(folder: string, { others }: Scan): boolean {
  const start = folder === '' ? '' : folder + path.sep;
  for (const file of others.keys())
    if (file.startsWith(start) && !file.includes(path.sep, start.length)) return true;
  return false;
}

function isHidden(name: string): boolean {
  return name.startsWith('.');
}

async function rootOf(directory: string, reader: FolderReader): Promise<{ root: string; node: string }> {
  try {
    const root = await reader.realpath(directory);
    const { type, node } = await reader.target(root);
    if (type === 'folder') return { root, node };
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
    if (entry.name === SNAPSHOT && entry.type === 'link')
      await noteAnchor(walk, path.join(realFolder, entry.name));
    if (isHidden(entry.name)) continue;
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
