import { type Action, action } from './action.js';

const SECOND = 1_000;
const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;

const step = action<{ readonly ms: number }>({
  name: 'somebody sets the clock',
  weight: 2,
  propose(_world, random) {
    const most = random.weighted([
      [4, 90 * SECOND],
      [3, 5 * HOUR],
      [1, 2 * YEAR],
    ] as const);
    return { ms: random.int(-most, most) };
  },
  run: (world, { ms }) => world.wall.step(ms),
});

/** What happens to the clock of the machine. */
export const clockActions: readonly Action[] = [step];
