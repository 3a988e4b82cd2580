import type { Delete } from './change.js';
import { AppearedError } from './errors.js';
import type { ObjectRef } from './kind.js';
import type { KindAccess, Performed } from './perform.js';
import type { RecordStore } from './record.js';

/** Deletes an object under which nothing lives: that would go with it. Throws an AppearedError where something does. */
export async function deleteAlone(
  access: KindAccess,
  { id, parentId }: ObjectRef,
  signal?: AbortSignal,
): Promise<void> {
  const [child] = await access.children(id, signal);
  if (child !== undefined) {
    throw new AppearedError(`it still holds '${child.displayName}'; delete or move what is under it first`);
  }
  await access.writer.delete(parentId === undefined ? { id } : { id, parentId }, signal);
}

/**
 * Deletes an object and forgets it. The record stays until the call is answered: what is gone by then is found to be
 * gone at the next look.
 */
export async function remove(
  access: KindAccess,
  store: RecordStore,
  change: Delete,
  signal?: AbortSignal,
): Promise<Performed> {
  await deleteAlone(access, change, signal);
  await store.removeObject(change.key);
  return { id: change.id, status: 'Gone', reason: 'it was deleted, because its definition is gone' };
}
