import { describe, expect, it } from 'vitest';
import { Backoff } from '../../../src/core/apply/backoff.js';
import { systemRandom } from '../../../src/core/model/random.js';
import { cached } from '../../../src/core/observe/lookup-cache.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const HOUR = 3_600_000;

describe.each([
  ['an hour forward', HOUR],
  ['an hour back', -HOUR],
  ['ten years forward', 10 * 365 * 24 * HOUR],
])('a clock that is stepped %s', (_name, step) => {
  it('neither ends nor prolongs a wait after a failure', async () => {
    const clock = new VirtualClock();
    const backoff = new Backoff(clock, { ...systemRandom, number: () => 1 });
    backoff.failed('App/a', 'h', 'why', true);
    await clock.advance(HOUR / 2);
    clock.step(step);
    expect(backoff.standing('App/a', 'h')?.until).toBe(clock.now() + HOUR / 2);
    await clock.advance(HOUR / 2);
    expect(backoff.standing('App/a', 'h')).toBeUndefined();
  });

  it('neither ends nor prolongs the life of a name that was found', async () => {
    const clock = new VirtualClock();
    let asked = 0;
    const find = async (): Promise<ReadonlyMap<string, readonly unknown[]>> => {
      asked += 1;
      return new Map([['a', ['1']]]);
    };
    const lookup = cached({ name: 'n', noun: 'n', names: async () => new Map(), find }, clock);
    await lookup.find(new Set(['a']));
    clock.step(step);
    await clock.advance(9 * 60_000);
    await lookup.find(new Set(['a']));
    expect(asked).toBe(1);
    await clock.advance(60_000);
    await lookup.find(new Set(['a']));
    expect(asked).toBe(2);
  });
});

it('never keeps a wait from the disk longer than an hour', () => {
  const clock = new VirtualClock();
  const waits = new Map([
    ['App/a', { hash: 'h', failures: 1, until: clock.now() + 1000 * HOUR, reason: 'why' }],
  ]);
  const backoff = new Backoff(clock, systemRandom, { waits, putWait: async () => {} });
  expect(backoff.standing('App/a', 'h')?.until).toBe(clock.now() + HOUR);
});
