import { Command } from 'commander';
import { argumentsFor } from '../core/guard/hold-cause.js';
import type { SuspensionView } from '../core/status/views.js';
import { safe } from '../text/safe.js';
import { daemonTarget, print, printJson, withTargets } from './common.js';
import { type DaemonFlags, daemonOf, withDaemonFlags } from './daemon-client.js';

interface Flags extends DaemonFlags {
  readonly selector?: string[];
  readonly reason: string;
  readonly for?: string;
}

/** `c1sync suspend`: has the running daemon leave objects alone. */
export function suspendCommand(): Command {
  const command = withDaemonFlags(new Command('suspend')).description(
    'have the running daemon leave objects alone, until they are resumed or for a time',
  );
  return withTargets(command, "one object, as Kind/name, or '*' for everything")
    .requiredOption('--reason <text>', 'why, for whoever wonders')
    .option('--for <time>', 'for how long: 30m, 2h, 1d; until it is resumed if left out')
    .action(suspend);
}

async function suspend(targets: string[], flags: Flags): Promise<void> {
  const target = daemonTarget(targets, flags.selector);
  const daemon = await daemonOf(flags);
  const answer = await daemon.post<SuspensionView>('suspend', {
    target,
    reason: flags.reason,
    ...(flags.for === undefined ? {} : { for: flags.for }),
  });
  if (flags.output === 'json') return printJson(answer);
  const end = answer.until === null ? 'until it is resumed' : `until ${answer.until}, or until it is resumed`;
  print(
    safe(`Suspended ${answer.target} ${end}. Resume it with: c1sync resume ${argumentsFor(answer.target)}`),
  );
}
