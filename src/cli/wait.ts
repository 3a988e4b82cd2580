import { TerminalError } from '../core/model/errors.js';
import { type Phase, phaseOf } from '../core/model/phase.js';
import type { DaemonView, ObjectRow, RevisionView } from '../core/status/views.js';
import { shortRevision } from '../text/people.js';
import { type DaemonClient, type DaemonFlags, daemonOf } from './daemon-client.js';
import { layout, printError, printResult } from './output.js';
import { renderOutcome } from './render/outcome.js';
import { allObjects, queryOf } from './status.js';

/** The flags of a command that waits for a result. */
export interface WaitFlags extends DaemonFlags {
  readonly timeout: { readonly ms: number; readonly text: string };
  readonly failOnHeld?: boolean;
}

/** The phases in which an object ends without an error. */
const PASSING: readonly Phase[] = ['in-sync', 'waiting', 'set-aside'];

/** `c1sync wait`: waits until a daemon has reconciled a revision. */
export async function wait(flags: WaitFlags & { readonly revision: string }): Promise<void> {
  const daemon = await daemonOf(flags);
  // Sweeps that are open when the revision is taken up bring its changes.
  let owed: readonly number[] | undefined;
  const isDone = async ({ sweeps }: DaemonView): Promise<boolean> => {
    const { revision, open } = sweeps;
    if (owed === undefined && revision !== null) {
      const found = await standingIn(daemon, flags.revision, revision);
      // The daemon may be at another revision than in this view by the time of the answer.
      if (found.revision === revision && found.standing !== 'unknown') owed = open;
      if (owed !== undefined && found.standing === 'included')
        printError(
          `note: ${flags.revision} is part of revision ${shortRevision(revision)}, which the daemon is at`,
        );
    }
    return owed?.every((ticket) => !open.includes(ticket)) === true;
  };
  await awaitResult(daemon, flags, queryOf([], {}), isDone);
}

/**
 * The standing of a revision in a daemon that shows `present`.
 * @throws TerminalError where another revision has replaced it
 */
async function standingIn(daemon: DaemonClient, wanted: string, present: string): Promise<RevisionView> {
  if (present.startsWith(wanted)) return { revision: present, standing: 'in force' };
  const found = await daemon.get<RevisionView>(`revision?${new URLSearchParams({ revision: wanted })}`);
  if (found.standing !== 'replaced') return found;
  throw new TerminalError(
    `the daemon was at revision ${wanted} and is at revision ${shortRevision(found.revision ?? '')} now, which may lack its changes: wait for that one`,
  );
}

/**
 * Waits until `isDone` holds and no object of the query is progressing. Prints the result, and sets the exit code: 0 where
 * all are in sync, held ones included unless the flags say otherwise; 1 for any other result and for none in time.
 * @throws TerminalError when the daemon stops
 */
export async function awaitResult(
  daemon: DaemonClient,
  { timeout, failOnHeld, output }: WaitFlags,
  query: URLSearchParams,
  isDone: (view: DaemonView) => boolean | Promise<boolean>,
): Promise<void> {
  const signal = AbortSignal.timeout(timeout.ms);
  let last:
    | { readonly view: DaemonView; readonly rows: readonly ObjectRow[]; readonly isDone: boolean }
    | undefined;
  let isKnown = false;
  for await (const _ of daemon.changes({ signal, heartbeats: true })) {
    // The view comes first: what it says to be done shows in the objects.
    const view = await daemon.get<DaemonView>('status');
    last = { view, rows: await allObjects(daemon, query), isDone: await isDone(view) };
    isKnown = last.isDone && last.rows.every(({ status }) => phaseOf(status) !== 'progressing');
    if (isKnown) break;
  }
  const rows = last?.rows ?? [];
  const failing = failingRows(rows, failOnHeld === true);
  const revision = last?.view.sweeps.revision ?? null;
  const result = isKnown ? (failing.length === 0 ? 'done' : 'failed') : 'timeout';
  process.exitCode = result === 'done' ? 0 : 1;
  printResult(
    { output },
    {
      result,
      revision,
      objects: rows.length,
      notInSync: rows.filter(({ status }) => phaseOf(status) !== 'in-sync'),
    },
    () => renderOutcome(rows, revision, layout(process.stdout)),
  );
  if (!isKnown) printError(`timed out after ${timeout.text}: ${reasonOf(last?.isDone === true, revision)}`);
}

/** The objects that make the exit code 1: those out of sync or still progressing, with `failOnHeld` those waiting for a person, too. */
export function failingRows<Row extends Pick<ObjectRow, 'status'>>(
  rows: readonly Row[],
  failOnHeld: boolean,
): readonly Row[] {
  const passing = PASSING.filter((phase) => !failOnHeld || phase !== 'waiting');
  return rows.filter(({ status }) => !passing.includes(phaseOf(status)));
}

function reasonOf(isDone: boolean, revision: string | null): string {
  if (isDone) return 'some objects are still progressing';
  return `the sweep has not ended; the daemon is at ${revision === null ? 'no revision yet' : `revision ${shortRevision(revision)}`}`;
}
