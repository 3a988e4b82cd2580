import { listed } from '../../text/listed.js';
import type { Load, Position, Problem, Seen } from '../model/definition.js';
import { definitionsByKey } from '../model/definition-index.js';
import type { ObjectRecord, Records } from '../model/record.js';
import { unpairedKeys } from '../model/record-index.js';
import { type Reason, releaseReason } from '../model/remedy.js';

/** Why an object has no definition, where that is no removal. */
interface Loss {
  /** The file or folder that lost what it held, from the root; missing where the load itself reports a problem. */
  readonly path?: string;
  /** Its present state, as the end of a sentence; or the problem that the load reports. */
  readonly what: string;
  readonly remedy: string;
}

/**
 * The load with an error for each recorded file that lost what it held: emptied, no file any more, or gone together
 * with everything in the nearest folder that is left. The objects are in {@link Load.lost}; those that are defined
 * elsewhere are not concerned. Pure, and the same in every process: only records name the former file of an object.
 */
export function withRecordedFiles(load: Load, { objects }: Records): Load {
  const defined = definitionsByKey(load.definitions);
  const losses = new Map<string, { readonly loss: Loss; readonly records: ObjectRecord[] }>();
  const lost = new Map<string, Reason>();
  for (const key of unpairedKeys(defined, objects).records) {
    const record = objects.get(key);
    if (load.invalid.has(key) || record?.source?.root !== load.seen.root) continue;
    const loss = lossOf(record.source.path, load.seen);
    if (loss === undefined) continue;
    if (loss.path === undefined) lost.set(record.key, { reason: `${loss.what}; ${loss.remedy}` });
    else {
      const group = losses.get(loss.path) ?? { loss, records: [] };
      group.records.push(record);
      losses.set(loss.path, group);
    }
  }
  if (lost.size === 0 && losses.size === 0) return load;
  const problems: Problem[] = [];
  for (const [path, { loss, records }] of losses) {
    const names = listed(records.map(({ key }) => key).sort());
    const text = `${nameOf(path)} held ${names} and ${loss.what}: ${loss.remedy}`;
    problems.push({
      position: positionOf(path, load.seen),
      message: `${text}, or run 'c1sync state forget' for each.`,
    });
    for (const { key } of records) lost.set(key, releaseReason(`${text}, or `, key));
  }
  const hasNameless = load.hasNameless || losses.size > 0;
  return { ...load, lost, hasNameless, complete: false, problems: [...load.problems, ...problems] };
}

function lossOf(path: string, { folders, files, unread }: Seen): Loss | undefined {
  const above = foldersAbove(path);
  const hidden = [path, ...above].find((each) => unread.has(each));
  if (hidden !== undefined) {
    return { what: (unread.get(hidden) ?? '').replace(/\.$/, ''), remedy: 'correct the file' };
  }
  const state = files.get(path);
  if (state === 'filled') return undefined;
  if (state === 'empty') return { path, what: 'holds no definition now', remedy: 'fill it, remove the file' };
  if (folders.has(path))
    return { path, what: 'is a folder now', remedy: 'restore the file, remove the folder' };
  const nearest = above.find((each) => folders.has(each) || files.has(each)) ?? '';
  if (files.has(nearest)) {
    return { path: nearest, what: 'is no folder now', remedy: 'restore the folder, remove the file' };
  }
  if (folders.get(nearest) !== true) return undefined;
  const what = 'is empty now, as when its volume is not mounted';
  return {
    path: nearest,
    what,
    remedy: nearest === '' ? 'put any file in it' : 'put any file in it, remove the folder',
  };
}

/** The folders above a path, the nearest first, the root as `''` last. */
function foldersAbove(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return [...parts.map((_, index) => parts.slice(0, parts.length - index).join('/')), ''];
}

function nameOf(path: string): string {
  return path === '' ? 'The definitions directory' : path;
}

function positionOf(path: string, { shownRoot }: Seen): Position {
  const file = [shownRoot, path].filter((part) => part !== '').join('/');
  return { file: file === '' ? '.' : file, line: 1, column: 1 };
}
