import type { Backoff } from '../core/apply/backoff.js';
import type { WorkQueue } from '../core/apply/queue.js';
import { type Clock, delay } from '../core/model/clock.js';
import type { LoadStart } from '../core/model/definition.js';
import type { LogFollower } from '../core/reconcile/log-follower.js';
import type { Reconciler } from '../core/reconcile/reconcile.js';
import type { RunFollower } from '../core/reconcile/run-follower.js';
import type { Scheduler } from '../core/reconcile/schedule.js';

/** How long writes under way may take to end when the daemon stops, milliseconds. */
export const DRAIN_MS = 20_000;

/** A running part. */
interface Closable {
  close(): Promise<void>;
}

/** The parts of a daemon. */
export interface DaemonParts {
  readonly reconciler: Pick<Reconciler, 'changed'>;
  readonly scheduler: Scheduler;
  /** Follows the system log; missing where the settings switch it off. */
  readonly follower: Pick<LogFollower, 'start' | 'stop'> | undefined;
  /** Awaits the runs that writes have started. */
  readonly runs: Pick<RunFollower, 'stop'>;
  readonly queue: WorkQueue;
  readonly backoff: Backoff;
  readonly clock: Clock;
  /** Starts to watch the definitions; calls `onChange` when they may have changed, with where a load has to start. */
  readonly watch: (onChange: (from: LoadStart) => void) => Promise<Closable>;
  /** The HTTP server; missing in a daemon without one. */
  readonly server?: Closable;
  /** Logs the life of the daemon. */
  readonly log: (message: string, fields?: Record<string, unknown>) => void;
  readonly signals: Signals;
}

/** The signals that a daemon obeys. */
export interface Signals {
  /** Resolves with the first signal to stop. */
  readonly stop: Promise<string>;
  /** Calls `reload` at every signal to reload. */
  onReload(reload: () => void): void;
}

/**
 * Runs until a signal to stop. Triggers a sweep at the start, at every change of a definition and at every reload.
 * On a stop nothing new starts, and writes under way have {@link DRAIN_MS} to end.
 */
export async function runDaemon(parts: DaemonParts): Promise<void> {
  const { reconciler, scheduler, follower, runs, queue, backoff, clock, server, log, signals } = parts;
  const onChange = async (from: LoadStart): Promise<void> => {
    // The next sweep reports a folder that cannot be read, and retries.
    const changed = await reconciler.changed(from).catch(() => 'all' as const);
    if (changed === 'all' || changed.size > 0) scheduler.requestLoaded(changed);
  };
  const watching = await parts.watch((from) => void onChange(from));
  signals.onReload(() => {
    log('reloading');
    backoff.clear();
    scheduler.request('signal', 'all');
  });
  scheduler.request('start', 'all');
  follower?.start();
  const signal = await signals.stop;
  log('stopping', { signal, running: queue.size.running, dropped: queue.size.waiting });
  await watching.close();
  await Promise.all([scheduler.stop(), follower?.stop(), runs.stop(), server?.close(), drain(queue, clock)]);
  log('stopped');
}

async function drain(queue: WorkQueue, clock: Clock): Promise<void> {
  const limit = new AbortController();
  const drained = new AbortController();
  const tooLate = delay(clock, DRAIN_MS, drained.signal).then(
    () => limit.abort(new Error('c1sync is stopping and the call took too long')),
    () => undefined,
  );
  await queue.close(limit.signal);
  drained.abort();
  await tooLate;
}
