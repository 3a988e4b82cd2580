import type { GitCommand } from './git-command.js';
import { GitError } from './git-error.js';

/** The current target of a ref. */
export interface WantedCommit {
  /** Hash of the commit. */
  readonly id: string;
  /** Hash to fetch: the commit, or the tag object that names it. */
  readonly object: string;
  readonly kind: 'branch' | 'tag' | 'commit';
}

/** A whole commit hash, SHA-1 or SHA-256. */
const COMMIT = /^([0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * Resolves a ref at the server; a whole commit hash needs no request. A tag precedes a branch of the same name, as
 * everywhere in git.
 * @throws GitError when there is no such ref
 */
export async function resolveRef(git: GitCommand, ref: string | undefined): Promise<WantedCommit> {
  if (ref !== undefined && COMMIT.test(ref)) return { id: ref, object: ref, kind: 'commit' };
  const names = namesOf(ref);
  const listed = await git.run(['ls-remote', git.url, ...names.flatMap((name) => [name, `${name}^{}`])]);
  const hashes = new Map(
    listed.split('\n').map((line) => {
      const [hash = '', name = ''] = line.split('\t');
      return [name, hash] as const;
    }),
  );
  for (const name of names) {
    const object = hashes.get(name);
    if (object === undefined) continue;
    const kind = name.startsWith('refs/tags/') ? 'tag' : 'branch';
    return { id: hashes.get(`${name}^{}`) ?? object, object, kind };
  }
  throw new GitError(
    'ref',
    ref === undefined
      ? 'The repository has no commit yet, or names no default branch: push one, or set source.git.ref'
      : `The repository has no branch or tag "${ref}": push it, or change source.git.ref (a commit needs all its digits)`,
  );
}

function namesOf(ref: string | undefined): readonly string[] {
  if (ref === undefined) return ['HEAD'];
  return ref.startsWith('refs/') ? [ref] : [`refs/tags/${ref}`, `refs/heads/${ref}`];
}
