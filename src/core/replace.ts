import type { Held, Replaced } from './change.js';
import { differenceOf } from './diff.js';
import type { LiveObject } from './kind.js';
import type { Match } from './match.js';
import type { PlanInput } from './plan.js';
import { statedParent } from './plan-parent.js';
import { recordWithId } from './record.js';
import { contextOf, type Desired } from './resolve.js';

/** An object that cannot become what its definition asks for. */
export interface Misfit {
  readonly live: LiveObject;
  /** The field that cannot change in place, as the definition names it: `catalog`. */
  readonly path: string;
}

/** What stands in the way of putting an object in line: another parent, or a field that cannot change in place. */
export function misfitOf(desired: Desired, match: Match | undefined): Misfit | undefined {
  const { kind, definition, values } = desired;
  if (match?.type === 'moved') return { live: match.live, path: kind.parent?.path ?? '' };
  if (match?.type !== 'found') return undefined;
  for (const field of kind.fields) {
    const { path, sugar } = field;
    const name = sugar !== undefined && sugar.path in definition.spec ? sugar.path : path;
    const isIgnored = [path, sugar?.path].some((each) => definition.steering.ignore.includes(each ?? ''));
    if (field.immutable !== true || isIgnored || !(path in values)) continue;
    if (differs(field, values[path], match.live)) return { live: match.live, path: name };
  }
  return undefined;
}

function differs(field: Desired['kind']['fields'][number], declared: unknown, live: LiveObject): boolean {
  const { changes } = differenceOf(field, {
    declared,
    live: live.values[field.path],
    context: undefined,
    object: live,
    record: undefined,
    self: undefined,
    reassert: false,
    keyedHash: () => '',
  });
  return changes.length > 0;
}

/** The object that can be put in line with a definition. */
export function liveToKeep(desired: Desired, match: Match | undefined): LiveObject | undefined {
  return match?.type === 'found' && misfitOf(desired, match) === undefined ? match.live : undefined;
}

/** What is deleted for a definition. */
export function replacedFor({ records }: PlanInput, { live, path }: Misfit): Replaced {
  const { id, parentId } = live;
  const parentKey = parentId === undefined ? undefined : recordWithId(records, parentId)?.key;
  return {
    id,
    ...(parentId === undefined ? {} : { parentId }),
    ...(parentKey === undefined ? {} : { parentKey }),
    path,
  };
}

/**
 * Why an object that cannot be put in line is not deleted either: nobody asked for it, it is not ours to delete, or it
 * is not certain that what is wanted instead can be made.
 */
export function replaceHold(input: PlanInput, desired: Desired, misfit: Misfit): Held | undefined {
  const { live, path } = misfit;
  const { definition } = desired;
  const { key, steering } = definition;
  const held = (reason: string): Held => ({ status: 'Held', reason });
  if (!steering.replace) return held(cannotChange(misfit, desired));
  if (definition.id !== undefined) {
    return held(
      `spec.${path} cannot change in place, and metadata.id pins the object that would be deleted; take metadata.id out once it is recorded`,
    );
  }
  if (input.records.objects.get(key)?.id !== live.id) {
    return held(
      `spec.${path} cannot change in place, and only an object that is recorded under this name is replaced; change spec.${path} back until it is`,
    );
  }
  return formerParentHold(input, desired, misfit) ?? unmakeable(input, desired);
}

function cannotChange({ live, path }: Misfit, { kind }: Desired): string {
  const where = path === kind.parent?.path ? `: the object ${live.id} lives under ${live.parentId}` : '';
  return `spec.${path} cannot change in place${where}; change it back, or set metadata.annotations c1sync/replace: "true" to have the object deleted and made anew`;
}

/** Whoever decides over the parent that an object leaves decides over its deletion. */
function formerParentHold(input: PlanInput, desired: Desired, { live, path }: Misfit): Held | undefined {
  const kind = input.kinds.find(({ name }) => name === desired.kind.parent?.kind);
  if (kind === undefined || live.parentId === undefined || path !== desired.kind.parent?.path)
    return undefined;
  const parent = statedParent(input, desired, kind, live.parentId);
  if ('status' in parent) return parent;
  if (parent.held === undefined) return undefined;
  const { status, reason } = parent.held;
  return { status, reason: `${parent.key} is left alone, and what is under it with it: ${reason}` };
}

/** Nothing is deleted for what the tenant may refuse to make. */
function unmakeable({ lookups }: PlanInput, { kind, values }: Desired): Held | undefined {
  for (const field of kind.fields) {
    if (field.context === undefined) continue;
    const { lookup, keyFrom } = field.context;
    const context = contextOf(field, (path) => values[path], lookups);
    if (context === undefined) {
      const noun = lookups.get(lookup)?.noun ?? lookup;
      return {
        status: 'Held',
        reason: `the tenant shows no ${noun} ${String(values[keyFrom])}, so nothing is deleted to make one; correct it, or delete the object by hand`,
      };
    }
    const [issue] = field.path in values ? (field.checkWith?.(values[field.path], context) ?? []) : [];
    if (issue === undefined) continue;
    return {
      status: 'Held',
      reason: `nothing is deleted for what cannot be made: spec.${issue.path}: ${issue.message}`,
    };
  }
  return undefined;
}
