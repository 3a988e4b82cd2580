import type { VirtualClock } from './virtual-clock.js';

/**
 * Lets virtual time pass while real work goes on: a few virtual milliseconds for each turn of the event loop, so that
 * what waits on the clock fires and what waits on sockets and files gets its time. Gives what `work` gives.
 */
export async function whileTimePasses<T>(clock: VirtualClock, work: Promise<T>, stepMs = 25): Promise<T> {
  let done = false;
  const ended = work.finally(() => {
    done = true;
  });
  ended.catch(() => {});
  while (!done) {
    await clock.advance(stepMs);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return ended;
}
