import { describe, expect, it } from 'vitest';
import { Budget } from '../../src/c1/budget.js';
import { VirtualClock } from '../support/virtual-clock.js';

/** A task that ends on request. */
function held(): { task: () => Promise<void>; end: () => void } {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { task: () => ended, end };
}

function budget(concurrency: number): Budget {
  return new Budget({ clock: new VirtualClock(), requestsPerSecond: 10, concurrency });
}

describe('the budget', () => {
  it('runs no more tasks at once than it has places', async () => {
    const two = budget(2);
    let running = 0;
    let most = 0;
    const task = async (): Promise<void> => {
      running += 1;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => setImmediate(resolve));
      running -= 1;
    };
    await Promise.all(Array.from({ length: 9 }, () => two.run(task, { priority: 0 })));
    expect(most).toBe(2);
  });

  it('runs the higher priority first, and tasks of one priority in order', async () => {
    const one = budget(1);
    const first = held();
    const order: string[] = [];
    const note = (name: string) => async () => {
      order.push(name);
    };
    const all = [
      one.run(first.task, { priority: 0 }),
      one.run(note('read 1'), { priority: 0 }),
      one.run(note('read 2'), { priority: 0 }),
      one.run(note('write'), { priority: 2 }),
    ];
    first.end();
    await Promise.all(all);
    expect(order).toEqual(['write', 'read 1', 'read 2']);
  });

  it('drops a waiting task when its signal aborts, and never runs it', async () => {
    const one = budget(1);
    const first = held();
    const running = one.run(first.task, { priority: 0 });
    const controller = new AbortController();
    let ran = false;
    const waiting = one.run(
      async () => {
        ran = true;
      },
      { priority: 0, signal: controller.signal },
    );
    expect(one.state().queued).toBe(1);
    controller.abort(new Error('no more'));
    await expect(waiting).rejects.toThrow('no more');
    expect(one.state().queued).toBe(0);
    first.end();
    await running;
    expect(ran).toBe(false);
  });

  it('lets a running task end by itself and keeps its place until then', async () => {
    const one = budget(1);
    const first = held();
    const controller = new AbortController();
    const running = one.run(first.task, { priority: 0, signal: controller.signal });
    let second = false;
    const next = one.run(
      async () => {
        second = true;
      },
      { priority: 0 },
    );
    controller.abort(new Error('no more'));
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(second).toBe(false);
    first.end();
    await running;
    await next;
    expect(second).toBe(true);
  });

  it('goes on after a task that fails', async () => {
    const one = budget(1);
    await expect(one.run(() => Promise.reject(new Error('broken')), { priority: 0 })).rejects.toThrow(
      'broken',
    );
    await expect(one.run(async () => 7, { priority: 0 })).resolves.toBe(7);
  });
});
