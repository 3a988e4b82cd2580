import type { Backoff } from '../core/apply/backoff.js';
import type { WorkQueue } from '../core/apply/queue.js';
import { type Clock, delay } from '../core/model/clock.js';
import type { LogFollower } from '../core/reconcile/log-follower.js';
import type { Reconciler } from '../core/reconcile/reconcile.js';
import type { Scheduler } from '../core/reconcile/schedule.js';

/** How long writes under way may take to end when the daemon stops, milliseconds. */
export const DRAIN_MS = 20_000;

/** Works until it is closed. */
interface Watching {
  close(): Promise<void>;
}

/** What a daemon is made of. */
export interface DaemonParts {
  readonly reconciler: Pick<Reconciler, 'changed'>;
  readonly scheduler: Scheduler;
  /** Follows the tenant's log; missing in a daemon that does without. */
  readonly follower: Pick<LogFollower, 'start' | 'stop'> | undefined;
  readonly queue: WorkQueue;
  readonly backoff: Backoff;
  readonly clock: Clock;
  /** Starts to watch the definitions; `onChange` says that something may be other than before. */
  readonly watch: (onChange: () => void) => Promise<Watching>;
  /** Answers over HTTP; missing in a daemon that does not. */
  readonly server?: Watching;
  /** Says what a person running the daemon should know. */
  readonly say: (message: string, fields?: Record<string, unknown>) => void;
  /** Resolves with its name at the first signal to stop; later calls give later signals. */
  readonly signals: Signals;
}

/** The signals that a daemon obeys. */
export interface Signals {
  /** Resolves with the first signal to stop. */
  readonly stop: Promise<string>;
  /** Calls back for every signal to reload. */
  onReload(reload: () => void): void;
}

/**
 * Runs until it is told to stop: looks at the start, at every change of a file and at every interval.
 * When it stops, nothing new is begun, and what is under way may end within {@link DRAIN_MS}.
 */
export async function runDaemon(parts: DaemonParts): Promise<void> {
  const { reconciler, scheduler, follower, queue, backoff, clock, server, say, signals } = parts;
  const onChange = async (): Promise<void> => {
    // A folder that cannot be read is the next sweep's to report; it tries again until it can.
    const changed = await reconciler.changed().catch(() => 'all' as const);
    if (changed === 'all' || changed.size > 0) scheduler.request('file', changed);
  };
  const watching = await parts.watch(() => void onChange());
  signals.onReload(() => {
    say('reloading');
    backoff.clear();
    scheduler.request('signal', 'all');
  });
  scheduler.request('start', 'all');
  follower?.start();
  const signal = await signals.stop;
  say('stopping', { signal, running: queue.size.running, dropped: queue.size.waiting });
  await watching.close();
  await Promise.all([scheduler.stop(), follower?.stop(), server?.close(), drain(queue, clock)]);
  say('stopped');
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
