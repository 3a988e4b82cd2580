import path from 'node:path';
import type { FolderReader } from '../core/model/folder-reader.js';
import { commitOf } from './revision.js';

/** Replaces the name of a folder that is named by a commit and so changes with each one. */
const ANY_COMMIT = '(commit)';

/**
 * Identity of a source of definitions: the directory without links, except for links that stay in their own
 * folder or lead below it. Those are what git-sync and the kubelet swap for every revision, so their own name stands for
 * all that they lead to. A folder that is named by a commit counts as the same one after the next commit.
 * @throws Error when the directory cannot be read
 */
export async function directoryIdentity(directory: string, reader: FolderReader): Promise<string> {
  const { root } = path.parse(directory);
  let shown = root;
  let real = root;
  for (const part of directory.slice(root.length).split(path.sep).filter(Boolean)) {
    const next = await reader.realpath(path.join(shown, part));
    const isLink = next !== path.join(real, part);
    const isSwapped = isLink && next.startsWith(real.endsWith(path.sep) ? real : real + path.sep);
    shown = isLink && !isSwapped ? next : path.join(shown, part);
    real = next;
  }
  return shown
    .split(path.sep)
    .map((part) => (commitOf(part) === undefined ? part : ANY_COMMIT))
    .join(path.sep);
}

/** The same for a git repository: its address without credentials, and the path in it. */
export function gitIdentity(url: string, below = ''): string {
  const address = URL.canParse(url) ? withoutCredentials(new URL(url)) : url;
  const folder = path.posix.normalize(`/${below}/`).slice(1, -1);
  return folder === '' ? `git ${address}` : `git ${address} ${folder}`;
}

function withoutCredentials(url: URL): string {
  url.username = '';
  url.password = '';
  return url.href;
}
