import { openState } from '../compose.js';
import { TerminalError } from '../core/model/errors.js';
import type { FileRecordStore } from '../core/state/file-store.js';
import { holderOf, LockedError } from '../core/state/lock.js';
import { kinds } from '../kinds/index.js';
import { suggestion } from '../text/nearest.js';
import { parseTargets } from './args.js';
import { type CommonFlags, isTarget, settingsFor } from './common.js';
import { printResult } from './output.js';
import { renderRecords } from './render/records.js';

async function withStore<T>(
  flags: CommonFlags,
  mode: 'read' | 'write',
  work: (store: FileRecordStore) => Promise<T>,
): Promise<T> {
  const settings = await settingsFor(flags);
  const store = await openState(settings, mode, 'state').catch((error: unknown) => {
    throw error instanceof LockedError ? stopFirst(error) : error;
  });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** A running process would overwrite changes to its records. */
function stopFirst({ directory, owner }: LockedError): TerminalError {
  return new TerminalError(
    `the records in ${directory} are in use by ${holderOf(owner)}: stop that process, run this again, then start it again; 'c1sync state list' works meanwhile`,
  );
}

/** `c1sync state list`: every record. */
export async function list(flags: CommonFlags): Promise<void> {
  await withStore(flags, 'read', async (store) => {
    const { objects, intents } = store.records();
    const content = {
      directory: store.directory,
      objects: [...objects.values()],
      intents: [...intents.values()],
    };
    printResult(flags, content, () => renderRecords(content));
  });
}

/** `c1sync state forget`: deletes the record of an object, so that the next sweep treats the object as new. */
export async function forget(target: string, flags: CommonFlags): Promise<void> {
  const key = keyIn(target);
  await withStore(flags, 'write', async (store) => {
    requireKnown(store, key);
    await Promise.all([store.removeObject(key), store.removeIntent(key)]);
  });
  printResult(flags, { forgotten: key }, () => `Forgot ${key}.`);
}

/** `c1sync state move`: renames a record within its kind. */
export async function move(source: string, target: string, flags: CommonFlags): Promise<void> {
  const [from, to] = [keyIn(source), keyIn(target)];
  await withStore(flags, 'write', async (store) => {
    requireKnown(store, from);
    if (store.object(to) !== undefined)
      throw new TerminalError(`there is a record of ${to} already; forget it first`);
    if (from.split('/')[0] !== to.split('/')[0] || !/^[^/]+\/[^/]+$/.test(to)) {
      throw new TerminalError(`a record keeps its kind: give the new name as ${from.split('/')[0]}/<name>`);
    }
    await store.move(from, to);
  });
  printResult(flags, { moved: from, to }, () => `Moved ${from} to ${to}.`);
}

/** The key that a person means; a kind that is not known stays as it is, since a record of it may be left. */
function keyIn(target: string): string {
  return isTarget(target) ? (parseTargets([target], [], kinds).keys[0] ?? target) : target;
}

function requireKnown(store: FileRecordStore, key: string): void {
  if (store.object(key) !== undefined || store.intent(key) !== undefined) return;
  const known = [...store.records().objects.keys()];
  throw new TerminalError(`there is no record of ${key}.${suggestion(key, known)} See: c1sync state list`);
}
