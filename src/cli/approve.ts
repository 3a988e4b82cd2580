import { Command } from 'commander';
import { safe } from '../text/safe.js';
import { print, printJson } from './common.js';
import { type DaemonFlags, daemonOf, withDaemonFlags } from './daemon-client.js';
import { count } from './render/summary.js';

/** `c1sync approve`: lets a group of held changes go once. */
export function approveCommand(): Command {
  return withDaemonFlags(new Command('approve'))
    .description('let a group of held changes go once')
    .argument('<hash>', "hash of the group, as 'c1sync status' shows it; twelve digits are enough")
    .action(approve);
}

async function approve(hash: string, flags: DaemonFlags): Promise<void> {
  const daemon = await daemonOf(flags);
  const answer = await daemon.post<{ keys: readonly string[] }>('approve', { hash });
  if (flags.output === 'json') return printJson(answer);
  print(
    [`Approved ${count(answer.keys.length, 'change')}:`, ...answer.keys.map((key) => `  ${safe(key)}`)].join(
      '\n',
    ),
  );
}
