import type { Session } from '../compose.js';
import type { Result } from '../core/apply/result.js';
import type { Standing } from '../core/model/change.js';
import { delay } from '../core/model/clock.js';
import { TerminalError } from '../core/model/errors.js';
import type { Planned } from '../core/plan/input.js';
import type { Progress } from './render/progress.js';

/** Tries of an object that fails for a reason that may pass. */
const MOST_TRIES = 3;
/** A wait longer than this is left to a later run, milliseconds. */
const LONGEST_WAIT_MS = 30_000;
/** Time between two searches for the object of an unconfirmed create, milliseconds. */
const UNCONFIRMED_POLL_MS = 2_000;

/**
 * Waits until definitions have been absent long enough for pruning to delete their objects: from two loads some time
 * apart, the first of which may be this one. `report` receives the reason for the wait.
 */
export async function awaitAbsence(
  { reconciler, settings, clock }: Session,
  report: (message: string) => void,
): Promise<void> {
  if (!settings.sync.prune) return;
  const first = await reconciler.plan('all');
  // An orphan that is never deleted has no time to requeue at.
  const orphans = first.plan.standings.filter(
    ({ status, requeueAt }) => status === 'Orphaned' && requeueAt !== undefined,
  );
  if (orphans.length === 0) return;
  await reconciler.commitLessons(first);
  const wait = Math.max(...orphans.map(({ requeueAt = 0 }) => requeueAt)) - clock.now();
  if (wait <= 0) return;
  report(
    `Definitions of ${orphans.map(({ key }) => key).join(', ')} are gone; loading them again in ${Math.ceil(wait / 1000)} s to confirm.`,
  );
  await delay(clock, wait);
}

/**
 * Refuses a plan in which a declared secret has no value.
 * @throws TerminalError that names each such secret
 */
export function refuseUnset({ plan, observation }: Planned): void {
  const lines = plan.standings.flatMap(({ key, position }) =>
    (observation.desired.get(key)?.unset ?? []).map(
      (source) => `  ${position?.file}:${position?.line}: ${key}: ${source}`,
    ),
  );
  if (lines.length === 0) return;
  throw new TerminalError(
    `secrets without a value, so nothing was written; set each of them:\n${lines.join('\n')}`,
  );
}

/**
 * Executes a plan, retries changes that failed for a reason that may pass, and waits for the objects of unconfirmed
 * creates. Gives the last result of every change.
 */
export async function converge(
  session: Session,
  planned: Planned,
  progress: Progress,
): Promise<readonly Result[]> {
  const { reconciler, clock } = session;
  const endProgress = showProgress(session, planned, progress);
  const latest = new Map<string, Result>();
  const tries = new Map<string, number>();
  const note = (result: Result): void => {
    latest.set(result.key, result);
    if (result.outcome === 'failed') tries.set(result.key, (tries.get(result.key) ?? 0) + 1);
  };
  try {
    const first = await reconciler.execute(planned, { trigger: 'command', scope: 'all' });
    for (const result of await first.results) note(result);
    for (;;) {
      const again = [...latest.values()].filter((result) => isWorthAnotherTry(session, result, tries));
      if (again.length === 0) return [...latest.values()];
      const due = again.reduce(
        (first, { retryAt = 0 }) => Math.min(first, retryAt),
        Number.POSITIVE_INFINITY,
      );
      await delay(clock, Math.max(0, due - clock.now()));
      const sweep = await reconciler.reconcileOnce({
        trigger: 'command',
        scope: new Set(again.map(({ key }) => key)),
      });
      const results = new Map((await sweep.results).map((result) => [result.key, result]));
      const standings = new Map(sweep.plan.standings.map((standing) => [standing.key, standing]));
      for (const before of again) {
        note(results.get(before.key) ?? without(before, standings.get(before.key), clock.now()));
      }
    }
  } finally {
    endProgress();
  }
}

function isWorthAnotherTry(
  { store, clock }: Session,
  result: Result,
  tries: ReadonlyMap<string, number>,
): boolean {
  if (result.status === 'Settling') return store.intent(result.key) !== undefined;
  if (result.outcome !== 'failed' || result.retryAt === undefined) return false;
  return (tries.get(result.key) ?? 0) < MOST_TRIES && result.retryAt - clock.now() <= LONGEST_WAIT_MS;
}

/** The result of a change that a new plan no longer has. */
function without(before: Result, standing: Standing | undefined, now: number): Result {
  const { status, reason, id } = standing ?? { status: 'Failed' as const, reason: before.reason };
  const { retryAt: _, ...rest } = before;
  const found = { ...rest, status, reason, id: id ?? rest.id };
  if (status === 'Synced') return { ...found, outcome: 'done' };
  if (status === 'Settling') return { ...found, outcome: 'settling', retryAt: now + UNCONFIRMED_POLL_MS };
  return { ...found, outcome: 'failed' };
}

function showProgress({ events }: Session, { plan }: Planned, progress: Progress): () => void {
  const going = [...plan.changes, ...plan.bookkeeping].filter(({ held }) => held === null);
  progress.start(going.length);
  const unsubscribe = events.on('reconciled', ({ kind, name, action }) => {
    if (action !== 'none') progress.tick(`${kind}/${name}`);
  });
  return () => {
    unsubscribe();
    progress.stop();
  };
}
