import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { TerminalError } from '../../src/core/errors.js';
import { acquireLock, type Lock, LockedError, type LockOptions } from '../../src/core/lock.js';
import { type Compiled, compile } from '../support/compiled.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { until } from '../support/wait.js';

const clock = new VirtualClock(Date.parse('2026-01-01T00:00:00Z'));
const self: LockOptions = { pid: process.pid, hostname: hostname(), clock, command: 'apply' };
/** Far below the 10 seconds after which an abandoned lock is stale, far above what taking one needs. */
const AT_ONCE_MS = 5_000;

let holder: Compiled;
let directory: string;
let children: ChildProcess[];
let locks: Lock[];

beforeAll(async () => {
  holder = await compile(join(import.meta.dirname, 'lock-holder.ts'));
});

afterAll(() => holder.remove());

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'c1sync-lock-'));
  children = [];
  locks = [];
});

afterEach(async () => {
  for (const lock of locks) await lock.release();
  for (const child of children) await kill(child);
  await rm(directory, { recursive: true, force: true });
});

async function acquire(options: LockOptions = self): Promise<Lock> {
  const lock = await acquireLock(directory, options);
  locks.push(lock);
  return lock;
}

/** Starts a process that tries for the lock; gives it with the first line it says. */
async function start(host?: string): Promise<{ child: ChildProcess; said: string; lines: string[] }> {
  const child = spawn(process.execPath, [holder.script, directory, ...(host === undefined ? [] : [host])], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines: string[] = [];
  if (child.stdout === null) throw new Error('no stdout');
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const said = await until(() => lines[0], 'the child says how it fares');
  return { child, said, lines };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

describe('acquireLock', () => {
  it('refuses while another process holds the folder, and says who and what to do', async () => {
    const { child, said } = await start();
    expect(said).toBe('held');
    const failure = await acquire().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(LockedError);
    expect(failure).toBeInstanceOf(TerminalError);
    const { owner, message } = failure as LockedError;
    expect(owner).toMatchObject({ pid: child.pid, hostname: hostname(), command: 'run' });
    expect(owner?.since).toBeGreaterThan(0);
    expect(message).toContain(`c1sync run (process ${child.pid} on ${hostname()}, since 20`);
    expect(message).toContain('stop it first');
  });

  it('refuses a second time in the same process', async () => {
    const lock = await acquire();
    await expect(acquire()).rejects.toThrow(LockedError);
    await lock.release();
    await acquire();
  });

  it('is free as soon as the other one lets go', async () => {
    const { child, lines } = await start();
    child.stdin?.write('go\n');
    await until(() => lines.includes('released'), 'the child lets go');
    await acquire();
  });

  it('takes over at once from a process that was killed', async () => {
    const { child } = await start();
    await kill(child);
    expect(existsSync(join(directory, 'state.lock'))).toBe(true);
    const before = Date.now();
    await acquire();
    expect(Date.now() - before).toBeLessThan(AT_ONCE_MS);
  });

  it('takes over at once from a former life with the same pid', async () => {
    const { child } = await start();
    await kill(child);
    await writeOwner({ pid: process.pid, hostname: hostname() });
    const before = Date.now();
    await acquire();
    expect(Date.now() - before).toBeLessThan(AT_ONCE_MS);
  });

  it('lets only one of many take over', async () => {
    const { child } = await start();
    await kill(child);
    const said = (await Promise.all(Array.from({ length: 4 }, () => start()))).map((one) => one.said);
    expect(said.sort()).toEqual(['LockedError', 'LockedError', 'LockedError', 'held']);
  });

  it('waits for the stale time of a process on another host, whose life it cannot look at', async () => {
    const { child } = await start('another-host');
    await kill(child);
    await expect(acquire()).rejects.toThrow(/on another-host, .* try again in 10 seconds/);
    const elevenSecondsAgo = Date.now() / 1000 - 11;
    await utimes(join(directory, 'state.lock'), elevenSecondsAgo, elevenSecondsAgo);
    await acquire();
  });

  it('refuses, without a name, while the holder has not said who it is', async () => {
    await mkdir(join(directory, 'state.lock'));
    await writeFile(join(directory, 'owner.json'), '{"pid":');
    const failure = await acquire().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(LockedError);
    expect(failure).toMatchObject({ owner: undefined, message: expect.stringContaining('another c1sync') });
  });

  it('writes down who holds it, and takes that away again', async () => {
    const lock = await acquire();
    expect(JSON.parse(await readFile(join(directory, 'owner.json'), 'utf8'))).toEqual({
      pid: process.pid,
      hostname: hostname(),
      command: 'apply',
      since: clock.now(),
    });
    await lock.release();
    await lock.release();
    expect(existsSync(join(directory, 'owner.json'))).toBe(false);
    expect(existsSync(join(directory, 'state.lock'))).toBe(false);
  });

  it('makes a missing folder, for its user only', async () => {
    directory = join(directory, 'a', 'b');
    await acquire();
    expect(existsSync(directory)).toBe(true);
  });

  it('tells of a lost lock, late askers too, and then leaves the lock to the one that has it', async () => {
    const lock = await acquire();
    const early = vi.fn();
    lock.onLost(early);
    await rm(join(directory, 'state.lock'), { recursive: true });
    const { said } = await start();
    expect(said).toBe('held');
    await until(() => early.mock.calls.length > 0, 'the loss is told');
    const late = vi.fn();
    lock.onLost(late);
    await lock.release();
    expect(early).toHaveBeenCalledTimes(1);
    expect(late).toHaveBeenCalledWith(expect.stringMatching(/^another process took the lock in/));
    expect(existsSync(join(directory, 'state.lock'))).toBe(true);
  });

  it.each([
    ['', /^the folder \S+ is gone: put it on a volume that stays/],
    ['state.lock', /^the lock in \S+ was removed by hand: leave that folder to c1sync/],
  ])('says what became of it when "%s" of the folder is removed', async (removed, reason) => {
    const lock = await acquire();
    const told = vi.fn();
    lock.onLost(told);
    await rm(join(directory, removed), { recursive: true });
    await until(() => told.mock.calls.length > 0, 'the loss is told');
    expect(told).toHaveBeenCalledWith(expect.stringMatching(reason));
  });

  it('leaves the lock to the one that has it, though the loss was not told yet', async () => {
    const lock = await acquire();
    await rm(join(directory, 'state.lock'), { recursive: true });
    const { child } = await start();
    await lock.release();
    expect(JSON.parse(await readFile(join(directory, 'owner.json'), 'utf8'))).toMatchObject({
      pid: child.pid,
    });
    expect(existsSync(join(directory, 'state.lock'))).toBe(true);
  });
});

async function writeOwner(who: { pid: number; hostname: string }): Promise<void> {
  await writeFile(join(directory, 'owner.json'), JSON.stringify({ ...who, command: 'run', since: 1 }));
}
