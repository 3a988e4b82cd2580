import { safe } from '../text/safe.js';
import { daemonTarget } from './common.js';
import { type DaemonFlags, daemonOf } from './daemon-client.js';
import { printResult } from './output.js';

interface Resumed {
  readonly suspensions: readonly string[];
  readonly reclaimed: readonly string[];
}

/** `c1sync resume`: ends suspensions, and reclaims objects that people took over or deleted. */
export async function resume(targets: string[], flags: DaemonFlags): Promise<void> {
  const target = daemonTarget(targets, flags.selector);
  const daemon = await daemonOf(flags);
  const answer = await daemon.post<Resumed>('resume', { target });
  const lines = [
    ...answer.suspensions.map((suspended) => `Resumed ${suspended}.`),
    ...answer.reclaimed.map((key) => `${key} is managed again.`),
  ];
  printResult(flags, answer, () => lines.map(safe).join('\n'));
}
