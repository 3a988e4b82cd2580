import { differenceOf } from '../model/diff.js';
import type { Field, FieldChange, LiveObject } from '../model/kind.js';
import type { Match } from './matching.js';
import type { Desired } from './resolve.js';

/** A difference that no write can close: another parent, or another value of an immutable field. */
export interface ImmutableChange {
  readonly live: LiveObject;
  /** Its path is the one that the definition uses: `catalog`. */
  readonly field: FieldChange;
}

/** The first immutable difference between a definition and its live object; undefined where there is none. */
export function immutableChange(desired: Desired, match: Match | undefined): ImmutableChange | undefined {
  const { kind, definition, values } = desired;
  if (match?.type === 'moved') {
    const path = kind.parent?.path ?? '';
    return { live: match.live, field: { path, from: match.live.parentId, to: definition.spec[path] } };
  }
  if (match?.type !== 'found') return undefined;
  for (const field of kind.fields) {
    const { path, sugar } = field;
    const isIgnored = [path, sugar?.path].some((each) => definition.steering.ignore.includes(each ?? ''));
    if (field.immutable !== true || isIgnored || !(path in values)) continue;
    const [change] = changesOf(field, values[path], match.live);
    if (change === undefined) continue;
    const name = sugar !== undefined && sugar.path in definition.spec ? sugar.path : path;
    return { live: match.live, field: { ...change, path: name } };
  }
  return undefined;
}

/** True where an object has the immutable values that a definition asks for. */
export function hasImmutablesOf({ kind, values }: Desired, live: LiveObject): boolean {
  return kind.fields.every(
    (field) =>
      field.immutable !== true ||
      !(field.path in values) ||
      changesOf(field, values[field.path], live).length === 0,
  );
}

function changesOf(field: Field, declared: unknown, live: LiveObject): readonly FieldChange[] {
  const { changes } = differenceOf(field, {
    declared,
    live: live.values[field.path],
    desired: {},
    context: undefined,
    object: live,
    record: undefined,
    self: undefined,
    reassert: false,
    keyId: '',
    isOnlyOurs: false,
    keyedHash: () => '',
  });
  return changes;
}

/** The reason of an immutable difference, with the way to create a new object instead. */
export function immutableReason(
  { field: { path }, live }: ImmutableChange,
  { kind, definition }: Desired,
): string {
  const where = path === kind.parent?.path ? `: the object ${live.id} lives under ${live.parentId}` : '';
  const claims = [
    ...(definition.id === undefined ? [] : ['metadata.id']),
    ...(definition.steering.renamedFrom === undefined ? [] : ['c1sync/renamed-from']),
  ];
  const without = claims.length === 0 ? '' : `without ${claims.join(' and ')} `;
  return `spec.${path} cannot change in place${where}; revert it, or give the definition another metadata.name ${without}to create a new object: the old one is then orphaned, or pruned under the guards of deletion`;
}
