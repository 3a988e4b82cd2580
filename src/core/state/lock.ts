import { type Clock, delay } from '../model/clock.js';
import { codeOf, messageOf, TerminalError } from '../model/errors.js';
import { type Random, uuid } from '../model/random.js';
import type { Disk } from './disk.js';
import { isFree, LockFiles, type LockOwner, type LockState, lockText, ownerOf } from './lock-files.js';
import type { Processes } from './processes.js';

export type { LockOwner } from './lock-files.js';

/** The options of {@link acquireLock}. */
export interface LockOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly processes: Processes;
  /** Shown to a process that finds the folder locked; `c1sync` by default. */
  readonly command?: string | undefined;
  /** How long to wait for a holder that lives, milliseconds; not at all when left out. */
  readonly waitMs?: number | undefined;
  /** Called once when a holder is waited for. */
  readonly onWait?: ((owner: LockOwner | undefined) => void) | undefined;
  /** Ends the waiting, with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** The right to write while no other process may hold the lock. */
export interface Lease {
  /**
   * True while no other process can have taken the lock. Costs nothing: to be asked in the same turn as the act. False
   * after a pause of this process, until `renew` has checked.
   */
  stillHeld(): boolean;
  /** Checks that the lock is still ours. Rejects when it is not, or when that cannot be known. */
  renew(): Promise<void>;
}

/** A lock that is held. */
export interface Lock extends Lease {
  /** Releases the lock; calling it twice, or after the lock was lost, does nothing. */
  release(): Promise<void>;
  /** Calls the listener once when the lock was lost, at once if it is lost already. */
  onLost(listener: (reason: string) => void): void;
}

/** Another living process works on the folder. */
export class LockedError extends TerminalError {
  override readonly name = 'LockedError';
  readonly directory: string;
  /** Undefined where the lock names no owner. */
  readonly owner: LockOwner | undefined;

  constructor(directory: string, owner: LockOwner | undefined) {
    super(lockedMessage(directory, owner));
    this.directory = directory;
    this.owner = owner;
  }
}

/** Milliseconds without a changed heartbeat after which the lock of an invisible process is taken over. */
const STALE_MS = 10_000;
/** Milliseconds between heartbeats; also how long a loss can go unseen. */
const BEAT_MS = 2_000;
/** Milliseconds from a heartbeat for which no other process can have the lock. Below {@link STALE_MS}: two clocks differ. */
const LEASE_MS = 8_000;
/** Milliseconds between two checks of the lock of another process. */
const LOOK_MS = 500;

/**
 * Locks `directory` (created when missing) for this process until `release` or its end.
 * Rejects with a {@link LockedError} while another process holds it, `waitMs` later if given. The lock of a process of
 * this namespace lasts exactly as long as that process; any other one is taken over 10 seconds after its last heartbeat,
 * by the waiter's own monotonic clock, and refused at its first.
 */
export async function acquireLock(directory: string, options: LockOptions): Promise<Lock> {
  const root = await options.disk.folder(directory);
  const files = new LockFiles(root, options.disk);
  const begun = options.clock.monotonic();
  const watch = new Watch(options);
  for (;;) {
    const found = await files.newest();
    const verdict = watch.judge(found);
    if (verdict !== 'living' && verdict !== 'silent') {
      const lock = await take(files, found, verdict, options);
      if (lock !== undefined) return lock;
      continue;
    }
    const waited = options.clock.monotonic() - begun;
    const isOver = options.waitMs === undefined ? verdict === 'living' : waited >= options.waitMs;
    if (isOver) throw new LockedError(root, ownerOf(found));
    watch.waits(found);
    await delay(options.clock, LOOK_MS, options.signal);
  }
}

/** `free` and `dead`: to be taken at once. `stale`: silent for too long. `silent`: not yet. */
type Verdict = 'free' | 'dead' | 'stale' | 'silent' | 'living';

/** Follows the lock of another process. */
class Watch {
  readonly #options: LockOptions;
  #last: { readonly state: LockState; readonly since: number } | undefined;
  #hasWaited = false;

  constructor(options: LockOptions) {
    this.#options = options;
  }

  judge(found: LockState): Verdict {
    if (isFree(found)) return 'free';
    const { clock, processes } = this.#options;
    const owner = ownerOf(found);
    const { boot, namespace } = processes.self;
    if (owner !== undefined && owner.boot === boot && owner.namespace === namespace) {
      return processes.lives(owner) ? 'living' : 'dead';
    }
    const last = this.#last;
    const now = clock.monotonic();
    const isSame = last?.state.number === found.number && last.state.text === found.text;
    if (last !== undefined && isSame && last.state.beat === found.beat) {
      return now - last.since >= STALE_MS ? 'stale' : 'silent';
    }
    this.#last = { state: found, since: now };
    return isSame ? 'living' : 'silent';
  }

  waits(found: LockState): void {
    if (!this.#hasWaited) this.#options.onWait?.(ownerOf(found));
    this.#hasWaited = true;
  }
}

/** Takes the lock after `found`; undefined when another process was faster. */
async function take(
  files: LockFiles,
  found: LockState,
  verdict: Verdict,
  options: LockOptions,
): Promise<Lock | undefined> {
  const { clock, processes, random, command = 'c1sync' } = options;
  const number = found.number + 1;
  const text = lockText({ ...processes.self, command, since: clock.now() }, uuid(random));
  if (!(await files.create(number, text))) return undefined;
  const lock = new HeldLock(files, number, text, clock);
  try {
    await lock.begin();
    if (verdict === 'stale' && (await files.beatOf(found.number)) !== found.beat) {
      // The holder resumed just before our file was there. It sees that file at its next heartbeat, and acts no longer
      // than its lease lasts.
      await delay(clock, STALE_MS);
      await lock.renew();
    }
    await files.clear(number);
    return lock;
  } catch (error) {
    await lock.release().catch(() => {});
    throw error;
  }
}

class HeldLock implements Lock {
  readonly #files: LockFiles;
  readonly #number: number;
  readonly #text: string;
  readonly #clock: Clock;
  #count = 0;
  /** Monotonic time at which the last heartbeat that counts was begun. */
  #renewedAt = Number.NEGATIVE_INFINITY;
  #renewing: Promise<void> | undefined;
  #lost: string | undefined;
  #isReleased = false;
  #listeners: ((reason: string) => void)[] = [];

  constructor(files: LockFiles, number: number, text: string, clock: Clock) {
    this.#files = files;
    this.#number = number;
    this.#text = text;
    this.#clock = clock;
  }

  /** The first heartbeat, and one after the other from then on. */
  async begin(): Promise<void> {
    await this.#files.firstBeat(this.#number);
    this.#next();
    await this.renew();
  }

  stillHeld(): boolean {
    if (this.#lost !== undefined || this.#isReleased) return false;
    return this.#clock.monotonic() - this.#renewedAt < LEASE_MS;
  }

  renew(): Promise<void> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  onLost(listener: (reason: string) => void): void {
    if (this.#lost === undefined) this.#listeners.push(listener);
    else listener(this.#lost);
  }

  async release(): Promise<void> {
    if (this.#isReleased || this.#lost !== undefined) return;
    await this.#renewing?.catch(() => {});
    this.#isReleased = true;
    // After a long pause the lock may be another's, or the folder gone, without our having seen it.
    if ((await this.#files.text(this.#number)) !== this.#text) return;
    await this.#files.free(this.#number);
  }

  #next(): void {
    this.#clock.after(
      BEAT_MS,
      () => {
        if (this.#lost !== undefined || this.#isReleased) return;
        // The next heartbeat, or the next user of the lease, makes up for a failed one.
        void this.renew()
          .catch(() => {})
          .then(() => this.#next());
      },
      { detached: true },
    );
  }

  /** The heartbeat comes before the check: a process that takes the lock does the reverse, so that one sees the other. */
  async #renew(): Promise<void> {
    if (this.#lost !== undefined || this.#isReleased) throw this.#notHeld();
    const begun = this.#clock.monotonic();
    const reason = await this.#beat();
    if (reason === undefined) this.#renewedAt = begun;
    else {
      this.#lose(reason);
      throw this.#notHeld();
    }
  }

  /** Why the lock is not ours any more. */
  async #beat(): Promise<string | undefined> {
    const { root } = this.#files;
    try {
      const isBeating = await this.#files.nextBeat(this.#number, this.#count);
      if (isBeating) this.#count += 1;
      const newest = await this.#files.newest();
      if (newest.number > this.#number) {
        return `another process took the lock in ${root}, which this one did not renew in time: run only one process`;
      }
      if (isBeating && newest.text === this.#text) return undefined;
      // The folder may have gone since the lock files in it were listed, and a file of the history creates it again.
      if ((await this.#files.beatOf(this.#number)) === undefined) return goneReason(root);
      return `the lock in ${root} was removed by hand: leave that folder to c1sync, and start again`;
    } catch (error) {
      if (codeOf(error) !== 'ENOENT')
        throw new Error(`cannot renew the lock in ${root}: ${messageOf(error)}`);
      return goneReason(root);
    }
  }

  #lose(reason: string): void {
    this.#lost = reason;
    for (const listener of this.#listeners) listener(reason);
  }

  #notHeld(): TerminalError {
    return new TerminalError(`the lock is not held: ${this.#lost ?? 'it was released'}`);
  }
}

function goneReason(root: string): string {
  return `the folder ${root} is gone: put it on a volume that stays, and start again; a recovery finds the managed objects again`;
}

/** The owner of a lock, for people. */
export function holderOf(owner: LockOwner | undefined): string {
  if (owner === undefined) return 'another c1sync process';
  const { command, pid, hostname, since } = owner;
  return `c1sync ${command} (process ${pid} on ${hostname}, since ${new Date(since).toISOString()})`;
}

function lockedMessage(directory: string, owner: LockOwner | undefined): string {
  const who = holderOf(owner);
  const ask = owner?.command === 'run' ? "trigger it with 'c1sync reconcile', " : '';
  return `the state in ${directory} is in use by ${who}: ${ask}stop it first, or only read, as c1sync plan does`;
}
