import { createHash } from 'node:crypto';
import { access, mkdir, mkdtemp, readdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, messageOf } from '../core/errors.js';
import { GitCommand, type GitRemote } from './git-command.js';
import { GitError, gitErrorOf } from './git-error.js';
import { resolveRef, type WantedCommit } from './git-ref.js';

/** Which part of which repository holds the definitions. */
export interface GitOptions {
  readonly remote: GitRemote;
  /** A branch, a tag, a full name below `refs/`, or a whole commit hash. Default: the branch that the server names. */
  readonly ref?: string | undefined;
  /** The folder of the definitions in the repository, with `/` between its parts. Default: all of it. */
  readonly path?: string | undefined;
  /** Absolute folder for clones; each repository, ref and path has one of its own below it. */
  readonly folder: string;
  /** Milliseconds that one git command may take, and a tenth of what a fetch may take. Default: 1 minute. */
  readonly timeoutMs?: number;
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
  readonly replaced?: 'history' | 'tag';
}

interface Checkout extends GitCommit {
  /** Folder of the checkout and its index. */
  readonly folder: string;
}

const TIMEOUT_MS = 60_000;
/** A fetch may have much to bring. */
const FETCH_PATIENCE = 10;
/** How many commits back it is looked for the former one. */
const HISTORY = 100;
const FETCHED = 'refs/c1sync/fetched';
/** Files come as they are in the commit: nothing is converted, and no filter such as that of Git LFS is started. */
const ATTRIBUTES = '* -text -filter -ident -working-tree-encoding\n';

/**
 * A shallow clone with one checkout for each commit, and a link that is renamed over when another commit comes into
 * force. What fails leaves the link as it is. One process at a time may have a folder.
 */
export class GitClone {
  readonly #options: GitOptions;
  readonly #folder: string;
  readonly #git: GitCommand;
  #current: Checkout | undefined;
  #users = 0;

  private constructor(options: GitOptions, folder: string) {
    this.#options = options;
    this.#folder = folder;
    this.#git = new GitCommand(folder, options.remote, options.timeoutMs ?? TIMEOUT_MS);
  }

  /** Opens what an earlier process has left, without asking the server. */
  static async open(options: GitOptions): Promise<GitClone> {
    const { remote, ref = '', path: part = '' } = options;
    const name = createHash('sha256')
      .update(JSON.stringify([remote.url, ref, part]))
      .digest('hex');
    const folder = path.join(options.folder, name.slice(0, 16));
    await mkdir(path.join(folder, 'worktrees'), { recursive: true, mode: 0o700 });
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

  get #repository(): string {
    return path.join(this.#folder, 'repository.git');
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
  fetch(signal?: AbortSignal): Promise<Fetched> {
    return this.using(() => this.#fetch(signal));
  }

  async #fetch(signal: AbortSignal | undefined): Promise<Fetched> {
    const { ref, remote } = this.#options;
    try {
      const wanted = await resolveRef(this.#git, remote.url, ref, signal);
      if (this.#current?.id === wanted.id && (await this.#isIntact(this.#current, signal)))
        return { ...this.#current, before: wanted.id };
      return await this.#bringIn(wanted, signal).catch(async (error: unknown) => {
        if (!(error instanceof GitError && error.fault === 'clone')) throw error;
        await rm(this.#repository, { recursive: true, force: true });
        return this.#bringIn(wanted, signal);
      });
    } catch (error) {
      signal?.throwIfAborted();
      const told = error instanceof GitError ? error : folderError(error, this.#folder);
      // What git had written before there was no room is of no use to the next attempt.
      if (told.fault === 'disk full') await rm(this.#repository, { recursive: true, force: true });
      throw told;
    }
  }

  /** Goes on with what an earlier process checked out. */
  async #takeUp(): Promise<void> {
    const target = await readlink(this.#link).catch(() => undefined);
    if (target === undefined) return;
    const [id, folder] = [path.basename(target), path.join(this.#folder, path.dirname(target))];
    if (!(await exists(path.join(folder, id)))) return;
    this.#current = { id, folder, author: await this.#authorOf(id).catch(() => undefined) };
  }

  async #bringIn(wanted: WantedCommit, signal: AbortSignal | undefined): Promise<Fetched> {
    const before = this.#current?.id;
    await this.#makeRepository(wanted, signal);
    await this.#fetchFrom(wanted, 1, signal);
    const id = await this.#inRepository(['rev-parse', '--verify', `${FETCHED}^{commit}`], signal);
    const checkout = await this.#checkOut(id, signal);
    await this.#switchTo(checkout);
    const replaced = await this.#replaced(before, id, wanted, signal);
    await this.#inRepository(['gc', '--auto', '--quiet'], signal).catch(() => {});
    return { ...checkout, before, ...(replaced === undefined ? {} : { replaced }) };
  }

  async #makeRepository({ id }: WantedCommit, signal: AbortSignal | undefined): Promise<void> {
    if (await exists(path.join(this.#repository, 'info', 'attributes'))) return;
    await rm(this.#repository, { recursive: true, force: true });
    const format = id.length === 64 ? 'sha256' : 'sha1';
    await this.#git.run(['init', '--quiet', '--bare', `--object-format=${format}`, this.#repository], {
      signal,
    });
    await mkdir(path.join(this.#repository, 'info'), { recursive: true });
    await writeFile(path.join(this.#repository, 'info', 'attributes'), ATTRIBUTES);
  }

  async #fetchFrom({ object }: WantedCommit, depth: number, signal: AbortSignal | undefined): Promise<void> {
    const flags = ['--quiet', '--force', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance'];
    const words = ['fetch', ...flags, '--no-recurse-submodules', `--depth=${depth}`];
    await this.#git.run([...words, this.#options.remote.url, `+${object}:${FETCHED}`], {
      signal,
      env: { GIT_DIR: this.#repository },
      patience: FETCH_PATIENCE,
    });
  }

  async #authorOf(id: string, signal?: AbortSignal): Promise<string> {
    const author = await this.#inRepository(['log', '-1', '--format=%an <%ae>', id], signal);
    return author.replace(/\p{Cc}/gu, ' ');
  }

  /** Puts the files of a commit into a folder of their own. */
  async #checkOut(id: string, signal: AbortSignal | undefined): Promise<Checkout> {
    const { path: part } = this.#options;
    if (part !== undefined) {
      const entry = await this.#inRepository(['ls-tree', '-d', id, '--', part], signal);
      if (!entry.startsWith('040000 tree')) {
        const message = `Commit ${id} has no folder "${part}": check source.git.path`;
        throw new GitError('path', message);
      }
    }
    const author = await this.#authorOf(id, signal);
    const checkout = { id, author, folder: await mkdtemp(path.join(this.#folder, 'worktrees', 'c-')) };
    await mkdir(path.join(checkout.folder, id));
    const words = part === undefined ? ['--reset', id] : [`--prefix=${part}/`, `${id}:${part}`];
    await this.#inCheckout(checkout, ['read-tree', '-u', ...words], signal);
    if (!(await this.#isSame(checkout, signal))) throw gitErrorOf('the checkout is not what the commit says');
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
    signal: AbortSignal | undefined,
  ): Promise<Fetched['replaced']> {
    if (before === undefined || before === id || wanted.kind === 'commit') return undefined;
    if (wanted.kind === 'tag') return 'tag';
    try {
      // A shallow clone cuts parents off, but the commit itself still names them.
      const content = await this.#inRepository(['cat-file', 'commit', id], signal);
      if (content.split('\n').includes(`parent ${before}`)) return undefined;
      await this.#fetchFrom(wanted, HISTORY, signal);
      const behind = await this.#inRepository(['rev-list', id], signal);
      return behind.split('\n').includes(before) ? undefined : 'history';
    } catch {
      return undefined;
    }
  }

  /** False also where a damaged clone leaves it open. */
  async #isIntact(checkout: Checkout, signal: AbortSignal | undefined): Promise<boolean> {
    return this.#isSame(checkout, signal).catch(() => false);
  }

  /** True when the files are those of the commit. */
  async #isSame(checkout: Checkout, signal: AbortSignal | undefined): Promise<boolean> {
    const words = ['ls-files', '--modified', '--deleted', '--others'];
    return (await this.#inCheckout(checkout, words, signal)) === '';
  }

  #inRepository(words: readonly string[], signal: AbortSignal | undefined): Promise<string> {
    return this.#git.run(words, { signal, env: { GIT_DIR: this.#repository } });
  }

  #inCheckout(
    { folder, id }: Checkout,
    words: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const env = {
      GIT_DIR: this.#repository,
      GIT_WORK_TREE: path.join(folder, id),
      GIT_INDEX_FILE: path.join(folder, 'index'),
    };
    return this.#git.run(words, { signal, env });
  }

  /** Removes the checkouts that are not in force, unless somebody may still read one. */
  async #tidy(): Promise<void> {
    if (this.#users > 0) return;
    const worktrees = path.join(this.#folder, 'worktrees');
    const keep = this.#current && path.basename(this.#current.folder);
    for (const name of await readdir(worktrees).catch(() => [])) {
      if (name !== keep)
        await rm(path.join(worktrees, name), { recursive: true, force: true }).catch(() => {});
    }
  }
}

function folderError(error: unknown, folder: string): GitError {
  const code = codeOf(error) ?? '';
  if (code === 'ENOSPC' || code === 'EDQUOT') return gitErrorOf(code);
  return new GitError('folder', `The folder of the clone, ${folder}, cannot be used: ${messageOf(error)}`);
}

async function exists(place: string): Promise<boolean> {
  return access(place).then(
    () => true,
    () => false,
  );
}
