import { Command } from 'commander';
import { safe } from '../text/safe.js';
import { daemonTarget, print, printJson, withTargets } from './common.js';
import { type DaemonFlags, daemonOf, withDaemonFlags } from './daemon-client.js';

interface Flags extends DaemonFlags {
  readonly selector?: string[];
}

interface Resumed {
  readonly suspensions: readonly string[];
  readonly reclaimed: readonly string[];
}

/** `c1sync resume`: ends suspensions, and has the daemon manage again what people took over or deleted. */
export function resumeCommand(): Command {
  const command = withDaemonFlags(new Command('resume')).description(
    'end a suspension, and manage objects again that people took over or deleted',
  );
  return withTargets(command, "what was suspended, as Kind/name, or '*' for everything").action(resume);
}

async function resume(targets: string[], flags: Flags): Promise<void> {
  const target = daemonTarget(targets, flags.selector);
  const daemon = await daemonOf(flags);
  const answer = await daemon.post<Resumed>('resume', { target });
  if (flags.output === 'json') return printJson(answer);
  const lines = [
    ...answer.suspensions.map((suspended) => `Resumed ${suspended}.`),
    ...answer.reclaimed.map((key) => `${key} is managed again.`),
  ];
  print(lines.map(safe).join('\n'));
}
