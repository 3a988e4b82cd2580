import { type LiveObject, parentRef } from '../model/kind.js';
import { type Reason, releaseReason } from '../model/remedy.js';
import { foldedText } from '../model/spelling.js';
import { statedId } from '../observe/keys-by-object.js';
import { liveOf, type Match, mayMean, parentIdOf } from '../observe/matching.js';
import type { Orphan } from '../observe/orphans.js';
import type { Desired } from '../observe/resolve.js';
import type { PlanInput } from './input.js';

/** Why another definition claims an orphan, or may claim it; undefined where none does. Pure. */
export function claimOn(
  input: PlanInput,
  { record, ...orphan }: Orphan,
  live: LiveObject,
): Reason | undefined {
  const { desired, matches } = input;
  const owner = [...desired].find(
    ([key, one]) =>
      liveOf(matches.get(key))?.id === live.id || statedId(one, input.records.objects) === record.id,
  );
  if (owner !== undefined) return releaseReason(`${owner[0]} claims the same object; `, record.key);
  const namesake = [...desired].find(
    ([key, one]) =>
      isWithoutObject(matches.get(key)) &&
      one.kind === orphan.kind &&
      (mayMean(matches.get(key)).includes(live.id) ||
        (mayBeUnder(one, record.parentId, matches) && hasNameOf(one, live))),
  );
  if (namesake !== undefined) {
    return {
      reason: `${namesake[0]} may claim this object, '${live.displayName}'; pin the right one there with metadata.id, or delete this one in the tenant`,
    };
  }
  if ([...matches.values()].some(({ type }) => type === 'unread')) {
    return {
      reason:
        'some definitions could not be compared with the tenant, and one of them may claim this object; nothing to do: c1sync tries again',
    };
  }
  return undefined;
}

/** True for a definition that was matched and has no object. */
function isWithoutObject(match: Match | undefined): boolean {
  return match !== undefined && match.type !== 'found';
}

/** True unless a definition certainly names another parent: one that is there under another id, or not there at all. */
function mayBeUnder(
  one: Desired,
  parentId: string | undefined,
  matches: ReadonlyMap<string, Match>,
): boolean {
  const named = parentIdOf(one, matches);
  const ref = parentRef(one.kind, one.definition);
  if (named !== undefined || ref === undefined || 'id' in ref) return named === parentId;
  const parent = matches.get(`${one.kind.parent?.kind}/${ref.name}`);
  return parent === undefined || parent.type === 'conflict' || parent.type === 'unread';
}

/** True where a definition has the name of an object in any spelling, as far as its own names could be resolved. */
function hasNameOf({ kind, definition, values }: Desired, live: LiveObject): boolean {
  return kind.naturalKey.every((path) => {
    const sugar = kind.fields.find((field) => field.path === path)?.sugar;
    const isUnresolved = sugar !== undefined && sugar.path in definition.spec;
    if (values[path] === undefined) return isUnresolved;
    return foldedText({ path: values[path] }) === foldedText({ path: live.values[path] });
  });
}
