import type { Change } from '../model/change.js';
import type { RecordStore } from '../model/record.js';
import { awaitedKeys, knownParentId } from './order.js';

/** Where the ids of created objects are found. */
type Ids = Pick<RecordStore, 'object'>;

/** Values with ids in the place of the keys that a change awaits. */
export function withIds<T extends { readonly values: Readonly<Record<string, unknown>> }>(
  of: T,
  { awaits }: Change,
  store: Ids,
): T {
  if (awaits === undefined) return of;
  const withId = (item: unknown): unknown =>
    typeof item === 'string' && awaits.includes(item) ? idOf(item, store) : item;
  const values = Object.entries(of.values).map(([path, value]) => [
    path,
    Array.isArray(value) ? value.map(withId) : withId(value),
  ]);
  return { ...of, values: Object.fromEntries(values) };
}

/** The id of the parent of a change's object, which exists by now; undefined for a kind without a parent. */
export function parentIdOf(change: Change, store: Ids): string | undefined {
  const isAwaited = change.action === 'create' && change.parent !== undefined && 'key' in change.parent;
  return isAwaited ? idOf(change.parent.key, store) : knownParentId(change);
}

function idOf(key: string, store: Ids): string {
  const id = store.object(key)?.id;
  if (id === undefined) throw new Error(`${key} is not in the tenant yet; it has to be created first`);
  return id;
}

/** The identity of an attempt before it is made: the change, the object that it replaces, its parent and its references. */
export function attemptOf(change: Change, store: Ids): string {
  const replaced = change.action === 'create' ? store.object(change.key)?.id : undefined;
  const ids = [replaced, knownParentId(change), ...awaitedKeys(change).map((key) => store.object(key)?.id)];
  return [change.hash, ...ids.filter((id) => id !== undefined)].join('@');
}
