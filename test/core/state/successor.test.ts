import { expect, it } from 'vitest';
import type { Clock } from '../../../src/core/model/clock.js';
import type { Records } from '../../../src/core/model/record.js';
import type { FileRecordStore } from '../../../src/core/state/file-store.js';
import { openStore } from '../../../src/core/state/record-store.js';
import { MemoryDisk } from '../../support/memory-disk.js';
import { VirtualClock } from '../../support/virtual-clock.js';

/** A process in a container of its own. While it is stopped, no step of it on the disk is taken and no timer runs. */
class Process {
  readonly disk: MemoryDisk;
  readonly #clock: Clock;
  readonly #namespace: string;
  #waiting: (() => void)[] = [];
  #isStopped = false;

  constructor(disk: MemoryDisk, clock: VirtualClock, namespace: string) {
    this.#namespace = namespace;
    this.disk = disk.seenBy(() => new Promise((resolve) => this.#does(resolve)));
    this.#clock = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      after: (ms, run) => clock.after(ms, () => this.#does(run)),
    };
  }

  open(): Promise<FileRecordStore> {
    const self = { boot: 'b', namespace: this.#namespace, pid: 1, started: '1', hostname: 'h' };
    const processes = { self, lives: () => true };
    const [disk, clock] = [this.disk, this.#clock];
    return openStore({
      directory: '/s',
      mode: 'write',
      hashKey: 'k'.repeat(32),
      disk,
      clock,
      processes,
      waitMs: 60_000,
    });
  }

  stop(): void {
    this.#isStopped = true;
  }

  resume(): void {
    this.#isStopped = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const run of waiting) run();
  }

  #does(run: () => void): void {
    if (this.#isStopped) this.#waiting.push(run);
    else run();
  }
}

async function passes(clock: VirtualClock, ms: number): Promise<void> {
  for (let at = 0; at < ms; at += 500) await clock.advance(500);
}

async function reading(disk: MemoryDisk): Promise<Records> {
  const store = await openStore({ directory: '/s', mode: 'read', hashKey: 'k'.repeat(32), disk });
  return store.records();
}

it.each([
  {
    write: 'a line',
    writes: (store: FileRecordStore) => store.putNote('own', 'of the former'),
    successor: 0,
  },
  {
    write: 'a line after those of another process',
    writes: (store: FileRecordStore) => store.putNote('own', 'of the former'),
    successor: 1,
  },
  { write: 'all of them at its end', writes: (store: FileRecordStore) => store.close(), successor: 1 },
])('writes no records after its lock was taken: $write', async ({ writes, successor }) => {
  const [clock, disk] = [new VirtualClock(), new MemoryDisk()];
  const [former, later] = [new Process(disk, clock, 'a'), new Process(disk, clock, 'b')];
  const store = await former.open();
  await store.putNote('common', 'first');
  await store.putNote('common', 'second');
  const write = writes(store);
  former.stop();
  const opening = later.open();
  await passes(clock, 20_000);
  const next = await opening;
  for (let number = 0; number < successor; number += 1) await next.putNote('common', `third ${number}`);
  const expected = next.records().notes;

  former.resume();
  await Promise.allSettled([write]);
  expect((await reading(disk)).notes).toEqual(expected);
  expect(expected.get('own')).toBeUndefined();
});
