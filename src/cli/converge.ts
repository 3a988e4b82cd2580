import type { Session } from '../compose.js';
import type { Standing } from '../core/change.js';
import { delay } from '../core/clock.js';
import type { Result } from '../core/execute.js';
import type { LoadedPlan } from '../core/reconcile.js';
import { createProgress } from './render/progress.js';

/** Tries of an object that fails for a reason that may pass. */
const MOST_TRIES = 3;
/** A wait longer than this is left to a later run, milliseconds. */
const LONGEST_WAIT_MS = 30_000;
/** Between two looks for a create whose answer was lost, milliseconds. */
const LOST_LOOK_MS = 2_000;

/**
 * Carries out a plan, then tries again what failed for a reason that may pass, and waits for creates whose answer was
 * lost to show themselves. Shows a progress bar where a person looks on. Gives the last result of every change.
 */
export async function converge(session: Session, planned: LoadedPlan): Promise<readonly Result[]> {
  const { reconciler, clock } = session;
  const endProgress = showProgress(session, planned);
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
      const sweep = await reconciler.sweep({
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

/** What became of a change for which a new look found nothing to do. */
function without(before: Result, standing: Standing | undefined, now: number): Result {
  const { status, reason, id } = standing ?? { status: 'Failed' as const, reason: before.reason };
  const { retryAt: _, ...rest } = before;
  const found = { ...rest, status, reason, ...(id === undefined ? {} : { id }) };
  if (status === 'Synced') return { ...found, outcome: 'done' };
  if (status === 'Settling') return { ...found, outcome: 'settling', retryAt: now + LOST_LOOK_MS };
  return { ...found, outcome: 'failed' };
}

function showProgress({ events }: Session, { plan }: LoadedPlan): () => void {
  const progress = createProgress(process.stderr);
  const going = [...plan.changes, ...plan.upkeep].filter(({ held }) => held === null);
  progress.start(going.length);
  const unsubscribe = events.on('reconciled', ({ kind, name, action }) => {
    if (action !== 'none') progress.tick(`${kind}/${name}`);
  });
  return () => {
    unsubscribe();
    progress.stop();
  };
}
