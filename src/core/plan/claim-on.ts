import { type LiveObject, parentRef } from '../model/kind.js';
import { foldedText } from '../model/spelling.js';
import { type Match, parentIdOf } from '../observe/matching.js';
import type { Orphan } from '../observe/orphans.js';
import type { Desired } from '../observe/resolve.js';
import type { PlanInput } from './input.js';

/** Why another definition means an orphan, or may mean it; undefined where none does. Pure. */
export function claimOn(
  input: PlanInput,
  { record, ...orphan }: Orphan,
  live: LiveObject,
): string | undefined {
  const { desired, matches } = input;
  const owner = [...matches].find(([, match]) => match.type === 'found' && match.live.id === live.id);
  if (owner !== undefined) {
    return `${owner[0]} means the same object; run 'c1sync state forget ${record.key}' to leave it to that one`;
  }
  const namesake = [...desired].find(
    ([key, one]) =>
      isWithoutObject(matches.get(key)) &&
      one.kind === orphan.kind &&
      mayBeUnder(one, record.parentId, matches) &&
      asksForName(one, live),
  );
  if (namesake !== undefined) {
    return `${namesake[0]} asks for the name '${live.displayName}' and may mean this object; pin the right one there with metadata.id, or delete this one by hand`;
  }
  if ([...matches.values()].some(({ type }) => type === 'unread')) {
    return 'not every definition could be compared with the tenant, and one may mean this object; it is looked at again';
  }
  return undefined;
}

/** True for a definition that was looked at and has no object of its own. */
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

/** True where a definition asks for the name of an object in whatever spelling, as far as its own names could be resolved. */
function asksForName({ kind, definition, values }: Desired, live: LiveObject): boolean {
  return kind.naturalKey.every((path) => {
    const sugar = kind.fields.find((field) => field.path === path)?.sugar;
    const isUnresolved = sugar !== undefined && sugar.path in definition.spec;
    if (values[path] === undefined) return isUnresolved;
    return foldedText({ path: values[path] }) === foldedText({ path: live.values[path] });
  });
}
