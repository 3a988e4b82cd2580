import { describe, expect, it } from 'vitest';
import { mapAtOnce } from '../../../src/core/model/at-once.js';

describe('mapAtOnce', () => {
  it('bounds the concurrency and returns the results in order', async () => {
    let running = 0;
    let most = 0;
    const items = Array.from({ length: 250 }, (_, index) => index);
    const results = await mapAtOnce(items, async (item) => {
      running += 1;
      most = Math.max(most, running);
      for (let turn = 0; turn <= item % 7; turn += 1) await Promise.resolve();
      running -= 1;
      return item * 2;
    });
    expect(results).toEqual(items.map((item) => item * 2));
    expect(most).toBe(100);
  });

  it('begins nothing more after a failure', async () => {
    const begun: number[] = [];
    const work = mapAtOnce(Array.from({ length: 1000 }).keys(), async (item) => {
      begun.push(item);
      await Promise.resolve();
      if (item === 3) throw new Error('no more');
    });
    await expect(work).rejects.toThrow('no more');
    await new Promise((resolve) => setImmediate(resolve));
    expect(begun.length).toBeLessThan(250);
  });
});
