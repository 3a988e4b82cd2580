import { existsSync } from 'node:fs';
import { mkdir, readFile, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { type Clock, delay, systemClock } from './clock.js';
import { codeOf, messageOf, TerminalError } from './errors.js';

/** Names a process among those that may share a folder. */
export interface Identity {
  readonly pid: number;
  readonly hostname: string;
}

/** Who holds a lock. */
export interface LockOwner extends Identity {
  /** What the process was started as: `run`, `apply`. */
  readonly command: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/** What taking a lock needs to know. */
export interface LockOptions extends Identity {
  readonly clock: Clock;
  /** Told to whoever finds the folder locked; `c1sync` when left out. */
  readonly command?: string;
}

/** A lock that is held. */
export interface Lock {
  /** Gives the lock back; calling it twice, or after the lock was lost, does nothing. */
  release(): Promise<void>;
  /** Calls `told` once when another process took the lock away, at once if that has happened already. */
  onLost(told: (reason: string) => void): void;
}

/** Another living process works on the folder. */
export class LockedError extends TerminalError {
  override readonly name = 'LockedError';
  readonly directory: string;
  /** Undefined while the other process has not yet said who it is. */
  readonly owner: LockOwner | undefined;

  constructor(directory: string, owner: LockOwner | undefined) {
    super(lockedMessage(directory, owner));
    this.directory = directory;
    this.owner = owner;
  }
}

/** Milliseconds without a sign of life after which a lock of a process that nobody can ask is taken over. */
const STALE_MS = 10_000;
/** Milliseconds between signs of life; also how long a loss can go unseen. */
const UPDATE_MS = 2_000;
/** The door is held for moments only: longer than this means that its holder was killed. */
const DOOR_STALE_MS = 2_000;
const DOOR_PAUSE_MS = 50;
const DOOR_ATTEMPTS = 100;
const OWNER_FILE = 'owner.json';

/** Folders locked by this very process, so that its own pid in an owner file can be told from that of a former life. */
const held = new Set<string>();

const ownerSchema = z.object({
  pid: z.number().int().positive(),
  hostname: z.string(),
  command: z.string(),
  since: z.number(),
});

/**
 * Locks `directory` (made when missing) for this process until `release` or its end.
 * Rejects with a {@link LockedError} while another living process holds it. What a killed process of this host
 * left behind is taken over at once; what one of another host left, 10 seconds after its last sign of life.
 */
export async function acquireLock(directory: string, options: LockOptions): Promise<Lock> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const root = await realpath(directory);
  // One at a time looks at the owner and acts on it. Otherwise two processes that both find a dead owner
  // could each take the lock, the second one from the first.
  return throughDoor(root, async () => {
    await clearAbandoned(root, options);
    const loss = new Loss();
    const unlock = await lockOrRefuse(root, loss);
    const owner: LockOwner = {
      pid: options.pid,
      hostname: options.hostname,
      command: options.command ?? 'c1sync',
      since: options.clock.now(),
    };
    try {
      await writeFileAtomic(join(root, OWNER_FILE), `${JSON.stringify(owner)}\n`, { mode: 0o600 });
    } catch (error) {
      await unlock();
      throw error;
    }
    held.add(root);
    loss.onLost(() => held.delete(root));
    return { release: () => release(root, owner, unlock, loss), onLost: (told) => loss.onLost(told) };
  });
}

async function throughDoor<T>(root: string, act: () => Promise<T>): Promise<T> {
  const leave = await openDoor(root, DOOR_ATTEMPTS);
  try {
    return await act();
  } finally {
    await leave().catch(() => {});
  }
}

async function openDoor(root: string, attempts: number): Promise<() => Promise<void>> {
  try {
    return await lock(join(root, 'door'), { realpath: false, stale: DOOR_STALE_MS, onCompromised: () => {} });
  } catch (error) {
    if (!isLocked(error)) throw error;
    if (attempts <= 1) throw new LockedError(root, await readOwner(root));
  }
  await delay(systemClock, DOOR_PAUSE_MS);
  return openDoor(root, attempts - 1);
}

async function lockOrRefuse(root: string, loss: Loss): Promise<() => Promise<void>> {
  try {
    return await lock(join(root, 'state'), {
      realpath: false,
      stale: STALE_MS,
      update: UPDATE_MS,
      onCompromised: (error) => loss.lose(lossReason(root, error)),
    });
  } catch (error) {
    throw isLocked(error) ? new LockedError(root, await readOwner(root)) : error;
  }
}

/** Removes the lock of an owner that is known to be gone. */
async function clearAbandoned(root: string, self: Identity): Promise<void> {
  if (held.has(root)) return;
  const owner = await readOwner(root);
  if (owner === undefined || owner.hostname !== self.hostname) return;
  // In a container every life of the process tends to have the same pid.
  if (owner.pid !== self.pid && isAlive(owner.pid)) return;
  await rm(join(root, 'state.lock'), { recursive: true, force: true });
}

async function release(
  root: string,
  owner: LockOwner,
  unlock: () => Promise<void>,
  loss: Loss,
): Promise<void> {
  if (!loss.close()) return;
  held.delete(root);
  await throughDoor(root, async () => {
    // After a long sleep the lock may be another's already without our having been told; leave it to that one.
    if (JSON.stringify(await readOwner(root)) !== JSON.stringify(owner)) return;
    await rm(join(root, OWNER_FILE), { force: true });
    await unlock();
  });
}

async function readOwner(root: string): Promise<LockOwner | undefined> {
  try {
    const parsed = ownerSchema.safeParse(JSON.parse(await readFile(join(root, OWNER_FILE), 'utf8')));
    return parsed.data;
  } catch {
    return undefined;
  }
}

function isLocked(error: unknown): boolean {
  return codeOf(error) === 'ELOCKED';
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, under another user.
    return codeOf(error) === 'EPERM';
  }
}

/** Who holds a lock, for people. */
export function holderOf(owner: LockOwner | undefined): string {
  if (owner === undefined) return 'another c1sync process';
  const { command, pid, hostname, since } = owner;
  return `c1sync ${command} (process ${pid} on ${hostname}, since ${new Date(since).toISOString()})`;
}

function lockedMessage(directory: string, owner: LockOwner | undefined): string {
  const who = holderOf(owner);
  const ask = owner?.command === 'run' ? "tell it to act, with 'c1sync reconcile', " : '';
  return (
    `the state in ${directory} is in use by ${who}: ${ask}stop it first, or look without writing, ` +
    'as c1sync plan does; if it is gone already, try again in 10 seconds'
  );
}

/** Why a lock is not ours any more, as far as the folder tells. */
function lossReason(root: string, error: Error): string {
  if (!existsSync(root)) {
    return `the folder ${root} is gone: put it on a volume that stays, and start again; what it remembered is found anew`;
  }
  if (!existsSync(join(root, 'state.lock'))) {
    return `the lock in ${root} was removed by hand: leave that folder to c1sync, and start again`;
  }
  return `another process took the lock in ${root}, which this one did not renew in time (${messageOf(error)}): see that only one runs`;
}

/** Tells once, early or late, that a lock was lost. */
class Loss {
  #reason: string | undefined;
  #closed = false;
  #listeners: ((reason: string) => void)[] = [];

  lose(reason: string): void {
    if (this.#closed || this.#reason !== undefined) return;
    this.#reason = reason;
    for (const told of this.#listeners) told(reason);
  }

  onLost(told: (reason: string) => void): void {
    if (this.#reason === undefined) this.#listeners.push(told);
    else told(this.#reason);
  }

  /** False when there is nothing to give back any more. */
  close(): boolean {
    if (this.#closed || this.#reason !== undefined) return false;
    this.#closed = true;
    return true;
  }
}
