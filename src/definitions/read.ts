import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Position, Problem } from '../core/definition.js';
import type { Place } from '../yaml/lines.js';
import { parseYaml } from '../yaml/parse.js';
import type { BadDocument, DocumentCheck, Draft } from './document.js';
import { isDraft } from './document.js';
import { type FoundFile, reasonOf, type Scan } from './scan.js';

/** A file or folder that gave nothing usable; what it held last time may still be meant. */
export interface Blind {
  /** Path from the root. */
  readonly path: string;
  readonly problem: Problem;
}

/** Everything that one look found, before documents are compared with each other. */
export interface Look {
  readonly drafts: readonly Draft[];
  readonly bad: readonly BadDocument[];
  readonly blind: readonly Blind[];
  /** Files that were read and hold no document. */
  readonly empty: readonly { readonly path: string; readonly position: Position }[];
  /** SHA-256 of all paths and contents, hex. */
  readonly contentHash: string;
}

/** How files are read. */
export interface ReadOptions {
  readonly directory: string;
  readonly check: DocumentCheck;
  readonly maxFileBytes: number;
  readonly maxNodes: number;
  readonly signal: AbortSignal | undefined;
}

/** A file that was found is gone: the look is not of one moment. */
export class Moved extends Error {
  override readonly name = 'Moved';
}

/** Files after which other work gets its turn. */
const BATCH = 32;

/**
 * Reads and checks the files of a scan.
 * @throws Moved when a file vanished since the scan.
 */
export async function readFiles(found: Scan, options: ReadOptions): Promise<Look> {
  const look = {
    drafts: [] as Draft[],
    bad: [] as BadDocument[],
    blind: [] as Blind[],
    empty: [] as Look['empty'][number][],
  };
  const hash = createHash('sha256');
  for (const fault of found.faults) {
    const position = { file: shownPath(options.directory, fault.path), line: 1, column: 1 };
    look.blind.push({ path: fault.path, problem: { position, message: fault.message } });
  }
  for (const [index, file] of found.files.entries()) {
    if (index % BATCH === BATCH - 1) await nextTurn();
    options.signal?.throwIfAborted();
    const content = readOne(file, options.maxFileBytes);
    if (typeof content !== 'string') hash.update(`${file.path}\0${content.length}\0`).update(content);
    readContent(file.path, content, options, look);
  }
  return { ...look, contentHash: hash.digest('hex') };
}

/**
 * The bytes of a file, or why there are none. Read in one go, since for thousands of small files the way through the
 * thread pool takes longer than all the rest of a load.
 */
function readOne(file: FoundFile, maxBytes: number): Buffer | string {
  try {
    const { size } = statSync(file.realPath);
    if (size > maxBytes) return `The file has ${size} bytes, more than the ${maxBytes} allowed: split it.`;
    const content = readFileSync(file.realPath);
    return isUtf8(content) ? content : 'The file is not UTF-8 text: save it as UTF-8.';
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw new Moved(file.path);
    return `The file cannot be read: ${reasonOf(error)}.`;
  }
}

interface MutableLook {
  readonly drafts: Draft[];
  readonly bad: BadDocument[];
  readonly blind: Blind[];
  readonly empty: Look['empty'][number][];
}

function readContent(file: string, content: Buffer | string, options: ReadOptions, look: MutableLook): void {
  const shown = shownPath(options.directory, file);
  const at = (place: Place): Position => ({ file: shown, line: place.line, column: place.column });
  const top = at({ line: 1, column: 1 });
  if (typeof content === 'string') {
    look.blind.push({ path: file, problem: { position: top, message: content } });
    return;
  }
  const text = parseYaml(content.toString('utf8'), options.maxNodes);
  if (text.fault !== undefined) {
    look.blind.push({ path: file, problem: { position: at(text.fault.place), message: text.fault.message } });
    return;
  }
  const documents = text.documents.filter(
    (document) => document.fault !== undefined || document.value !== null,
  );
  if (documents.length === 0) look.empty.push({ path: file, position: top });
  for (const document of documents) {
    const position = at(document.start);
    if (document.fault !== undefined) {
      const problem = { position: at(document.fault.place), message: document.fault.message };
      look.bad.push({ key: undefined, file, position, problems: [problem] });
      continue;
    }
    const outcome = options.check.check({
      value: document.value,
      file,
      position,
      locate: (where, target) => at(document.locate(where, target)),
    });
    if (isDraft(outcome)) look.drafts.push(outcome);
    else look.bad.push(outcome);
  }
}

/** A path below the directory as a person would type it: from the working directory where that is shorter. */
export function shownPath(directory: string, below: string): string {
  const full = path.resolve(directory, below);
  const relative = path.relative(process.cwd(), full);
  return relative !== '' && relative.length < full.length ? relative : full;
}
