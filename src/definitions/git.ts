import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, messageOf } from '../core/model/errors.js';
import { GitCommand, type GitParts } from './git-command.js';
import { GitError, gitErrorOf } from './git-error.js';
import { resolveRef, type WantedCommit } from './git-ref.js';
import { GitRepository } from './git-repository.js';

/** The repository and the folder in it that hold the definitions. */
export interface GitOptions extends GitParts {
  /** A branch, a tag, a full name below `refs/`, or a whole commit hash. Default: the branch that the server names. */
  readonly ref?: string | undefined;
  /** The folder of the definitions in the repository, with `/` between its parts. Default: all of it. */
  readonly path?: string | undefined;
  /** Absolute folder for the clone. One of another repository, ref or path that lies in it is removed. */
  readonly folder: string;
}

/** A commit that is checked out. */
export interface GitCommit {
  /** Its full hash. */
  readonly id: string;
  /** `Name <address>`, as the commit has it; undefined where it cannot be read any more. */
  readonly author: string | undefined;
}

/** The result of a fetch. */
export interface Fetched extends GitCommit {
  /** The previous commit; undefined for the first one. */
  readonly before: string | undefined;
  /**
   * Why the switch is no fast-forward: `history`: the previous commit is not among the last 100 before this one, as after
   * a force-push; `tag`: the tag was moved. Undefined otherwise.
   */
  readonly replaced?: 'history' | 'tag' | undefined;
  /** True when the clone or the checkout was damaged and was recreated. */
  readonly repaired?: boolean | undefined;
}

interface Checkout extends GitCommit {
  /** Folder of the checkout and its index. */
  readonly folder: string;
}

/**
 * A shallow clone with one checkout for each commit, and a link to the current one that is replaced atomically. A failure
 * leaves the link unchanged. One process at a time may use a folder.
 */
export class GitClone {
  readonly #options: GitOptions;
  readonly #folder: string;
  readonly #git: GitCommand;
  readonly #repository: GitRepository;
  #current: Checkout | undefined;
  #users = 0;

  private constructor(options: GitOptions, folder: string) {
    this.#options = options;
    this.#folder = folder;
    this.#git = new GitCommand(folder, options);
    this.#repository = new GitRepository(this.#git, path.join(folder, 'repository.git'));
  }

  /** Opens the clone of an earlier process, without asking the server. */
  static async open(options: GitOptions): Promise<GitClone> {
    const { remote, ref = '', path: part = '' } = options;
    const name = createHash('sha256')
      .update(JSON.stringify([remote.url, ref, part]))
      .digest('hex');
    const folder = path.join(options.folder, name.slice(0, 16));
    await mkdir(path.join(folder, 'worktrees'), { recursive: true, mode: 0o700 });
    await removeAllBut(options.folder, path.basename(folder));
    const clone = new GitClone(options, folder);
    await clone.#takeUp();
    await clone.#tidy();
    return clone;
  }

  /** The folder of the definitions, through the link; missing before the first commit. */
  get directory(): string {
    return path.join(this.#link, this.#options.path ?? '');
  }

  /** The root of the repository, through the link. */
  get root(): string {
    return this.#link;
  }

  /** The current commit; undefined before the first one. */
  get commit(): GitCommit | undefined {
    return this.#current;
  }

  get #link(): string {
    return path.join(this.#folder, 'current');
  }

  /** Runs `work` with the checkouts; none is removed meanwhile. */
  async using<T>(work: () => Promise<T>): Promise<T> {
    this.#users += 1;
    try {
      return await work();
    } finally {
      this.#users -= 1;
      await this.#tidy();
    }
  }

  /**
   * Fetches the commit from the server and makes it current. A damaged clone is recreated.
   * @throws GitError, or the reason of the signal; the current commit stays
   */
  fetch(): Promise<Fetched> {
    return this.using(() => this.#fetch());
  }

  /**
   * The commits before one that was current, within the last 100 of the ref. Never while a {@link fetch} is under way.
   * @throws GitError, or the reason of the signal
   */
  async earlier(id: string): Promise<readonly string[]> {
    return this.#repository.before(id, await resolveRef(this.#git, this.#options.ref));
  }

  async #fetch(): Promise<Fetched> {
    const { ref, signal } = this.#options;
    try {
      const wanted = await resolveRef(this.#git, ref);
      const current = this.#current;
      if (current?.id !== wanted.id) return await this.#activate(wanted);
      // Without a working repository the reason of the switch is unknown.
      if (await this.#isSame(current).catch(() => false)) return { ...current, before: current.id };
      return { ...(await this.#activate(wanted)), repaired: true };
    } catch (error) {
      signal?.throwIfAborted();
      const failure = error instanceof GitError ? error : folderError(error, this.#folder);
      // A fetch that ended with a full disk leaves nothing usable.
      if (failure.fault === 'disk full') await this.#repository.remove();
      throw failure;
    }
  }

  /** Checks the commit out; a damaged repository is recreated once. */
  async #activate(wanted: WantedCommit): Promise<Fetched> {
    const before = this.#current?.id;
    const checkOut = async (): Promise<Checkout> => {
      const id = await this.#repository.fetch(wanted);
      return this.#checkOut(id);
    };
    let repaired: true | undefined;
    const checkout = await checkOut().catch(async (error: unknown) => {
      if (!(error instanceof GitError && error.fault === 'clone')) throw error;
      repaired = true;
      await this.#repository.remove();
      return checkOut();
    });
    await this.#switchTo(checkout);
    const replaced = await this.#replaced(before, checkout.id, wanted);
    await this.#repository.tidy().catch(() => {});
    return { ...checkout, before, replaced, repaired };
  }

  /** Continues with the checkout of an earlier process. */
  async #takeUp(): Promise<void> {
    const target = await readlink(this.#link).catch(() => undefined);
    if (target === undefined) return;
    const [id, folder] = [path.basename(target), path.join(this.#folder, path.dirname(target))];
    if (!existsSync(path.join(folder, id))) return;
    this.#current = { id, folder, author: await this.#repository.authorOf(id).catch(() => undefined) };
  }

  /** Checks a commit out into its own folder. */
  async #checkOut(id: string): Promise<Checkout> {
    const { path: part } = this.#options;
    if (part !== undefined && !(await this.#repository.hasFolder(id, part))) {
      throw new GitError('path', `Commit ${id} has no folder "${part}": check source.git.path`);
    }
    const author = await this.#repository.authorOf(id);
    const checkout = { id, author, folder: await mkdtemp(path.join(this.#folder, 'worktrees', 'c-')) };
    await mkdir(path.join(checkout.folder, id));
    const args = part === undefined ? ['--reset', id] : [`--prefix=${part}/`, `${id}:${part}`];
    await this.#inCheckout(checkout, ['read-tree', '-u', ...args]);
    if (!(await this.#isSame(checkout))) throw gitErrorOf('the checkout differs from its commit');
    return checkout;
  }

  async #switchTo(checkout: Checkout): Promise<void> {
    const target = path.join(path.relative(this.#folder, checkout.folder), checkout.id);
    const fresh = `${this.#link}.new`;
    await rm(fresh, { force: true });
    await symlink(target, fresh);
    await rename(fresh, this.#link);
    this.#current = checkout;
  }

  /** Best effort, since it only explains the switch. */
  async #replaced(
    before: string | undefined,
    id: string,
    wanted: WantedCommit,
  ): Promise<Fetched['replaced']> {
    if (before === undefined || before === id || wanted.kind === 'commit') return undefined;
    if (wanted.kind === 'tag') return 'tag';
    const isBehind = this.#repository.isBehind(before, id, wanted);
    return (await isBehind.catch(() => true)) ? undefined : 'history';
  }

  /** True when the files are those of the commit. */
  async #isSame(checkout: Checkout): Promise<boolean> {
    const args = ['ls-files', '--modified', '--deleted', '--others'];
    return (await this.#inCheckout(checkout, args)) === '';
  }

  #inCheckout({ folder, id }: Checkout, args: readonly string[]): Promise<string> {
    return this.#repository.run(args, {
      GIT_WORK_TREE: path.join(folder, id),
      GIT_INDEX_FILE: path.join(folder, 'index'),
    });
  }

  /** Removes checkouts that are neither current nor in use. */
  async #tidy(): Promise<void> {
    if (this.#users > 0) return;
    const keep = this.#current && path.basename(this.#current.folder);
    await removeAllBut(path.join(this.#folder, 'worktrees'), keep);
  }
}

/** Removes a folder; a failure is ignored, since the next call tries again. */
async function removeAllBut(folder: string, keep: string | undefined): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (name !== keep) await rm(path.join(folder, name), { recursive: true, force: true }).catch(() => {});
  }
}

function folderError(error: unknown, folder: string): GitError {
  const code = codeOf(error) ?? '';
  if (code === 'ENOSPC' || code === 'EDQUOT') return gitErrorOf(code);
  return new GitError('folder', `The folder of the clone, ${folder}, cannot be used: ${messageOf(error)}`);
}
