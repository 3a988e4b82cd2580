import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Revision } from '../core/model/definition.js';
import { type FolderReader, nodeFolder } from '../core/model/folder-reader.js';

const run = promisify(execFile);

/** Commits in which an earlier one is searched for. */
const MOST_COMMITS = 1000;

/** A worktree of git-sync is a folder named by its commit. */
const COMMIT_FOLDER = /^(?:rev-)?([0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * The revision of a load. In this order: the commit that names a folder of the path (git-sync); the commit of the git
 * worktree and its author, with `-dirty-`, 12 digits of the content hash and no author when the directory differs from it; the content hash as
 * `sha256:` and 16 digits, which is also the answer where git is missing or refuses.
 * @param root the directory without links
 * @param contentHash hex SHA-256 of the files
 */
export async function revisionOf(
  root: string,
  contentHash: string,
  signal?: AbortSignal,
  reader: FolderReader = nodeFolder,
): Promise<Revision> {
  for (const part of root.split(path.sep).reverse()) {
    const commit = commitOf(part);
    if (commit !== undefined) return { revision: commit };
  }
  // Starting git takes longer than reading hundreds of files, so it is asked only where it could know anything.
  const known = (await isBelowRepository(root, reader))
    ? await gitRevision(root, contentHash, signal)
    : undefined;
  return known ?? { revision: `sha256:${contentHash.slice(0, 16)}` };
}

/** The commit that names a folder, as git-sync names its worktrees; undefined for any other name. */
export function commitOf(folder: string): string | undefined {
  return COMMIT_FOLDER.exec(folder)?.[1];
}

async function isBelowRepository(folder: string, reader: FolderReader): Promise<boolean> {
  const isHere = (await reader.target(path.join(folder, '.git')).catch(() => undefined)) !== undefined;
  const above = path.dirname(folder);
  return isHere || (above !== folder && isBelowRepository(above, reader));
}

/** Below it, a file that is new, changed or ignored was read without being in the commit. */
const STATUS = [
  'status',
  '--porcelain',
  '--untracked-files=all',
  '--ignored=matching',
  '--',
  '*.yaml',
  '*.yml',
];

/** A folder without tracked files has no commit, also inside a repository. */
async function gitRevision(
  root: string,
  contentHash: string,
  signal: AbortSignal | undefined,
): Promise<Revision | undefined> {
  try {
    const [head, tracked, changes] = await Promise.all([
      git(root, signal, 'log', '-1', '--no-show-signature', '--format=%H%n%an <%ae>'),
      git(root, signal, 'ls-tree', '--name-only', 'HEAD', '.'),
      git(root, signal, ...STATUS),
    ]);
    if (tracked === '') return undefined;
    const [commit = '', revisionAuthor = ''] = head.split('\n');
    // Local changes are not by the author of the commit.
    return changes === ''
      ? { revision: commit, revisionAuthor }
      : { revision: `${commit}-dirty-${contentHash.slice(0, 12)}` };
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}

/** The last commits before the commit of a revision, by the repository of a directory; none where git does not know it. */
export async function commitsBefore(directory: string, revision: string): Promise<readonly string[]> {
  const [, commit] = /^([0-9a-f]{40,64})(-dirty-[0-9a-f]+)?$/.exec(revision) ?? [];
  if (commit === undefined) return [];
  const list = git(directory, undefined, 'rev-list', `--max-count=${MOST_COMMITS}`, commit);
  return (await list.catch(() => '')).split('\n').slice(1);
}

/** Runs git without writes, without programs that the repository names, and on no other repository. */
async function git(
  root: string,
  signal: AbortSignal | undefined,
  ...args: readonly string[]
): Promise<string> {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  const { stdout } = await run(
    'git',
    ['-C', root, '-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', ...args],
    {
      env: { ...Object.fromEntries(inherited), GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' },
      maxBuffer: 64 * 1024 * 1024,
      timeout: 10_000,
      signal,
    },
  );
  return stdout.trim();
}
