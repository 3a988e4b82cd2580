import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, type Mock, vi } from 'vitest';
import { systemClock } from '../../../src/core/model/clock.js';
import { TerminalError } from '../../../src/core/model/errors.js';
import { systemRandom } from '../../../src/core/model/random.js';
import { nodeDisk } from '../../../src/core/state/disk.js';
import { acquireLock, type Lock, LockedError, type LockOptions } from '../../../src/core/state/lock.js';
import { systemProcesses } from '../../../src/core/state/processes.js';
import { type Compiled, compile } from '../../support/compiled.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { until } from '../../support/wait.js';

const processes = systemProcesses();
const self: LockOptions = {
  clock: systemClock,
  disk: nodeDisk,
  random: systemRandom,
  processes,
  command: 'apply',
};
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
async function start(namespace?: string): Promise<{ child: ChildProcess; said: string; lines: string[] }> {
  const child = spawn(
    process.execPath,
    [holder.script, directory, ...(namespace === undefined ? [] : [namespace])],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
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
  it('refuses while another process holds the folder, and names the holder and the remedy', async () => {
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

  it('is free as soon as the other one releases it', async () => {
    const { child, lines } = await start();
    child.stdin?.write('go\n');
    await until(() => lines.includes('released'), 'the child releases it');
    await acquire();
  });

  it('takes over at once from a process that was killed', async () => {
    const { child } = await start();
    await kill(child);
    expect(existsSync(join(directory, 'lock.1'))).toBe(true);
    await acquire({ ...self, clock: new VirtualClock() });
  });

  it('takes over at once from a former life with the same pid', async () => {
    const former = { ...processes.self, started: 'long ago', command: 'run', since: 1 };
    await writeFile(join(directory, 'lock.1'), JSON.stringify(former));
    await acquire({ ...self, clock: new VirtualClock() });
  });

  it('lets only one of many take over', async () => {
    const { child } = await start();
    await kill(child);
    const said = (await Promise.all(Array.from({ length: 6 }, () => start()))).map((one) => one.said);
    expect(said.sort()).toEqual([...Array.from({ length: 5 }, () => 'LockedError'), 'held']);
  });

  it('leaves the lock to a stopped process of its namespace for any time', async () => {
    const { child } = await start();
    child.kill('SIGSTOP');
    const clock = new VirtualClock();
    const waiting = acquire({ ...self, clock, waitMs: 60_000 }).catch((error: unknown) => error);
    await waitOn(clock, waiting);
    expect(await waiting).toBeInstanceOf(LockedError);
  });

  it('refuses a process of another namespace at its first heartbeat', async () => {
    await start('another');
    await expect(acquire()).rejects.toThrow(LockedError);
  });

  it('takes over from a stopped process of another namespace, which learns of it at its next heartbeat', async () => {
    const { child, lines } = await start('another');
    child.kill('SIGSTOP');
    const onWait = vi.fn();
    const clock = new VirtualClock();
    const before = clock.monotonic();
    const waiting = acquire({ ...self, clock, waitMs: 30_000, onWait });
    await waitOn(clock, waiting);
    await waiting;
    expect(clock.monotonic() - before).toBeGreaterThanOrEqual(10_000);
    expect(onWait).toHaveBeenCalledTimes(1);
    child.kill('SIGCONT');
    await until(
      () => lines.some((line) => line.startsWith('lost: another process took')),
      'the child has the message',
    );
    child.stdin?.write('held?\n');
    await until(() => lines.includes('still held: false'), 'the child knows');
  });

  it('waits for a process that releases it', async () => {
    const { child } = await start();
    const waiting = acquire({ ...self, waitMs: 30_000, onWait: () => void child.stdin?.write('go\n') });
    await waiting;
  });

  it('refuses without a name while the holder is unknown, and takes over when it is silent', async () => {
    await writeFile(join(directory, 'lock.1'), '{"pid":');
    const clock = new VirtualClock();
    const refused = acquire({ ...self, clock, waitMs: 1_000 }).catch((error: unknown) => error);
    await waitOn(clock, refused);
    expect(await refused).toBeInstanceOf(LockedError);
    expect(await refused).toMatchObject({
      owner: undefined,
      message: expect.stringContaining('another c1sync'),
    });
    const waiting = acquire({ ...self, clock });
    await waitOn(clock, waiting);
    await waiting;
  });

  it('records its holder and its release', async () => {
    const lock = await acquire();
    expect(JSON.parse(await readFile(join(directory, 'lock.1'), 'utf8'))).toMatchObject({
      ...processes.self,
      command: 'apply',
    });
    await lock.release();
    await lock.release();
    expect(await readFile(join(directory, 'lock.2'), 'utf8')).toBe('{"free":true}\n');
  });

  it('leaves few files behind, however often it is taken', async () => {
    for (let round = 0; round < 12; round += 1) await (await acquire()).release();
    expect((await readdir(directory)).length).toBeLessThanOrEqual(5);
  });

  it('may not be used once its process was stopped for longer than the lease, until it has checked', async () => {
    const clock = new VirtualClock();
    const lock = await acquire({ ...self, clock: { ...systemClock, monotonic: () => clock.monotonic() } });
    expect(lock.stillHeld()).toBe(true);
    clock.step(3_600_000);
    expect(lock.stillHeld()).toBe(true);
    await clock.advance(8_000);
    expect(lock.stillHeld()).toBe(false);
    await lock.renew();
    expect(lock.stillHeld()).toBe(true);
    await lock.release();
    expect(lock.stillHeld()).toBe(false);
    await expect(lock.renew()).rejects.toThrow('it was released');
  });

  it('creates a missing folder, for its user only', async () => {
    directory = join(directory, 'a', 'b');
    await acquire();
    expect(existsSync(directory)).toBe(true);
  });

  it('reports a lost lock, to late listeners too, and then leaves the lock to the one that has it', async () => {
    const clock = new VirtualClock();
    const lock = await acquire({ ...self, clock });
    const early = vi.fn();
    lock.onLost(early);
    await writeFile(join(directory, 'lock.2'), '{"free":true}\n');
    const { said } = await start();
    expect(said).toBe('held');
    await reported(clock, early);
    const late = vi.fn();
    lock.onLost(late);
    await lock.release();
    expect(early).toHaveBeenCalledTimes(1);
    expect(late).toHaveBeenCalledWith(expect.stringMatching(/^another process took the lock in/));
    expect(existsSync(join(directory, 'lock.3'))).toBe(true);
  });

  it.each([
    ['', /^the folder \S+ is gone: put it on a volume that stays/],
    ['lock.1', /^the lock in \S+ was removed by hand: leave that folder to c1sync/],
  ])('reports the loss when "%s" of the folder is removed', async (removed, reason) => {
    const clock = new VirtualClock();
    const lock = await acquire({ ...self, clock });
    const listener = vi.fn();
    lock.onLost(listener);
    await rm(join(directory, removed), { recursive: true });
    await reported(clock, listener);
    expect(listener).toHaveBeenCalledWith(expect.stringMatching(reason));
  });

  it.each([
    ['goes between two steps of a heartbeat', async () => {}],
    ['is created again after that', (folder: string) => mkdir(folder)],
  ])('reports that the folder is gone, also where it %s', async (_, then) => {
    const clock = new VirtualClock();
    let goes = false;
    const disk = {
      ...nodeDisk,
      async list(folder: string) {
        const names = await nodeDisk.list(folder);
        if (goes) {
          goes = false;
          await rm(directory, { recursive: true });
          await then(directory);
        }
        return names;
      },
    };
    const lock = await acquire({ ...self, clock, disk });
    const listener = vi.fn();
    lock.onLost(listener);
    goes = true;
    await reported(clock, listener);
    expect(listener).toHaveBeenCalledWith(expect.stringMatching(/^the folder \S+ is gone/));
  });

  it('leaves the lock to the one that has it, though the loss was not reported yet', async () => {
    const lock = await acquire();
    await writeFile(join(directory, 'lock.2'), '{"free":true}\n');
    const { child } = await start();
    await lock.release();
    expect(JSON.parse(await readFile(join(directory, 'lock.3'), 'utf8'))).toMatchObject({ pid: child.pid });
    expect(existsSync(join(directory, 'lock.4'))).toBe(false);
  });
});

/** Moves a clock on until a heartbeat has reported the loss. */
async function reported(clock: VirtualClock, listener: Mock): Promise<void> {
  await until(async () => {
    if (clock.pending > 0) await clock.advance(500);
    return listener.mock.calls.length > 0;
  }, 'the loss is reported');
}

/** Moves a clock on until something is settled, with the real disk at work in between. */
async function waitOn(clock: VirtualClock, work: Promise<unknown>): Promise<void> {
  let isDone = false;
  const end = (): void => {
    isDone = true;
  };
  work.then(end, end);
  await until(async () => {
    if (clock.pending > 0) await clock.advance(500);
    return isDone;
  }, 'it is settled');
}
