import type { Delete } from '../model/change.js';
import { AppearedError } from '../model/errors.js';
import type { KindWriter } from '../model/kind.js';
import type { RecordStore } from '../model/record.js';
import type { Ended, KindAccess } from './execution.js';

/**
 * Deletes an object without children, which would be deleted with it, and forgets it. The record stays until the answer:
 * after a lost answer the next observation finds the object gone. `isInForce` is asked right before the call: definitions
 * that have changed since the deletion was planned may name the object again, or claim it.
 * @throws AppearedError where the object has children, or the definitions have changed
 */
export async function remove(
  {
    children,
    writer,
  }: { readonly children: KindAccess['children']; readonly writer: Pick<KindWriter, 'delete'> },
  store: Pick<RecordStore, 'removeObject'>,
  { key, id, parentId }: Pick<Delete, 'key' | 'id' | 'parentId'>,
  isInForce: () => boolean,
  signal?: AbortSignal,
): Promise<Ended> {
  const [child] = await children(id, signal);
  if (child !== undefined) {
    throw new AppearedError(`it still holds '${child.displayName}'; delete or move what is under it first`);
  }
  if (!isInForce()) {
    throw new AppearedError(
      'the definitions have changed meanwhile, so nothing is deleted; c1sync plans again',
    );
  }
  await writer.delete(parentId === undefined ? { id } : { id, parentId }, signal);
  await store.removeObject(key);
  return { id, status: 'Gone', reason: 'it was deleted, because its definition is gone' };
}
