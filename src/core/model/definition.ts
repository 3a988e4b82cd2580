import type { Reason } from './remedy.js';

/** The apiVersion of every definition. */
export const API_VERSION = 'c1sync/v1';

/** A place in a definitions file. Lines and columns count from 1. */
export interface Position {
  /** The file, relative to the working directory where that is shorter. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Where a definition is, independent of the working directory. */
export interface SourcePath {
  /** Identifies the source: the address and path of a git repository, or a directory. */
  readonly root: string;
  /** Path of the file from the root. */
  readonly path: string;
}

/** The settings of one object in `metadata.annotations`. */
export interface Steering {
  /** `c1sync/prune`: `true`, `false`, or the consent that the kind's `deletion` asks for. */
  readonly prune?: string | undefined;
  /** `c1sync/ignore`: field paths that are not managed although the definition names them. */
  readonly ignore: readonly string[];
  /** `c1sync/suspend`: the reason for suspending the object. */
  readonly suspend?: string | undefined;
  /** `c1sync/renamed-from`: the former `metadata.name`. */
  readonly renamedFrom?: string | undefined;
  /** `c1sync/take-from`: the tool or workspace that hands the object over. */
  readonly takeFrom?: string | undefined;
}

/** One valid document. */
export interface Definition {
  /** `Kind/name`, unique in a load. */
  readonly key: string;
  readonly kind: string;
  readonly name: string;
  /** The name of the object as people see it, where the definition gives it. */
  readonly title?: string | undefined;
  /** `metadata.id`: pins a live object. */
  readonly id?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly steering: Steering;
  /**
   * The checked `spec` as written: sugar not resolved; a `valueFrom` is a `Secret` or an `UnsetSecret`.
   */
  readonly spec: Readonly<Record<string, unknown>>;
  /** Where the document starts. */
  readonly position: Position;
  readonly source: SourcePath;
  /** Hash of the desired state in the document: comments, labels and secret values do not count. */
  readonly hash: string;
}

/** A problem of the input that a person has to correct. */
export interface Problem {
  readonly position: Position;
  /** `Kind/name` where it is known. */
  readonly key?: string | undefined;
  /** Path in the document: `spec.monthlyCostUsd`. */
  readonly path?: string | undefined;
  /** The problem and the remedy, as a sentence. */
  readonly message: string;
  /** The number of problems that this one counts; undefined for a single problem. */
  readonly counts?: number;
}

/** The number of all problems, with those that are only counted. */
export function problemCount(problems: readonly Problem[]): number {
  return problems.reduce((sum, { counts = 1 }) => sum + counts, 0);
}

/** The revision of a load. */
export interface Revision {
  /** Git commit, git-sync hash or content hash. */
  readonly revision: string;
  /** The author of the git commit, `Name <address>`, where it is known. */
  readonly revisionAuthor?: string | undefined;
}

/** The files and folders that a load saw below its root: they distinguish a removed file from an emptied one. */
export interface Seen {
  /** As in {@link SourcePath}. */
  readonly root: string;
  /** How messages name the root; `''` for the working directory. */
  readonly shownRoot: string;
  /** Folders by their path from the root, which is `''`: true where it holds nothing at all. */
  readonly folders: ReadonlyMap<string, boolean>;
  /** All entries but folders, by path; `empty`: a definitions file without a document. */
  readonly files: ReadonlyMap<string, 'filled' | 'empty'>;
  /** Files and folders that could not be read as a whole, by path, with the problem that the load reports. */
  readonly unread: ReadonlyMap<string, string>;
}

/**
 * Where a load starts.
 * - `nothing`: every file is read and parsed. Only the last valid versions of invalid documents are older.
 * - `files`: every file is read; the same bytes are not parsed again.
 * - `changes`: a file is read if its identity has changed, or if it had changed shortly before it was read.
 * - A set: as `changes`, and nothing but these absolute paths is known to have changed. A hint: the load may still
 *   find that more has to be read.
 */
export type LoadStart = 'nothing' | 'files' | 'changes' | ReadonlySet<string>;

/** One consistent load of the definitions. */
export interface Load extends Revision {
  /** Valid definitions, sorted by key; for a document that is invalid now, its last valid version. */
  readonly definitions: readonly Definition[];
  /** Everything that is wrong, sorted by position. */
  readonly problems: readonly Problem[];
  /** Keys whose present document is invalid or cannot be read, with the first thing that is wrong. */
  readonly invalid: ReadonlyMap<string, string>;
  /** Recorded objects whose file lost what it held, with the reason: see `withRecordedFiles`. */
  readonly lost: ReadonlyMap<string, Reason>;
  readonly seen: Seen;
  /**
   * True where an invalid document, or a file that cannot be read or was lost, does not say which objects it defines: a
   * definition may have moved there.
   */
  readonly hasNameless: boolean;
  /** True when every file was read and every document is valid. */
  readonly complete: boolean;
  /** Files that `valueFrom: { file }` names; watched like definitions. */
  readonly secretFiles: readonly string[];
}

/** `Kind/name`, the key of an object. */
export function keyOf(kind: string, name: string): string {
  return `${kind}/${name}`;
}

/** The kind and the name in a key. */
export function partsOf(key: string): { readonly kind: string; readonly name: string } {
  const slash = key.indexOf('/');
  return { kind: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** The revision alone, out of something that has one. */
export function revisionFields({ revision, revisionAuthor }: Revision): Revision {
  return { revision, revisionAuthor };
}
