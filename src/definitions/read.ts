import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Position, Problem } from '../core/model/definition.js';
import { codeOf } from '../core/model/errors.js';
import type { FolderReader } from '../core/model/folder-reader.js';
import type { Place } from '../yaml/lines.js';
import { parseYaml } from '../yaml/parse.js';
import type { BadDocument, DocumentCheck, Draft } from './document.js';
import { isDraft } from './document.js';
import { type FoundFile, reasonOf, type Scan } from './scan.js';

/** An unusable file or folder; its former objects stay in force. */
interface Unusable {
  /** Path from the root. */
  readonly path: string;
  readonly problem: Problem;
}

/** The content of files, before documents are compared with each other. */
interface Found {
  readonly drafts: Draft[];
  readonly bad: BadDocument[];
  readonly unusable: Unusable[];
  /** Files that were read and hold no document. */
  readonly empty: { readonly path: string; readonly position: Position }[];
}

/** The content of each file by its path from the root, so that the same bytes are not parsed again. */
export type KnownFiles = ReadonlyMap<string, { readonly digest: string; readonly found: Found }>;

/** The result of one load. */
export interface FolderContents extends Found {
  /** SHA-256 of all paths and contents, hex. */
  readonly contentHash: string;
  readonly known: KnownFiles;
}

/** How files are read. */
export interface ReadOptions {
  /** The path of a file from the root, as shown to people. */
  readonly shown: (file: string) => string;
  readonly check: DocumentCheck;
  readonly reader: FolderReader;
  readonly maxFileBytes: number;
  readonly maxNodes: number;
  /** The result of the last load with the same options. */
  readonly known: KnownFiles;
  readonly signal: AbortSignal | undefined;
}

/** A file vanished since the scan: the load is not consistent. */
export class Moved extends Error {
  override readonly name = 'Moved';
}

/** The beginning of a Git LFS pointer. */
const LFS_POINTER = 'version https://git-lfs.github.com/spec/';

/** Bytes after which a load yields to other work, and the weight of each step and node in bytes. */
const TURN_BYTES = 128 * 1024;
const STEP_BYTES = 4 * 1024;
const NODE_BYTES = 32;

/** Yields to other work once the weight of the steps reaches the limit. */
class Turns {
  #spent = 0;

  async spend(bytes: number): Promise<void> {
    this.#spent += bytes;
    if (this.#spent < TURN_BYTES) return;
    this.#spent = 0;
    await nextTurn();
  }
}

/**
 * Reads and checks the files of a scan.
 * @throws Moved when a file vanished since the scan.
 */
export async function readFiles(scan: Scan, options: ReadOptions): Promise<FolderContents> {
  const unusable = (file: string, message: string): Unusable => {
    const position = { file: options.shown(file), line: 1, column: 1 };
    return { path: file, problem: { position, message } };
  };
  const unread = scan.faults.map(({ path: file, message }) => unusable(file, message));
  const known = new Map<string, { digest: string; found: Found }>();
  const hash = createHash('sha256');
  const turns = new Turns();
  for (const file of scan.files) {
    await turns.spend(STEP_BYTES);
    options.signal?.throwIfAborted();
    const content = readOne(file, options);
    if (typeof content === 'string') {
      unread.push(unusable(file.path, content));
      continue;
    }
    const digest = createHash('sha256').update(content).digest('hex');
    hash.update(`${file.path}\0${digest}\0`);
    const last = options.known.get(file.path);
    const found =
      last?.digest === digest ? last.found : await readContent(file.path, content, options, turns);
    known.set(file.path, { digest, found });
  }
  const all = [...known.values()].map(({ found }) => found);
  return {
    drafts: all.flatMap(({ drafts }) => drafts),
    bad: all.flatMap(({ bad }) => bad),
    unusable: [...unread, ...all.flatMap((found) => found.unusable)],
    empty: all.flatMap(({ empty }) => empty),
    contentHash: hash.digest('hex'),
    known,
  };
}

/**
 * The bytes of a file, or the error message. Read synchronously, since for thousands of small files the thread pool
 * takes longer than the rest of a load.
 */
function readOne(file: FoundFile, { reader, maxFileBytes: maxBytes }: ReadOptions): Buffer | string {
  try {
    const { size } = reader.targetNow(file.realPath);
    if (size > maxBytes) return `The file has ${size} bytes, more than the ${maxBytes} allowed: split it.`;
    const content = reader.readNow(file.realPath);
    if (content.subarray(0, LFS_POINTER.length).toString() === LFS_POINTER)
      return 'This is a pointer of Git LFS, not the file itself: keep definitions out of Git LFS.';
    return isUtf8(content) ? content : 'The file is not UTF-8 text: save it as UTF-8.';
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw new Moved(file.path);
    return `The file cannot be read: ${reasonOf(error)}.`;
  }
}

async function readContent(
  file: string,
  content: Buffer,
  options: ReadOptions,
  turns: Turns,
): Promise<Found> {
  await turns.spend(content.length);
  const found: Found = { drafts: [], bad: [], unusable: [], empty: [] };
  const shown = options.shown(file);
  const at = (place: Place): Position => ({ file: shown, line: place.line, column: place.column });
  const text = parseYaml(content.toString('utf8'), options.maxNodes);
  if (text.fault !== undefined) {
    found.unusable.push({
      path: file,
      problem: { position: at(text.fault.place), message: text.fault.message },
    });
    return found;
  }
  let isEmpty = true;
  for (const document of text.documents) {
    await turns.spend(STEP_BYTES + document.weight * NODE_BYTES);
    if (document.fault === undefined && document.value === null) continue;
    isEmpty = false;
    options.signal?.throwIfAborted();
    const position = at(document.start);
    if (document.fault !== undefined) {
      const problem = { position: at(document.fault.place), message: document.fault.message };
      found.bad.push({ key: undefined, file, position, problems: [problem], unlisted: 0 });
      continue;
    }
    const outcome = options.check.check({
      value: document.value,
      file,
      position,
      locate: (where, target) => at(document.locate(where, target)),
    });
    if (isDraft(outcome)) found.drafts.push(outcome);
    else found.bad.push(outcome);
  }
  if (isEmpty) found.empty.push({ path: file, position: at({ line: 1, column: 1 }) });
  return found;
}

/** A path below the directory as a person would type it: from the working directory where that is shorter. */
export function shownPath(directory: string, below: string): string {
  const full = path.resolve(directory, below);
  const relative = path.relative(process.cwd(), full);
  return relative !== '' && relative.length < full.length ? relative : full;
}
