import { type Clock, systemClock } from '../model/clock.js';
import { TerminalError } from '../model/errors.js';
import { type Random, systemRandom } from '../model/random.js';
import { type Disk, nodeDisk } from './disk.js';
import { type FileRecordStore, FileStore } from './file-store.js';
import { readOrCreateHashKey } from './hash-key.js';
import { acquireLock, type Lock, type LockOptions } from './lock.js';
import { type Processes, systemProcesses } from './processes.js';
import { openRecords, removeLeftovers } from './record-file.js';
import { unusable } from './record-format.js';
import type { Present } from './record-times.js';

/** How a folder of records is opened. */
export interface StoreOptions {
  /** The state folder; created when missing. */
  readonly directory: string;
  /** Key of the keyed hashes, in place of the file `hash.key`. */
  readonly hashKey?: string | undefined;
  /** `write` takes the folder's lock and may change records; `read` gives the present content. */
  readonly mode: 'write' | 'read';
  /** The one that the times in the records are of; that of the machine if left out. */
  readonly clock?: Clock;
  readonly disk?: Disk | undefined;
  readonly random?: Random;
  readonly processes?: Processes | undefined;
  /** The command of the process, shown to a process that finds the folder locked: `run`, `apply`. */
  readonly command?: string;
  /** How long to wait for another holder of the lock that lives; see {@link LockOptions}. */
  readonly waitMs?: number | undefined;
  readonly onWait?: LockOptions['onWait'];
  /** Ends the waiting for the lock, with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens the records kept in a folder.
 * Rejects with a LockedError when `mode` is `write` and another process holds the folder, and with a
 * TerminalError with the file and the remedy when the folder or a file in it cannot be used.
 */
export async function openStore(options: StoreOptions): Promise<FileRecordStore> {
  const { directory, disk = nodeDisk } = options;
  if (options.mode === 'read') {
    const key = await readingKey(options);
    return new FileStore({
      directory,
      key,
      ...(await openRecords(directory, disk, presentOf(options), () => false)),
      lock: undefined,
    });
  }
  const lock = await takeLock(options);
  try {
    const key = await hashKeyFor(options);
    await removeLeftovers(directory, disk);
    const opened = await openRecords(directory, disk, presentOf(options), () => lock.stillHeld());
    const store = new FileStore({ directory, key, ...opened, lock });
    await store.upgrade();
    return store;
  } catch (error) {
    await lock.release();
    throw error instanceof TerminalError ? error : unusable(directory, error);
  }
}

/** Without a boot id two runs of the machine cannot be distinguished. */
function presentOf({ clock = systemClock, processes = systemProcesses() }: StoreOptions): Present {
  const { boot, hostname } = processes.self;
  const now = clock.now();
  return { ...(boot === hostname ? {} : { boot }), epoch: Math.round(now - clock.monotonic()), now };
}

async function takeLock(options: StoreOptions): Promise<Lock> {
  const { directory, clock = systemClock, disk = nodeDisk, random = systemRandom } = options;
  const { command, waitMs, onWait, signal, processes = systemProcesses() } = options;
  try {
    return await acquireLock(directory, {
      clock,
      disk,
      random,
      processes,
      command,
      waitMs,
      onWait,
      signal,
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof TerminalError ? error : unusable(directory, error);
  }
}

/** A key for a process that may not be allowed to create one. */
async function readingKey(options: StoreOptions): Promise<Buffer | undefined> {
  try {
    return await hashKeyFor(options);
  } catch (error) {
    if (error instanceof TerminalError) throw error;
    return undefined;
  }
}

async function hashKeyFor(options: StoreOptions): Promise<Buffer> {
  const { directory, hashKey, disk = nodeDisk, random = systemRandom } = options;
  if (hashKey !== undefined) return Buffer.from(hashKey, 'utf8');
  await disk.folder(directory);
  return await readOrCreateHashKey(directory, disk, random);
}
