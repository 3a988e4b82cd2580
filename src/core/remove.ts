import type { Delete } from './change.js';
import { AppearedError, type KindAccess, type Performed } from './perform.js';
import type { RecordStore } from './record.js';

/**
 * Deletes an object and forgets it. Looks once more that nothing lives under it, because that would go with it.
 * The record stays until the call is answered: what is gone by then is found to be gone at the next look.
 */
export async function remove(
  access: KindAccess,
  store: RecordStore,
  change: Delete,
  signal?: AbortSignal,
): Promise<Performed> {
  const [child] = await access.children(change.id, signal);
  if (child !== undefined) {
    throw new AppearedError(`it still holds '${child.displayName}'; delete or move what is under it first`);
  }
  await access.writer.delete(change, signal);
  await store.removeObject(change.key);
  return { id: change.id, status: 'Gone', reason: 'it was deleted, because its definition is gone' };
}
