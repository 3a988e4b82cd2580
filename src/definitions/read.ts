import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LoadStart, Position, Problem } from '../core/model/definition.js';
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

/** A file as it was read last. */
export interface KnownFile {
  /** See `Target.identity`, from before it was read. */
  readonly identity: string;
  /** False where it had changed so shortly before that a further change may have left the identity as it is. */
  readonly isSettled: boolean;
  readonly digest: string;
  readonly found: Found;
}

/** The content of each file by its path from the root. */
export type KnownFiles = ReadonlyMap<string, KnownFile>;

/** The result of one load. */
export interface FolderContents extends Found {
  readonly known: Map<string, KnownFile>;
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
  readonly start: LoadStart;
  /** The time of day, milliseconds since the epoch. */
  readonly now: () => number;
  readonly signal: AbortSignal | undefined;
}

/** A file vanished since the scan: the load is not consistent. */
export class Moved extends Error {
  override readonly name = 'Moved';
}

/** The beginning of a Git LFS pointer. */
const LFS_POINTER = 'version https://git-lfs.github.com/spec/';

/** Milliseconds after a change in which a further one may leave the times of a file as they are. */
const RACY_MS = 2000;

/** Bytes after which a load yields to other work, and the weight of each step and node in bytes. */
const TURN_BYTES = 128 * 1024;
const STEP_BYTES = 4 * 1024;
const KEPT_BYTES = 64;
const NODE_BYTES = 32;

/** Yields to other work once the weight of the steps reaches the limit. */
class Turns {
  #spent = 0;

  async spend(bytes: number): Promise<void> {
    if (this.isDue(bytes)) await nextTurn();
  }

  /** True where the next turn is due after a step. */
  isDue(bytes: number): boolean {
    this.#spent += bytes;
    if (this.#spent < TURN_BYTES) return false;
    this.#spent = 0;
    return true;
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
  const known = new Map<string, KnownFile>();
  const turns = new Turns();
  for (const file of scan.files) {
    const last = options.start === 'nothing' ? undefined : options.known.get(file.path);
    if (last !== undefined && isKept(file, last, options)) {
      if (turns.isDue(KEPT_BYTES)) await nextTurn();
      known.set(file.path, last);
      continue;
    }
    await turns.spend(STEP_BYTES);
    options.signal?.throwIfAborted();
    const content = readOne(file, options);
    if (typeof content === 'string') {
      unread.push(unusable(file.path, content));
      continue;
    }
    const digest = hash('sha256', content.bytes);
    const { identity, isSettled } = content;
    const found =
      last?.digest === digest ? last.found : await readContent(file.path, content.bytes, options, turns);
    known.set(file.path, { identity, isSettled, digest, found });
  }
  const all: Found = { drafts: [], bad: [], unusable: unread, empty: [] };
  for (const { found } of known.values()) {
    all.drafts.push(...found.drafts);
    all.bad.push(...found.bad);
    all.unusable.push(...found.unusable);
    all.empty.push(...found.empty);
  }
  return { ...all, known };
}

/** True where a load need not read a file again. */
function isKept(file: FoundFile, last: KnownFile, { start, reader }: ReadOptions): boolean {
  if (!last.isSettled || start === 'nothing' || start === 'files') return false;
  if (start !== 'changes' && !start.has(file.realPath)) return true;
  try {
    return reader.targetNow(file.realPath).identity === last.identity;
  } catch {
    return false;
  }
}

/**
 * The bytes of a file, or the error message. Read synchronously, since for thousands of small files the thread pool
 * takes longer than the rest of a load.
 */
function readOne(
  file: FoundFile,
  { reader, maxFileBytes: maxBytes, now }: ReadOptions,
): (Pick<KnownFile, 'identity' | 'isSettled'> & { readonly bytes: Buffer }) | string {
  try {
    const at = now();
    const { size, identity, changedAt } = reader.targetNow(file.realPath);
    if (size > maxBytes) return `The file has ${size} bytes, more than the ${maxBytes} allowed: split it.`;
    const bytes = reader.readNow(file.realPath);
    if (bytes.subarray(0, LFS_POINTER.length).toString() === LFS_POINTER)
      return 'This is a pointer of Git LFS, not the file itself: keep definitions out of Git LFS.';
    if (!isUtf8(bytes)) return 'The file is not UTF-8 text: save it as UTF-8.';
    return { identity, isSettled: at - changedAt >= RACY_MS, bytes };
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
