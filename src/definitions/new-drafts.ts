import type { Kind } from '../core/model/kind.js';
import type { Draft } from './document.js';
import type { FolderContents, KnownFiles } from './read.js';

/**
 * The documents of files that were read again; undefined where more than values may have changed: an object came, went,
 * moved to another file, has another pinned id or parent, or something is wrong. `before`: the files as they were, in a
 * load without a problem.
 */
export function newDrafts(
  contents: FolderContents,
  before: KnownFiles,
  kinds: readonly Kind[],
): readonly Draft[] | undefined {
  if (contents.bad.length + contents.unusable.length + contents.empty.length > 0) return undefined;
  const drafts: Draft[] = [];
  for (const [file, { found }] of contents.known) {
    const last = before.get(file)?.found;
    if (last === found) continue;
    const former = new Map(last?.drafts.map((draft) => [draft.key, draft]));
    const keys = new Set(found.drafts.map(({ key }) => key));
    if (keys.size !== found.drafts.length || keys.size !== former.size) return undefined;
    if (!found.drafts.every((draft) => isLike(draft, former.get(draft.key), kinds))) return undefined;
    drafts.push(...found.drafts);
  }
  return drafts;
}

/** True for a document that other documents see as the former one. */
function isLike(draft: Draft, former: Draft | undefined, kinds: readonly Kind[]): boolean {
  const path = kinds.find(({ name }) => name === draft.kind)?.parent?.path;
  if (former === undefined || former.id !== draft.id) return false;
  return path === undefined || typeof draft.spec[path] !== 'string' || draft.spec[path] === former.spec[path];
}
