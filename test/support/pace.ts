import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import type { VirtualClock } from './virtual-clock.js';

/** Turns of the event loop after which work without timers and I/O has ended. */
const TURNS = 10;

/** Virtual time that passes for each real millisecond of work that is under way. */
const STEP_MS = 25;

/** Real time after which a request without an answer counts as abandoned, milliseconds. */
const ABANDONED_MS = 5_000;

/** When the requests of this process that have no answer yet began, real milliseconds. */
const requests = new Map<unknown, number>();
const requestOf = (message: unknown): unknown => (message as { readonly request: unknown }).request;
const begins = (message: unknown): void => {
  requests.set(requestOf(message), performance.now());
};
const ends = (message: unknown): void => {
  requests.delete(requestOf(message));
};
// Those of the program, and those of the tests, which use `fetch`.
subscribe('http.client.request.start', (message) => {
  begins(message);
  (requestOf(message) as ClientRequest).once('close', () => ends(message));
});
subscribe('undici:request:create', begins);
for (const end of ['trailers', 'error']) subscribe(`undici:request:${end}`, ends);

/** Whether an answer may still come. */
function isAsking(): boolean {
  const since = performance.now() - ABANDONED_MS;
  for (const [request, at] of requests) if (at < since) requests.delete(request);
  return requests.size > 0;
}

/** Whether nothing goes on but the waiting for the clock. */
async function isIdle(): Promise<boolean> {
  for (let turn = 0; turn < TURNS; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  const isAtWork = process.getActiveResourcesInfo().some((name) => /Req|Process/.test(name));
  return !isAtWork && !isAsking();
}

/**
 * Lets virtual time pass, unless `isDone`: to the next timer where nothing else goes on, slowly where answers and files
 * are waited for, and no further than `mostMs`.
 */
async function step(clock: VirtualClock, mostMs: number, isDone: () => boolean = () => false): Promise<void> {
  const next = (await isIdle()) ? clock.untilNext() : undefined;
  if (next === undefined) await new Promise((resolve) => setTimeout(resolve, 1));
  if (!isDone()) await clock.advance(Math.min(next ?? STEP_MS, mostMs));
}

/** Lets virtual time pass while real work goes on. Gives what `work` gives. */
export async function whileTimePasses<T>(clock: VirtualClock, work: Promise<T>): Promise<T> {
  let isDone = false;
  const ended = work.finally(() => {
    isDone = true;
  });
  ended.catch(() => {});
  while (!isDone) await step(clock, Number.POSITIVE_INFINITY, () => isDone);
  return ended;
}

/** Lets so much virtual time pass, with the real work that it starts. */
export async function passTime(clock: VirtualClock, ms: number): Promise<void> {
  const until = clock.monotonic() + ms;
  while (clock.monotonic() < until) await step(clock, until - clock.monotonic());
}

/** Lets virtual time pass until the condition holds; fails after `mostMs` of it. */
export async function passUntil(
  clock: VirtualClock,
  isSo: () => boolean | Promise<boolean>,
  mostMs = 180_000,
): Promise<void> {
  const end = clock.monotonic() + mostMs;
  while (!(await isSo())) {
    if (clock.monotonic() > end) throw new Error(`after ${mostMs / 1000} virtual seconds it is not so`);
    await step(clock, 250);
  }
}
