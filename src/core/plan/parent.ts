import { keyOf } from '../model/definition.js';
import { type Kind, type LiveObject, parentRef } from '../model/kind.js';
import { marksOf } from '../model/marks.js';
import { recordsById } from '../model/record-index.js';
import { parentIdOf } from '../observe/matching.js';
import type { Desired } from '../observe/resolve.js';
import type { PlanInput } from './input.js';
import type { ParentFacts } from './proposal.js';

/** The parent of an object, as its definition names it. `keysById`: definitions by the id of their object. */
export function parentOf(
  input: PlanInput,
  desired: Desired,
  keysById: ReadonlyMap<string, string>,
): ParentFacts | undefined {
  const ref = parentRef(desired.kind, desired.definition);
  const { path } = desired.kind.parent ?? { path: '' };
  const kind = input.kinds.find(({ name }) => name === desired.kind.parent?.kind);
  if (ref === undefined || kind === undefined) return undefined;
  if ('name' in ref) {
    return { type: 'defined', key: keyOf(kind.name, ref.name), id: parentIdOf(desired, input.matches) };
  }
  const { id } = ref;
  const key = keysById.get(id);
  if (key !== undefined) return { type: 'defined', key, id };
  const [live, error] = [input.statedParents.get(id), input.readErrors.get(id)];
  return { ...statedParent(input, kind, id, live), error, path };
}

/** The facts about a parent that is known by its id. `matched`: the definition that was matched with it. */
export function statedParent(
  { records, desired }: Pick<PlanInput, 'records' | 'desired'>,
  kind: Kind,
  id: string,
  live: LiveObject | undefined,
  matched?: string,
): Extract<ParentFacts, { type: 'stated' }> {
  const record = recordsById(records.objects).get(id);
  const marks = live && marksOf(kind, live);
  const key = matched ?? record?.key;
  return {
    type: 'stated',
    kind,
    id,
    live,
    marks,
    takeover: marks === undefined && record?.marked === true ? 'yield' : 'none',
    error: undefined,
    path: '',
    key,
    suspend: desired.get(key ?? '')?.definition.steering.suspend,
  };
}
