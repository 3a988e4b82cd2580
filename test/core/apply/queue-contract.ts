import { afterEach, describe, expect, it } from 'vitest';
import type { JobEnd, WorkQueue } from '../../../src/core/apply/queue.js';
import { until } from '../../support/wait.js';

/** A queue to be tested, with the way to take it down. */
export interface QueueUnderTest {
  readonly queue: WorkQueue;
  stop(): Promise<void>;
}

/** A piece of work that ends when the test says so. */
class Work {
  readonly key: string;
  started = 0;
  signal: AbortSignal | undefined;
  readonly end: Promise<JobEnd>;
  #finish = (): void => {};

  constructor(queue: WorkQueue, key: string, log: string[], priority = 1, label = key) {
    this.key = key;
    this.end = queue.add({
      key,
      priority,
      run: (signal) =>
        new Promise((resolve) => {
          this.started += 1;
          this.signal = signal;
          log.push(label);
          this.#finish = resolve;
        }),
    });
  }

  async runs(): Promise<void> {
    await until(() => this.started > 0, `${this.key} runs`);
  }

  async finish(): Promise<JobEnd> {
    await this.runs();
    this.#finish();
    return this.end;
  }
}

/** The contract of every queue. `make` creates one that works on the given number of keys at once. */
export function queueContract(name: string, make: (concurrency: number) => Promise<QueueUnderTest>): void {
  describe(name, () => {
    let under: QueueUnderTest;
    let queue: WorkQueue;
    let log: string[];
    afterEach(() => under.stop());

    async function begin(concurrency: number): Promise<void> {
      under = await make(concurrency);
      queue = under.queue;
      log = [];
    }
    const work = (key: string, priority?: number, label?: string) =>
      new Work(queue, key, log, priority, label);

    it('runs so many at once, and no more', async () => {
      await begin(2);
      const works = ['a', 'b', 'c'].map((key) => work(key));
      await works[1]?.runs();
      expect(queue.size).toEqual({ waiting: 1, running: 2 });
      expect(works[2]?.started).toBe(0);
      expect(await works[0]?.finish()).toBe('done');
      await works[2]?.runs();
      await works[1]?.finish();
      await works[2]?.finish();
      await queue.onIdle();
      expect(queue.size).toEqual({ waiting: 0, running: 0 });
      expect(log).toEqual(['a', 'b', 'c']);
    });

    it('keeps only the newest waiting job of a key, in the place of the first', async () => {
      await begin(1);
      const busy = work('busy');
      await busy.runs();
      const old = work('a', 1, 'a old');
      const other = work('b');
      const young = work('a', 1, 'a young');
      expect(await old.end).toBe('superseded');
      expect(queue.size.waiting).toBe(2);
      await busy.finish();
      await Promise.race([young.runs(), other.runs()]);
      await (young.started > 0 ? young : other).finish();
      await (young.started > 0 && other.started === 0 ? other : young).finish();
      expect([await young.end, await other.end]).toEqual(['done', 'done']);
      expect(old.started).toBe(0);
      expect(log.toSorted()).toEqual(['a young', 'b', 'busy']);
    });

    it('never runs two of a key at once: the newest runs when the present one ends', async () => {
      await begin(5);
      const first = work('a', 1, 'first');
      await first.runs();
      const second = work('a', 1, 'second');
      const third = work('a', 1, 'third');
      const other = work('b');
      await other.runs();
      expect(await second.end).toBe('superseded');
      expect([third.started, queue.size.waiting]).toEqual([0, 1]);
      await first.finish();
      expect(await third.finish()).toBe('done');
      await other.finish();
      expect(log).toEqual(['first', 'b', 'third']);
    });

    it('is not idle between the jobs of one key', async () => {
      await begin(1);
      const first = work('a');
      await first.runs();
      const second = work('a');
      let idle = false;
      const waiting = queue.onIdle().then(() => {
        idle = true;
      });
      await first.finish();
      await second.runs();
      expect(idle).toBe(false);
      await second.finish();
      await waiting;
    });

    it('runs what is more urgent first, and otherwise what came first', async () => {
      await begin(1);
      const busy = work('busy');
      await busy.runs();
      const works = [
        work('low 1', 1),
        work('low 2', 1),
        work('high 1', 2),
        work('high 2', 2),
        work('lowest', 0),
      ];
      await busy.finish();
      const left = new Set(works);
      while (left.size > 0) {
        const next = await until(() => [...left].find(({ started }) => started > 0), 'the next one runs');
        left.delete(next);
        await next.finish();
      }
      expect(log).toEqual(['busy', 'high 1', 'high 2', 'low 1', 'low 2', 'lowest']);
    });

    it('runs a waiting key with the priority of its newest job', async () => {
      await begin(1);
      const busy = work('busy');
      await busy.runs();
      const old = work('a', 0, 'a old');
      const other = work('b', 1);
      const young = work('a', 2, 'a young');
      await busy.finish();
      await young.finish();
      await other.finish();
      expect(await old.end).toBe('superseded');
      expect(log).toEqual(['busy', 'a young', 'b']);
    });

    it('is idle at once when nothing was added', async () => {
      await begin(1);
      await queue.onIdle();
      expect(queue.size).toEqual({ waiting: 0, running: 0 });
    });

    it('drops waiting jobs when it is closed, and finishes running ones', async () => {
      await begin(1);
      const running = work('a');
      await running.runs();
      const waiting = work('b');
      const next = work('a');
      let closed = false;
      const closing = queue.close().then(() => {
        closed = true;
      });
      expect(await waiting.end).toBe('dropped');
      expect(await next.end).toBe('dropped');
      expect(closed).toBe(false);
      expect(running.signal?.aborted).toBe(false);
      expect(await running.finish()).toBe('done');
      await closing;
      expect([waiting.started, next.started]).toEqual([0, 0]);
      expect(await work('c').end).toBe('dropped');
      expect(log).toEqual(['a']);
    });

    it('aborts what runs once the patience for closing ends', async () => {
      await begin(2);
      const running = work('a');
      await running.runs();
      const patience = new AbortController();
      const closing = queue.close(patience.signal);
      patience.abort(new Error('time is up'));
      await until(() => running.signal?.aborted, 'the abort arrives');
      expect(running.signal?.reason).toEqual(new Error('time is up'));
      await running.finish();
      await closing;
    });

    it('aborts at once when that patience has ended before', async () => {
      await begin(1);
      const running = work('a');
      await running.runs();
      const closing = queue.close(AbortSignal.abort(new Error('too late')));
      await until(() => running.signal?.aborted, 'the abort arrives');
      await running.finish();
      await closing;
    });
  });
}
