import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Definition, Load, LoadStart, Seen } from '../core/model/definition.js';
import { withReplaced } from '../core/model/definition-index.js';
import { type FolderReader, nodeFolder } from '../core/model/folder-reader.js';
import type { Kind } from '../core/model/kind.js';
import { assemble } from './assemble.js';
import { ContentHash } from './content-hash.js';
import { DocumentCheck, type Draft } from './document.js';
import { directoryIdentity } from './identity.js';
import { newDrafts } from './new-drafts.js';
import { type FolderContents, type KnownFile, Moved, readFiles, shownPath } from './read.js';
import { revisionOf } from './revision.js';
import { fileAt, isCurrent, isUnmoved, type Scan, scan } from './scan.js';
import { holdsSource, Values } from './values.js';

/** Where definitions come from and how they are read. */
export interface SourceOptions {
  /** The directory; it may be a link. */
  readonly directory: string;
  /** Identity of the source. Default: that of the directory. */
  readonly identity?: string;
  /** Base of the file paths in messages, such as the root of a repository. */
  readonly shownFrom?: string;
  readonly kinds: readonly Kind[];
  /** Variables for `valueFrom: { env }`. Default: the environment of the process. */
  readonly env?: NodeJS.ProcessEnv;
  /** Port for files and folders. Default: the disk of this machine. */
  readonly reader?: FolderReader;
  /** The time of day beside the times of files, milliseconds since the epoch. Default: that of the machine. */
  readonly now?: () => number;
  /** Bytes that one file may have. Default: 1 MiB. */
  readonly maxFileBytes?: number;
  /** Values that one document may hold, aliases written out. Default: 100,000. */
  readonly maxNodes?: number;
}

/** Definitions after which a load yields to other work. */
const BATCH = 500;

/** Attempts of a load whose links were swapped meanwhile. */
const MAX_ATTEMPTS = 5;

/** The result of a load, for the next one. */
interface Loaded {
  readonly found: Scan;
  readonly load: Load;
  readonly contentHash: ContentHash;
  /** False where a file or a document was not what it has to be. */
  readonly isSound: boolean;
  /** Documents with values from outside their files, which are read at each load, by key. */
  readonly sourced: ReadonlyMap<string, Draft>;
  /** Absolute paths of files that may have changed since they were read, though their identity has not. */
  readonly unsettled: ReadonlySet<string>;
}

/**
 * The definitions of one directory. Remembers the last valid version of every document from load to load, and of every
 * file what it held, so that a load costs little where little has changed.
 */
export class DefinitionSource {
  readonly #options: SourceOptions;
  readonly #directory: string;
  readonly #reader: FolderReader;
  readonly #check: DocumentCheck;
  /** The last valid version of every object, by key. */
  #memory: Map<string, Draft>;
  #known: Map<string, KnownFile>;
  /** The last load; undefined after one that failed. */
  #last: Loaded | undefined;
  /** Definitions that hold no value from outside their file. */
  readonly #definitions = new WeakMap<Draft, Definition>();

  /** `earlier`: a source of the same directory whose last valid versions and files this one knows too. */
  constructor(options: SourceOptions, earlier?: DefinitionSource) {
    this.#memory = earlier === undefined ? new Map() : new Map(earlier.#memory);
    this.#known = earlier === undefined ? new Map() : new Map(earlier.#known);
    this.#check = earlier === undefined ? new DocumentCheck(options.kinds) : earlier.#check;
    this.#options = options;
    this.#directory = path.resolve(options.directory);
    this.#reader = options.reader ?? nodeFolder;
  }

  /**
   * One consistent load of the directory, the same wherever it starts. Errors in files and documents are in `problems`, not thrown.
   * @throws Error when the directory is unreadable or changes during each attempt. The last valid versions stay, and a
   * retry may help.
   */
  async load(signal?: AbortSignal, from: LoadStart = 'changes'): Promise<Load> {
    const last = this.#last;
    this.#last = undefined;
    const loaded = (await this.#hinted(last, from, signal)) ?? (await this.#scanned(from, signal));
    this.#last = loaded;
    return loaded.load;
  }

  /** A load of the last scan, where the paths that may have changed leave that as it is. */
  async #hinted(
    last: Loaded | undefined,
    from: LoadStart,
    signal?: AbortSignal,
  ): Promise<Loaded | undefined> {
    if (typeof from === 'string' || last === undefined) return undefined;
    if (!(await isUnmoved(last.found, this.#directory, from, this.#reader))) return undefined;
    return (await this.#patched(last, from, signal)) ?? this.#loadFrom(last.found, from, signal);
  }

  async #scanned(from: LoadStart, signal?: AbortSignal): Promise<Loaded> {
    const start = typeof from === 'string' ? from : 'changes';
    for (let turn = 0; turn < MAX_ATTEMPTS; turn += 1) {
      const loaded = await this.#loadFrom(await scan(this.#directory, this.#reader), start, signal);
      if (loaded !== undefined) return loaded;
    }
    throw new Error(`The definitions directory ${this.#directory} changed each time it was read`);
  }

  /** The last load with the new values of the files that may have changed; undefined where more may have changed. */
  async #patched(
    last: Loaded,
    changed: ReadonlySet<string>,
    signal?: AbortSignal,
  ): Promise<Loaded | undefined> {
    const { found, load } = last;
    if (!last.isSound || (await this.#root()) !== load.seen.root) return undefined;
    const files = [...new Set([...changed, ...last.unsettled])].flatMap((file) => fileAt(found, file) ?? []);
    const contents = await this.#read({ ...found, files }, changed, signal);
    if (contents === undefined || !(await isCurrent(found, this.#reader))) return undefined;
    const drafts = newDrafts(contents, this.#known, this.#options.kinds);
    if (drafts === undefined) return undefined;
    for (const [file, known] of contents.known) this.#known.set(file, known);
    for (const draft of drafts) this.#memory.set(draft.key, draft);
    const contentHash = last.contentHash.with(contents.known.keys(), this.#known);
    const revision = await revisionOf(found.root, contentHash.text, signal, this.#reader);
    const filled = await this.#fill(
      new Map([...last.sourced, ...drafts.map((draft): [string, Draft] => [draft.key, draft])]).values(),
      load.seen.root,
    );
    const { sourced, secretFiles } = filled;
    const definitions = withReplaced(load.definitions, filled.definitions);
    const unsettled = new Set(last.unsettled);
    for (const { path: file, realPath } of files) {
      if (contents.known.get(file)?.isSettled === true) unsettled.delete(realPath);
      else unsettled.add(realPath);
    }
    const { revisionAuthor: _, ...rest } = load;
    const patched = { ...rest, ...revision, definitions, secretFiles };
    return { found, contentHash, isSound: true, sourced, unsettled, load: patched };
  }

  /** Undefined when the directory moved meanwhile. */
  async #loadFrom(found: Scan, start: LoadStart, signal?: AbortSignal): Promise<Loaded | undefined> {
    const root = await this.#root();
    const contents = await this.#read(found, start, signal);
    if (contents !== undefined) this.#known = contents.known;
    if (contents === undefined || !(await isCurrent(found, this.#reader))) return undefined;
    const assembly = assemble(contents, this.#memory, this.#options.kinds);
    const contentHash = ContentHash.of(contents.known);
    const revision = await revisionOf(found.root, contentHash.text, signal, this.#reader);
    const { definitions, sourced, secretFiles } = await this.#fill(assembly.drafts.values(), root);
    this.#memory = assembly.drafts;
    const { problems, invalid, hasNameless } = assembly;
    const load: Load = {
      definitions: definitions.sort((a, b) => (a.key < b.key ? -1 : 1)),
      problems,
      invalid,
      lost: new Map(),
      seen: seenOf(root, this.#shown(''), found, contents),
      ...revision,
      hasNameless,
      complete: problems.length === 0,
      secretFiles,
    };
    const unsettled = found.files.filter((file) => contents.known.get(file.path)?.isSettled !== true);
    return {
      found,
      load,
      contentHash,
      isSound: problems.length === 0 && invalid.size === 0 && !hasNameless,
      sourced,
      unsettled: new Set(unsettled.map(({ realPath }) => realPath)),
    };
  }

  /** The identity of the source. */
  async #root(): Promise<string> {
    return this.#options.identity ?? directoryIdentity(this.#directory, this.#reader);
  }

  #shown(file: string): string {
    const { shownFrom } = this.#options;
    return shownFrom === undefined
      ? shownPath(this.#directory, file)
      : path.relative(shownFrom, path.join(this.#directory, file));
  }

  async #read(
    found: Scan,
    start: LoadStart,
    signal: AbortSignal | undefined,
  ): Promise<FolderContents | undefined> {
    const { maxFileBytes = 1024 * 1024, maxNodes = 100_000, now = Date.now } = this.#options;
    try {
      return await readFiles(found, {
        shown: (file) => this.#shown(file),
        check: this.#check,
        reader: this.#reader,
        known: this.#known,
        start,
        now,
        signal,
        maxFileBytes,
        maxNodes,
      });
    } catch (error) {
      if (error instanceof Moved) return undefined;
      throw error;
    }
  }

  /** The definitions of documents, with the values from outside their files. */
  async #fill(
    drafts: Iterable<Draft>,
    root: string,
  ): Promise<Pick<Loaded, 'sourced'> & { definitions: Definition[]; secretFiles: readonly string[] }> {
    const values = new Values(this.#directory, this.#options.env ?? process.env, this.#reader);
    const definitions: Definition[] = [];
    const sourced = new Map<string, Draft>();
    for (const draft of drafts) {
      const known = this.#definitions.get(draft);
      if (known?.source.root === root) definitions.push(known);
      else {
        if (definitions.length % BATCH === BATCH - 1) await nextTurn();
        const { file, parentPosition: _, ...rest } = draft;
        const source = { root, path: file };
        const isSourced = holdsSource(draft.spec);
        const spec = isSourced ? await values.fill(draft) : draft.spec;
        const definition = { ...rest, source, spec };
        if (isSourced) sourced.set(draft.key, draft);
        else this.#definitions.set(draft, definition);
        definitions.push(definition);
      }
    }
    return { definitions, sourced, secretFiles: [...values.files].sort() };
  }
}

/** An empty file is empty under each of its names. */
function seenOf(root: string, shownRoot: string, found: Scan, contents: FolderContents): Seen {
  const empty = new Set(contents.empty.map(({ path: file }) => found.others.get(file)));
  const problems = [
    ...contents.bad.map(({ file, problems: [first] }): [string, string] => [file, first?.message ?? '']),
    ...contents.unusable.map((unusable): [string, string] => [unusable.path, unusable.problem.message]),
  ];
  return {
    root,
    shownRoot: shownRoot === '.' ? '' : shownRoot,
    folders: found.folders,
    files: new Map([...found.others].map(([file, real]) => [file, empty.has(real) ? 'empty' : 'filled'])),
    unread: new Map(problems),
  };
}
