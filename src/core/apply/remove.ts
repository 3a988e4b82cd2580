import type { Delete } from '../model/change.js';
import { AppearedError } from '../model/errors.js';
import type { KindWriter } from '../model/kind.js';
import type { RecordStore } from '../model/record.js';
import type { Ended, KindAccess } from './execution.js';

/**
 * Deletes an object without children, which would be deleted with it, and forgets it. The record stays until the answer:
 * after a lost answer the next observation finds the object gone. `definitions` is asked right before the call, since a
 * definition may come back meanwhile.
 * @throws AppearedError where the object has children, or a definition names it again
 */
export async function remove(
  {
    children,
    writer,
  }: { readonly children: KindAccess['children']; readonly writer: Pick<KindWriter, 'delete'> },
  store: Pick<RecordStore, 'removeObject'>,
  { key, id, parentId }: Pick<Delete, 'key' | 'id' | 'parentId'>,
  definitions: { readonly defines: (key: string) => boolean },
  signal?: AbortSignal,
): Promise<Ended> {
  const [child] = await children(id, signal);
  if (child !== undefined) {
    throw new AppearedError(`it still holds '${child.displayName}'; delete or move what is under it first`);
  }
  if (definitions.defines(key)) throw new AppearedError('its definition is back; nothing is deleted');
  await writer.delete(parentId === undefined ? { id } : { id, parentId }, signal);
  await store.removeObject(key);
  return { id, status: 'Gone', reason: 'it was deleted, because its definition is gone' };
}
