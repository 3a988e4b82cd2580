import { tenantUrl } from '../c1/url.js';
import { openState } from '../compose.js';
import { messageOf, TerminalError } from '../core/model/errors.js';
import type { FileRecordStore } from '../core/state/file-store.js';
import { holderOf, LockedError } from '../core/state/lock.js';
import { forgetRecord, moveRecord } from '../core/state/repair.js';
import type { DaemonView } from '../core/status/views.js';
import { kinds } from '../kinds/index.js';
import type { Settings } from '../settings/settings.js';
import { parseTargets } from './args.js';
import { type CommonFlags, isTarget, settingsFor } from './common.js';
import { type DaemonClient, type DaemonFlags, daemonOf } from './daemon-client.js';
import { printResult } from './output.js';
import { renderRecords } from './render/records.js';

/** `c1sync state list`: every record. */
export async function list(flags: CommonFlags): Promise<void> {
  const store = await openState(await settingsFor(flags), 'read', 'state');
  try {
    const { objects, intents } = store.records();
    const content = {
      directory: store.directory,
      objects: [...objects.values()],
      intents: [...intents.values()],
    };
    printResult(flags, content, () => renderRecords(content));
  } finally {
    await store.close();
  }
}

/** `c1sync state forget`: deletes the record of an object, so that the next sweep treats the object as new. */
export async function forget(target: string, flags: DaemonFlags): Promise<void> {
  const key = keyIn(target);
  await repair(
    flags,
    (store) => forgetRecord(store, key),
    (daemon) => daemon.post('forget', { key }),
  );
  printResult(flags, { forgotten: key }, () => `Forgot ${key}.`);
}

/** `c1sync state move`: renames a record within its kind. */
export async function move(source: string, target: string, flags: DaemonFlags): Promise<void> {
  const [from, to] = [keyIn(source), keyIn(target)];
  await repair(
    flags,
    (store) => moveRecord(store, from, to),
    (daemon) => daemon.post('move', { from, to }),
  );
  printResult(flags, { moved: from, to }, () => `Moved ${from} to ${to}.`);
}

/** Changes the records, through the daemon where one has them. */
async function repair(
  flags: DaemonFlags,
  work: (store: FileRecordStore) => Promise<void>,
  ask: (daemon: DaemonClient) => Promise<unknown>,
): Promise<void> {
  const settings = await settingsFor(flags);
  const store = await openState(settings, 'write', 'state').catch((error: unknown) => {
    if (error instanceof LockedError) return error;
    throw error;
  });
  if (!(store instanceof LockedError)) {
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  }
  if (store.owner?.command !== 'run') throw inUse(store, 'wait for its end and run this again');
  const daemon = await holderDaemon(flags, settings).catch((error: unknown) => {
    const stop = 'or stop that process, run this again, then start it again';
    throw inUse(store, `${messageOf(error)}; ${stop}`);
  });
  await ask(daemon);
}

/** The daemon of the settings. Throws a TerminalError for one that has other records. */
async function holderDaemon(flags: DaemonFlags, settings: Settings): Promise<DaemonClient> {
  const daemon = await daemonOf(flags);
  const { about } = await daemon.get<DaemonView>('status');
  const { tenant, workspace } = settings;
  // The address of an embedded tenant is known to its process alone.
  const host = tenant?.kind === 'remote' ? tenantUrl(tenant.url).host : about.tenant;
  if (about.workspace === workspace && about.tenant === host) return daemon;
  throw new TerminalError(
    `the daemon that answers works on ${about.tenant}, workspace ${about.workspace}: give the address of the right one with --server or server.url (C1SYNC_SERVER_URL)`,
  );
}

function inUse({ directory, owner }: LockedError, remedy: string): TerminalError {
  return new TerminalError(
    `the records in ${directory} are in use by ${holderOf(owner)}: ${remedy}; 'c1sync state list' works meanwhile`,
  );
}

/** The key that a person means; a kind that is not known stays as it is, since a record of it may be left. */
function keyIn(target: string): string {
  return isTarget(target) ? (parseTargets([target], [], kinds).keys[0] ?? target) : target;
}
