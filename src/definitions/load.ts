import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Definition, Load, LoadStart, Revision, Seen } from '../core/model/definition.js';
import { type FolderReader, nodeFolder } from '../core/model/folder-reader.js';
import type { Kind } from '../core/model/kind.js';
import type { Secret, UnsetSecret } from '../core/model/secret.js';
import { isValueFrom, readValue, type ValueFrom, valueFile } from '../core/model/value-from.js';
import { type Assembly, assemble, type Memory } from './assemble.js';
import { DocumentCheck, type Draft } from './document.js';
import { directoryIdentity } from './identity.js';
import { type FolderContents, type KnownFiles, Moved, readFiles, shownPath } from './read.js';
import { revisionOf } from './revision.js';
import { isCurrent, isUnmoved, type Scan, scan } from './scan.js';

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

/**
 * The definitions of one directory. Remembers the last valid version of every document from load to load, and of every
 * file what it held, so that a load costs little where little has changed.
 */
export class DefinitionSource {
  readonly #options: SourceOptions;
  readonly #directory: string;
  readonly #reader: FolderReader;
  readonly #check: DocumentCheck;
  #memory: Memory;
  #known: KnownFiles;
  /** The scan of the last load; undefined after one that failed. */
  #scan: Scan | undefined;
  /** Definitions that hold no value from outside their file. */
  readonly #definitions = new WeakMap<Draft, Definition>();

  /** `earlier`: a source of the same directory whose last valid versions and files this one knows too. */
  constructor(options: SourceOptions, earlier?: DefinitionSource) {
    this.#memory = earlier === undefined ? new Map() : earlier.#memory;
    this.#known = earlier === undefined ? new Map() : earlier.#known;
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
    const known = await this.#knownScan(from);
    this.#scan = undefined;
    const hinted = known && (await this.#loadFrom(known, from, signal));
    if (hinted !== undefined) return hinted;
    const start = typeof from === 'string' ? from : 'changes';
    for (let turn = 0; turn < MAX_ATTEMPTS; turn += 1) {
      const load = await this.#loadFrom(await scan(this.#directory, this.#reader), start, signal);
      if (load !== undefined) return load;
    }
    throw new Error(`The definitions directory ${this.#directory} changed each time it was read`);
  }

  /** The last scan, where the paths that may have changed leave it as it is. */
  async #knownScan(from: LoadStart): Promise<Scan | undefined> {
    if (typeof from === 'string' || this.#scan === undefined) return undefined;
    return (await isUnmoved(this.#scan, this.#directory, from, this.#reader)) ? this.#scan : undefined;
  }

  /** Undefined when the directory moved meanwhile. */
  async #loadFrom(found: Scan, start: LoadStart, signal?: AbortSignal): Promise<Load | undefined> {
    const root = this.#options.identity ?? (await directoryIdentity(this.#directory, this.#reader));
    const contents = await this.#read(found, start, signal);
    if (contents === undefined || !(await isCurrent(found, this.#reader))) return undefined;
    const assembly = assemble(contents, this.#memory, this.#options.kinds);
    const revision = await revisionOf(found.root, contents.contentHash, signal, this.#reader);
    const load = await this.#finish(assembly, revision, seenOf(root, this.#shown(''), found, contents));
    this.#memory = assembly.drafts;
    this.#scan = found;
    return load;
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
      const contents = await readFiles(found, {
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
      this.#known = contents.known;
      return contents;
    } catch (error) {
      if (error instanceof Moved) return undefined;
      throw error;
    }
  }

  async #finish(assembly: Assembly, revision: Revision, seen: Seen): Promise<Load> {
    const values = new Values(this.#directory, this.#options.env ?? process.env, this.#reader);
    const definitions: Definition[] = [];
    for (const draft of assembly.drafts.values()) {
      const known = this.#definitions.get(draft);
      if (known?.source.root === seen.root) definitions.push(known);
      else {
        if (definitions.length % BATCH === BATCH - 1) await nextTurn();
        definitions.push(await this.#definitionOf(draft, seen.root, values));
      }
    }
    return {
      definitions: definitions.sort((a, b) => (a.key < b.key ? -1 : 1)),
      problems: assembly.problems,
      invalid: assembly.invalid,
      lost: new Map(),
      seen,
      ...revision,
      hasNameless: assembly.hasNameless,
      complete: assembly.problems.length === 0,
      secretFiles: [...values.files].sort(),
    };
  }

  async #definitionOf(draft: Draft, root: string, values: Values): Promise<Definition> {
    const { file, parentPosition: _, ...rest } = draft;
    const source = { root, path: file };
    if (holdsSource(draft.spec)) return { ...rest, source, spec: await values.fill(draft) };
    const definition = { ...rest, source };
    this.#definitions.set(draft, definition);
    return definition;
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

function holdsSource(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return isValueFrom(value) || Object.values(value).some(holdsSource);
}

/** Replaces sources by their values. Each file is read once a load. */
class Values {
  readonly files = new Set<string>();
  readonly #directory: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #reader: FolderReader;
  readonly #read = new Map<string, Promise<Secret | UnsetSecret>>();

  constructor(directory: string, env: NodeJS.ProcessEnv, reader: FolderReader) {
    this.#directory = directory;
    this.#env = env;
    this.#reader = reader;
  }

  async fill({ file, spec }: Draft): Promise<Definition['spec']> {
    const folder = path.dirname(path.join(this.#directory, file));
    return (await this.#walk(spec, folder)) as Definition['spec'];
  }

  async #walk(value: unknown, folder: string): Promise<unknown> {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return Promise.all(value.map((item: unknown) => this.#walk(item, folder)));
    if (isValueFrom(value)) return this.#value(value, folder);
    const entries = Object.entries(value).map(
      async ([key, part]) => [key, await this.#walk(part, folder)] as const,
    );
    return Object.fromEntries(await Promise.all(entries));
  }

  #value(source: ValueFrom, folder: string): Promise<Secret | UnsetSecret> {
    const file = valueFile(source, folder);
    if (file !== undefined) this.files.add(file);
    const origin = file ?? JSON.stringify(source);
    const known =
      this.#read.get(origin) ?? readValue(source, { env: this.#env, folder, reader: this.#reader });
    this.#read.set(origin, known);
    return known;
  }
}
