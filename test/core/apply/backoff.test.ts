import { describe, expect, it } from 'vitest';
import { Backoff } from '../../../src/core/apply/backoff.js';
import { systemRandom } from '../../../src/core/model/random.js';
import { CLOCK_STEPS, VirtualClock } from '../../support/virtual-clock.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('a wait', () => {
  const failing = (failures: number, terminal: boolean) => {
    const clock = new VirtualClock();
    const backoff = new Backoff(clock, { ...systemRandom, number: () => 1 });
    for (let time = 0; time < failures; time += 1) backoff.failed('App/a', 'h1', 'down', terminal);
    return { backoff, clock };
  };

  it.each([
    ['the first failure', 1, false, 'h1', 1_000],
    ['the third failure', 3, false, 'h1', 4_000],
    ['many failures', 20, false, 'h1', 5 * MINUTE],
    ['a refusal', 1, true, 'h1', 60 * MINUTE],
    ['many failures of another attempt', 20, false, 'h2', MINUTE],
    ['a refusal of another attempt', 1, true, 'h2', MINUTE],
    ['the first failure of another attempt', 1, false, 'h2', 1_000],
  ])('after %s lasts as long as it should', async (_, failures, terminal, attempt, ms) => {
    const { backoff, clock } = failing(failures, terminal);
    expect(backoff.standing('App/a', attempt)?.until).toBe(clock.now() + ms);
    await clock.advance(ms - 1);
    expect(backoff.standing('App/a', attempt)).toBeDefined();
    await clock.advance(1);
    expect(backoff.standing('App/a', attempt)).toBeUndefined();
  });

  it('keeps its count when the attempt changes', () => {
    const { backoff } = failing(4, false);
    expect(backoff.failed('App/a', 'h2', 'down', false).failures).toBe(5);
    backoff.succeeded('App/a');
    expect(backoff.failed('App/a', 'h2', 'down', false).failures).toBe(1);
  });

  it.each(CLOCK_STEPS)('neither ends nor grows longer when the clock is stepped %s', async (_, step) => {
    const { backoff, clock } = failing(1, true);
    await clock.advance(HOUR / 2);
    clock.step(step);
    expect(backoff.standing('App/a', 'h1')?.until).toBe(clock.now() + HOUR / 2);
    await clock.advance(HOUR / 2);
    expect(backoff.standing('App/a', 'h1')).toBeUndefined();
  });

  it('from the disk never lasts longer than an hour', () => {
    const clock = new VirtualClock();
    const waits = new Map([
      ['App/a', { hash: 'h', failures: 1, until: clock.now() + 1000 * HOUR, reason: 'why' }],
    ]);
    const backoff = new Backoff(clock, systemRandom, { waits, putWait: async () => {} });
    expect(backoff.standing('App/a', 'h')?.until).toBe(clock.now() + HOUR);
  });
});
