import { expect, test } from 'vitest';
import { SignalHub } from '../../src/daemon/signals.js';
import { supervise } from '../../src/daemon/supervise.js';
import { VirtualClock } from '../support/virtual-clock.js';

/** A supervised part that fails until told otherwise, on a clock of its own. */
function failing() {
  const clock = new VirtualClock();
  const stopping = new AbortController();
  const waits: number[] = [];
  let runs = 0;
  let isFailing = true;
  const end = supervise({
    run: async () => {
      runs += 1;
      if (isFailing) throw new Error('not yet');
    },
    onFailure: (_, nextTry) => waits.push(nextTry - clock.now()),
    clock,
    random: { number: () => 1, bytes: () => Buffer.alloc(0) },
    signal: stopping.signal,
  });
  return { clock, stopping, waits, end, runs: () => runs, repair: () => (isFailing = false) };
}

test('a part that fails is started again, later each time, until it runs', async () => {
  const { clock, waits, end, runs, repair } = failing();
  for (const ms of [5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]) {
    await clock.advance(0);
    expect(waits.at(-1)).toBe(ms);
    if (waits.length === 8) repair();
    await clock.advance(ms);
  }
  await end;
  expect(runs()).toBe(9);
});

test('a stop ends the wait', async () => {
  const { clock, stopping, end, runs } = failing();
  await clock.advance(0);
  stopping.abort(new Error('SIGTERM'));
  await end;
  expect(runs()).toBe(1);
});

test('parts that come and go get the signals of the process while they are there', async () => {
  let stop: (signal: string) => void = () => undefined;
  let reload = (): void => undefined;
  const hub = new SignalHub({
    stop: new Promise((resolve) => (stop = resolve)),
    onReload: (given) => (reload = given),
  });
  const [one, other] = [hub.branch(), hub.branch()];
  const reloads: string[] = [];
  one.onReload(() => reloads.push('one'));
  other.onReload(() => reloads.push('other'));
  reload();
  other.release();
  reload();
  expect(reloads).toEqual(['one', 'other', 'one']);
  const third = hub.branch();
  third.end('lock lost');
  expect(await third.stop).toBe('lock lost');
  stop('SIGTERM');
  expect(await one.stop).toBe('SIGTERM');
  expect(await hub.branch().stop).toBe('SIGTERM');
});
