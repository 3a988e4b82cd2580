import { afterEach, expect, it } from 'vitest';
import { Freshness } from '../../src/core/apply/freshness.js';
import type { Clock } from '../../src/core/model/clock.js';
import { systemClock } from '../../src/core/model/clock.js';
import { Rig } from '../support/rig.js';

let rig: Rig;
afterEach(() => rig.stop());

it('a look from before the clock was set back is not written from', async () => {
  rig = await Rig.start();
  const look = await rig.plan();
  let shift = 0;
  const clock: Clock = { ...systemClock, now: () => look.observation.at + shift };
  const freshness = new Freshness({ clock, requestsPerSecond: 10, replan: () => rig.plan() });
  expect(freshness.isFresh('App/widgets', look)).toBe(true);
  shift = -3_600_000;
  expect(freshness.isFresh('App/widgets', look)).toBe(false);
});
