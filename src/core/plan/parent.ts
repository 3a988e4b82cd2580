import { keyOf } from '../model/definition.js';
import { type Kind, type LiveObject, parentRef } from '../model/kind.js';
import { marksOf } from '../model/marks.js';
import { recordsOf } from '../model/record-index.js';
import type { KeysByObject } from '../observe/keys-by-object.js';
import { parentIdOf } from '../observe/matching.js';
import type { Desired } from '../observe/resolve.js';
import type { PlanInput } from './input.js';
import type { ParentFacts } from './proposal.js';

/** The parent of an object, as its definition names it. */
export function parentOf(input: PlanInput, desired: Desired, keys: KeysByObject): ParentFacts | undefined {
  const ref = parentRef(desired.kind, desired.definition);
  const { path } = desired.kind.parent ?? { path: '' };
  const kind = input.kinds.find(({ name }) => name === desired.kind.parent?.kind);
  if (ref === undefined || kind === undefined) return undefined;
  if ('name' in ref) {
    return { type: 'defined', key: keyOf(kind.name, ref.name), id: parentIdOf(desired, input.matches) };
  }
  const { id } = ref;
  const key = keys.having(id);
  if (key !== undefined) return { type: 'defined', key, id };
  const [live, error] = [input.statedParents.get(id), input.readErrors.get(id)];
  return { ...statedParent(input, kind, { id, live }, keys), error, path };
}

/** The facts about a parent that is known by its id. */
export function statedParent(
  { records, desired }: Pick<PlanInput, 'records' | 'desired'>,
  kind: Kind,
  { id, live }: { readonly id: string; readonly live: LiveObject | undefined },
  keys: KeysByObject,
): Extract<ParentFacts, { type: 'stated' }> {
  const marks = live && marksOf(kind, live);
  const wasMarked = recordsOf(records.objects, id).some(({ marked }) => marked);
  const around = keys.all(id);
  const suspensions = around.flatMap((key) => {
    const reason = desired.get(key)?.definition.steering.suspend;
    return reason === undefined ? [] : [{ key, reason }];
  });
  return {
    type: 'stated',
    kind,
    id,
    live,
    marks,
    takeover: marks === undefined && wasMarked ? 'yield' : 'none',
    error: undefined,
    path: '',
    key: around[0],
    suspended: suspensions[0],
  };
}
