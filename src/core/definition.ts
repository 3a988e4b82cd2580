/** The apiVersion of every definition. */
export const API_VERSION = 'c1sync/v1';

/** A place in a definitions file. Lines and columns count from 1. */
export interface Position {
  /** The file, relative to the working directory where that is shorter. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** What `metadata.annotations` ask of the daemon for one object. */
export interface Steering {
  /** `c1sync/prune`. `directory` allows even a directory app to be pruned. */
  readonly prune?: 'true' | 'false' | 'directory';
  /** `c1sync/ignore`: field paths that are left alone although the definition names them. */
  readonly ignore: readonly string[];
  /** `c1sync/suspend`: the reason for leaving the whole object alone. */
  readonly suspend?: string;
  /** `c1sync/renamed-from`: the former `metadata.name`. */
  readonly renamedFrom?: string;
  /** `c1sync/take-from`: the tool or workspace that hands the object over. */
  readonly takeFrom?: string;
}

/** One valid document. */
export interface Definition {
  /** `Kind/name`, unique in a load. */
  readonly key: string;
  readonly kind: string;
  readonly name: string;
  /** `metadata.id`: pins a live object. */
  readonly id?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly steering: Steering;
  /**
   * The checked `spec` as written: sugar not resolved; a `valueFrom` is a `Secret` or an `UnsetSecret`.
   */
  readonly spec: Readonly<Record<string, unknown>>;
  /** Where the document starts. */
  readonly position: Position;
  /** Hash of what the document asks for: comments, labels and secret values do not count. */
  readonly hash: string;
}

/** Something wrong with the input, for a person to mend. */
export interface Problem {
  readonly position: Position;
  /** `Kind/name` where it is known. */
  readonly key?: string;
  /** Path in the document: `spec.monthlyCostUsd`. */
  readonly path?: string;
  /** What is wrong and how to mend it, as a sentence. */
  readonly message: string;
}

/** Names what was read. */
export interface Revision {
  /** Git commit, git-sync hash or content hash. */
  readonly revision: string;
  /** Who wrote the git commit, `Name <address>`, where there is one and it can be told. */
  readonly revisionAuthor?: string;
}

/** One consistent look at the definitions. */
export interface Load extends Revision {
  /** Valid definitions, sorted by key; for a document that is invalid now, its last valid version. */
  readonly definitions: readonly Definition[];
  /** Everything that is wrong, sorted by position. */
  readonly problems: readonly Problem[];
  /** Keys whose present document is invalid or cannot be read, with the first thing that is wrong. */
  readonly invalid: ReadonlyMap<string, string>;
  /** True when every file was read and every document is valid. */
  readonly complete: boolean;
  /** Files that `valueFrom: { file }` names; watched like definitions. */
  readonly secretFiles: readonly string[];
}

/** `Kind/name`, the key of an object. */
export function keyOf(kind: string, name: string): string {
  return `${kind}/${name}`;
}

/** The revision alone, out of something that has one. */
export function revisionFields({ revision, revisionAuthor }: Revision): Revision {
  return revisionAuthor === undefined ? { revision } : { revision, revisionAuthor };
}
