import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { GitCommand } from './git-command.js';
import { GitError } from './git-error.js';
import type { WantedCommit } from './git-ref.js';

/** Factor of the time limit of a fetch. */
const FETCH_PATIENCE = 10;
/** Number of commits in which a previous one is searched for. */
const HISTORY = 100;
/** Characters of an author. Every line of the log that names a revision holds one. */
const LONGEST_AUTHOR = 200;
const FETCHED = 'refs/c1sync/fetched';
/** Files come as they are in the commit: nothing is converted, and no filter such as that of Git LFS is started. */
const ATTRIBUTES = '* -text -filter -ident -working-tree-encoding\n';

/** The commits that were fetched, without history and without files. Every method may throw a `GitError`. */
export class GitRepository {
  readonly #git: GitCommand;
  readonly #place: string;

  /** `place`: the folder of the repository, which the first fetch creates. */
  constructor(git: GitCommand, place: string) {
    this.#git = git;
    this.#place = place;
  }

  /** Fetches a commit, without those before it. Gives its hash. */
  async fetch(wanted: WantedCommit): Promise<string> {
    await this.#make(wanted.id);
    await this.#fetch(wanted, 1);
    const id = await this.run(['rev-parse', '--verify', `${FETCHED}^{commit}`]);
    if (id === wanted.id) return id;
    throw new GitError('commit', `${wanted.id} is not the hash of a commit: set source.git.ref to ${id}`);
  }

  /** The author of a commit: `Name <address>` without secrets, shortened to the limit. */
  async authorOf(id: string): Promise<string> {
    const author = await this.run(['log', '-1', '--format=%an <%ae>', id]);
    return this.#git
      .hide(author)
      .replace(/\p{Cc}/gu, ' ')
      .slice(0, LONGEST_AUTHOR);
  }

  /** Whether a commit has a folder of this path; neither a link to one nor a submodule counts. */
  async hasFolder(id: string, part: string): Promise<boolean> {
    return (await this.run(['ls-tree', '-d', id, '--', part])).startsWith('040000 tree');
  }

  /** Whether a commit is behind another one, within the last 100. Fetches from the server where the clone does not show it. */
  async isBehind(before: string, id: string, wanted: WantedCommit): Promise<boolean> {
    // Earlier commits were not fetched, but the commit itself names its parents.
    const content = await this.run(['cat-file', 'commit', id]);
    if (content.split('\n').includes(`parent ${before}`)) return true;
    return (await this.before(id, wanted)).includes(before);
  }

  /** The commits before another one, within the last 100. Fetches from the server. */
  async before(id: string, wanted: WantedCommit): Promise<readonly string[]> {
    await this.#fetch(wanted, HISTORY);
    return (await this.run(['rev-list', id])).split('\n').slice(1);
  }

  /** Removes objects that no commit in use needs, once there are many. */
  async tidy(): Promise<void> {
    await this.run(['gc', '--auto', '--quiet']);
  }

  /** Deletes the repository; the next fetch recreates it. */
  async remove(): Promise<void> {
    await rm(this.#place, { recursive: true, force: true });
  }

  /** Runs git on this repository. */
  run(
    args: readonly string[],

    env: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    return this.#git.run(args, { env: { GIT_DIR: this.#place, ...env } });
  }

  async #make({ length }: string): Promise<void> {
    const attributes = path.join(this.#place, 'info', 'attributes');
    // It is written last, so a repository without it was never finished.
    if (existsSync(attributes)) return;
    await this.remove();
    const format = length === 64 ? 'sha256' : 'sha1';
    await this.#git.run(['init', '--quiet', '--bare', `--object-format=${format}`, this.#place]);
    await mkdir(path.dirname(attributes), { recursive: true });
    await writeFile(attributes, ATTRIBUTES);
  }

  async #fetch({ object }: WantedCommit, depth: number): Promise<void> {
    const flags = ['--quiet', '--force', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance'];
    const args = ['fetch', ...flags, '--no-recurse-submodules', `--depth=${depth}`];
    const env = { GIT_DIR: this.#place };
    await this.#git.run([...args, this.#git.url, `+${object}:${FETCHED}`], {
      env,
      patience: FETCH_PATIENCE,
    });
  }
}
