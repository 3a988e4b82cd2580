import { Command } from 'commander';
import { daemonTargets, print, printJson, withTargets } from './common.js';
import { type DaemonFlags, daemonOf, withDaemonFlags } from './daemon-client.js';
import { count } from './render/summary.js';

interface Flags extends DaemonFlags {
  readonly selector?: string[];
}

/** `c1sync reconcile`: has the running daemon look again now. */
export function reconcileCommand(): Command {
  const command = withDaemonFlags(new Command('reconcile')).description(
    'have the running daemon look again now, without waiting for a retry',
  );
  return withTargets(command, 'objects to look at, as Kind/name; all of them if none is named').action(
    reconcile,
  );
}

async function reconcile(targets: string[], flags: Flags): Promise<void> {
  const daemon = await daemonOf(flags);
  const answer = await daemon.post<{ objects: number | 'all' }>('reconcile', {
    targets: daemonTargets(targets, flags.selector),
  });
  if (flags.output === 'json') return printJson(answer);
  const what = answer.objects === 'all' ? 'everything' : count(answer.objects, 'object');
  print(`The daemon looks at ${what} again; see what comes of it with: c1sync status`);
}
