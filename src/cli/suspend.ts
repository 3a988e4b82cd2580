import { argumentsFor } from '../core/model/remedy.js';
import type { SuspensionView } from '../core/status/views.js';
import { safe } from '../text/safe.js';
import { daemonTarget } from './common.js';
import { type DaemonFlags, daemonOf } from './daemon-client.js';
import { printResult } from './output.js';

interface Flags extends DaemonFlags {
  readonly reason: string;
  readonly for?: string;
}

/** `c1sync suspend`: suspends objects in the running daemon. */
export async function suspend(targets: string[], flags: Flags): Promise<void> {
  const target = daemonTarget(targets, flags.selector);
  const daemon = await daemonOf(flags);
  const answer = await daemon.post<SuspensionView>('suspend', {
    target,
    reason: flags.reason,
    for: flags.for,
  });
  const end = answer.until === null ? 'until it is resumed' : `until ${answer.until}, or until it is resumed`;
  printResult(flags, answer, () =>
    safe(`Suspended ${answer.target} ${end}. Resume it with: c1sync resume ${argumentsFor(answer.target)}`),
  );
}
