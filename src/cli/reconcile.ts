import { daemonTargets } from './common.js';
import { type DaemonFlags, daemonOf } from './daemon-client.js';
import { printResult } from './output.js';
import { count } from './render/summary.js';

/** `c1sync reconcile`: has the running daemon reconcile now. */
export async function reconcile(targets: string[], flags: DaemonFlags): Promise<void> {
  const daemon = await daemonOf(flags);
  const answer = await daemon.post<{ objects: number | 'all' }>('reconcile', {
    targets: daemonTargets(targets, flags.selector),
  });
  const what = answer.objects === 'all' ? 'everything' : count(answer.objects, 'object');
  printResult(flags, answer, () => `The daemon reconciles ${what}; see the result with: c1sync status`);
}
