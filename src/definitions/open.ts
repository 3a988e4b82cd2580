import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Clock } from '../core/model/clock.js';
import type { Load, LoadStart } from '../core/model/definition.js';
import type { EventBus } from '../core/model/events.js';
import type { Kind } from '../core/model/kind.js';
import type { Redactor } from '../core/redact/redactor.js';
import type { GitRemote } from './git-command.js';
import { gitIdentity } from './identity.js';
import { DefinitionSource } from './load.js';
import { commitsBefore } from './revision.js';

/** The source of definitions: `git`, or without it `directory`. */
export interface Source {
  /** Absolute; it may be a link. */
  readonly directory: string;
  readonly git?:
    | {
        readonly url: string;
        readonly auth: Omit<GitRemote, 'url'>;
        readonly ref?: string | undefined;
        readonly path?: string | undefined;
        /** Milliseconds. */
        readonly pollInterval: number;
      }
    | undefined;
}

/** Options of a source. */
export interface OpenOptions {
  readonly kinds: readonly Kind[];
  readonly events: EventBus;
  readonly clock: Clock;
  /** Hides secrets in messages of a repository. */
  readonly redactor?: Redactor;
  /**
   * Folder of the clones, so that a git source continues with the last one and is polled. Without it, the clone is
   * temporary and fetched once.
   */
  readonly folder?: string | undefined;
}

/** The definitions of a directory or repository. */
export interface OpenDefinitions {
  /** The folder to watch; it may be a path through a link. */
  readonly directory: string;
  /** One load, as {@link DefinitionSource.load}; with a git source the first one waits for the first fetch. */
  load(signal?: AbortSignal, from?: LoadStart): Promise<Load>;
  /**
   * The last commits before a revision and part of it; none for a source without an order, undefined where they cannot be
   * read now.
   */
  earlier(revision: string): Promise<readonly string[] | undefined>;
  /** Fetches the repository now; missing for a directory. */
  readonly fetchNow?: () => void;
  close(): Promise<void>;
}

/**
 * Opens a directory or a git repository.
 * @throws Error when the folder of the clone cannot be used
 */
export async function openDefinitions(
  { directory, git }: Source,
  { kinds, events, clock, redactor, folder }: OpenOptions,
): Promise<OpenDefinitions> {
  if (git === undefined) {
    const files = new DefinitionSource({ directory, kinds });
    return {
      directory,
      load: (signal, from) => files.load(signal, from),
      earlier: (revision) => commitsBefore(directory, revision),
      close: async () => {},
    };
  }
  const { GitFeed } = await import('./git-feed.js');
  const place = folder ?? (await mkdtemp(path.join(tmpdir(), 'c1sync-git-')));
  const { ref, path: part, pollInterval } = git;
  const feed = await GitFeed.open({
    remote: { url: git.url, ...git.auth },
    ref,
    path: part,
    folder: place,
    events,
    clock,
    redactor,
    pollMs: folder === undefined ? undefined : pollInterval,
  });
  const files = new DefinitionSource({
    directory: feed.directory,
    identity: gitIdentity(git.url, part),
    shownFrom: feed.root,
    kinds,
  });
  return {
    directory: feed.directory,
    load: (signal, from) => feed.load(() => files.load(signal, from), signal),
    earlier: (revision) => feed.earlier(revision),
    fetchNow: () => feed.fetchNow(),
    close: async () => {
      await feed.close();
      if (folder === undefined) await rm(place, { recursive: true, force: true });
    },
  };
}
