import { daemonTargets } from './common.js';
import { daemonOf } from './daemon-client.js';
import { printError, printResult } from './output.js';
import { count } from './render/summary.js';
import { queryOf } from './status.js';
import { awaitResult, type WaitFlags } from './wait.js';

interface Flags extends WaitFlags {
  readonly wait?: boolean;
}

/** `c1sync reconcile`: has the running daemon reconcile now. */
export async function reconcile(targets: string[], flags: Flags): Promise<void> {
  const daemon = await daemonOf(flags);
  const wanted = daemonTargets(targets, flags.selector);
  const answer = await daemon.post<{ objects: number | 'all'; sweep: number }>('reconcile', {
    targets: wanted,
  });
  const what = answer.objects === 'all' ? 'everything' : count(answer.objects, 'object');
  if (flags.wait !== true) {
    const hint = 'see the result with: c1sync status';
    return printResult(flags, answer, () => `The daemon reconciles ${what}; ${hint}`);
  }
  printError(`The daemon reconciles ${what}.`);
  const query = queryOf(wanted.includes('*') ? [] : targets, flags);
  await awaitResult(daemon, flags, query, ({ sweeps }) => !sweeps.open.includes(answer.sweep));
}
