import { suggestion } from '../../text/nearest.js';
import { partsOf } from '../model/definition.js';
import { TerminalError } from '../model/errors.js';
import type { RecordStore } from '../model/record.js';

/**
 * Deletes the record and the unconfirmed create of an object: the next sweep treats it as new.
 * @throws TerminalError where there are none
 */
export async function forgetRecord(store: RecordStore, key: string): Promise<void> {
  requireKnown(store, key);
  await Promise.all([store.removeObject(key), store.removeIntent(key)]);
}

/**
 * Renames a record within its kind.
 * @throws TerminalError where there is none, for another kind, and for a name that has a record or an unconfirmed create
 */
export async function moveRecord(store: RecordStore, from: string, to: string): Promise<void> {
  requireKnown(store, from);
  if (store.object(to) !== undefined)
    throw new TerminalError(`there is a record of ${to} already; forget it first`);
  const { kind } = partsOf(from);
  if (partsOf(to).kind !== kind || !/^[^/]+\/[^/]+$/.test(to))
    throw new TerminalError(`a record keeps its kind: give the new name as ${kind}/<name>`);
  if (store.intent(to) !== undefined)
    throw new TerminalError(`there is an unconfirmed create of ${to}; forget it first`);
  await store.move(from, to);
}

function requireKnown(store: RecordStore, key: string): void {
  if (store.object(key) !== undefined || store.intent(key) !== undefined) return;
  const known = [...store.records().objects.keys()];
  throw new TerminalError(`there is no record of ${key}.${suggestion(key, known)} See: c1sync state list`);
}
