import type { GitCommand } from './git-command.js';
import { GitError } from './git-error.js';

/** What a ref stands for at the moment. */
export interface WantedCommit {
  /** Hash of the commit. */
  readonly id: string;
  /** Hash of what is to be fetched: the commit, or the tag object that names it. */
  readonly object: string;
  readonly kind: 'branch' | 'tag' | 'commit';
}

/** A whole commit hash, SHA-1 or SHA-256. */
const COMMIT = /^([0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * Asks the server what a ref stands for; nobody is asked for a whole commit hash. Of a tag and a branch of one name
 * the tag is meant, as it is everywhere in git.
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
