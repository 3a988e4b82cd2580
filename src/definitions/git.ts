import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, messageOf } from '../core/model/errors.js';
import { GitCommand, type GitParts } from './git-command.js';
import { GitError, gitErrorOf } from './git-error.js';
import { resolveRef, type WantedCommit } from './git-ref.js';
import { GitRepository } from './git-repository.js';

/** Which part of which repository holds the definitions. */
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

/** What a fetch found. */
export interface Fetched extends GitCommit {
  /** The commit that was in force before; undefined for the first one. */
  readonly before: string | undefined;
  /**
   * How it came to be another one: `history`: the former commit is none of the last 100 behind this one, as after a
   * force-push; `tag`: the tag names another commit now. Undefined otherwise.
   */
  readonly replaced?: 'history' | 'tag' | undefined;
  /** True when the clone or the checkout was damaged and had to be made anew. */
  readonly mended?: boolean | undefined;
}

interface Checkout extends GitCommit {
  /** Folder of the checkout and its index. */
  readonly folder: string;
}

/**
 * A shallow clone with one checkout for each commit, and a link that is renamed over when another commit comes into
 * force. What fails leaves the link as it is. One process at a time may have a folder.
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

  /** Opens what an earlier process has left, without asking the server. */
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

  /** Where the definitions are, by way of the link; nothing is there before the first commit. */
  get directory(): string {
    return path.join(this.#link, this.#options.path ?? '');
  }

  /** The root of the repository, by way of the link. */
  get root(): string {
    return this.#link;
  }

  /** The commit in force; undefined before the first one. */
  get commit(): GitCommit | undefined {
    return this.#current;
  }

  get #link(): string {
    return path.join(this.#folder, 'current');
  }

  /** Does something with the checkouts; none is removed meanwhile. */
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
   * Asks the server for the commit and brings it into force. A damaged clone is made anew.
   * @throws GitError, or the reason of the signal; the commit in force stays
   */
  fetch(): Promise<Fetched> {
    return this.using(() => this.#fetch());
  }

  async #fetch(): Promise<Fetched> {
    const { ref, signal } = this.#options;
    try {
      const wanted = await resolveRef(this.#git, ref);
      const current = this.#current;
      if (current?.id !== wanted.id) return await this.#bringIn(wanted);
      // Without a repository that works there is no telling.
      if (await this.#isSame(current).catch(() => false)) return { ...current, before: current.id };
      return { ...(await this.#bringIn(wanted)), mended: true };
    } catch (error) {
      signal?.throwIfAborted();
      const told = error instanceof GitError ? error : folderError(error, this.#folder);
      // What git had written before there was no room is of no use to the next attempt.
      if (told.fault === 'disk full') await this.#repository.remove();
      throw told;
    }
  }

  /** A damaged repository is made anew, once. */
  async #bringIn(wanted: WantedCommit): Promise<Fetched> {
    const before = this.#current?.id;
    const bringIn = async (): Promise<Checkout> => {
      const id = await this.#repository.fetch(wanted);
      return this.#checkOut(id);
    };
    let mended: true | undefined;
    const checkout = await bringIn().catch(async (error: unknown) => {
      if (!(error instanceof GitError && error.fault === 'clone')) throw error;
      mended = true;
      await this.#repository.remove();
      return bringIn();
    });
    await this.#switchTo(checkout);
    const replaced = await this.#replaced(before, checkout.id, wanted);
    await this.#repository.tidy().catch(() => {});
    return { ...checkout, before, replaced, mended };
  }

  /** Goes on with what an earlier process checked out. */
  async #takeUp(): Promise<void> {
    const target = await readlink(this.#link).catch(() => undefined);
    if (target === undefined) return;
    const [id, folder] = [path.basename(target), path.join(this.#folder, path.dirname(target))];
    if (!existsSync(path.join(folder, id))) return;
    this.#current = { id, folder, author: await this.#repository.authorOf(id).catch(() => undefined) };
  }

  /** Puts the files of a commit into a folder of their own. */
  async #checkOut(id: string): Promise<Checkout> {
    const { path: part } = this.#options;
    if (part !== undefined && !(await this.#repository.hasFolder(id, part))) {
      throw new GitError('path', `Commit ${id} has no folder "${part}": check source.git.path`);
    }
    const author = await this.#repository.authorOf(id);
    const checkout = { id, author, folder: await mkdtemp(path.join(this.#folder, 'worktrees', 'c-')) };
    await mkdir(path.join(checkout.folder, id));
    const words = part === undefined ? ['--reset', id] : [`--prefix=${part}/`, `${id}:${part}`];
    await this.#inCheckout(checkout, ['read-tree', '-u', ...words]);
    if (!(await this.#isSame(checkout))) throw gitErrorOf('the checkout is not what the commit says');
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

  /** Best effort: it only says how the switch is to be understood. */
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
    const words = ['ls-files', '--modified', '--deleted', '--others'];
    return (await this.#inCheckout(checkout, words)) === '';
  }

  #inCheckout({ folder, id }: Checkout, words: readonly string[]): Promise<string> {
    return this.#repository.run(words, {
      GIT_WORK_TREE: path.join(folder, id),
      GIT_INDEX_FILE: path.join(folder, 'index'),
    });
  }

  /** Removes the checkouts that are not in force, unless somebody may still read one. */
  async #tidy(): Promise<void> {
    if (this.#users > 0) return;
    const keep = this.#current && path.basename(this.#current.folder);
    await removeAllBut(path.join(this.#folder, 'worktrees'), keep);
  }
}

/** What cannot be removed now is in nobody's way and goes the next time. */
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
