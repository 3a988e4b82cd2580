import { Command, InvalidArgumentError } from 'commander';
import type { HistoryPage } from '../core/status/history.js';
import { kinds } from '../kinds/index.js';
import { parseTargets } from './args.js';
import { layout, print, printJson } from './common.js';
import { type DaemonFlags, daemonOf, withDaemonFlags } from './daemon-client.js';
import { renderHistory } from './render/history.js';

interface Flags extends DaemonFlags {
  readonly limit: number;
  readonly before?: number;
}

/** `c1sync history`: what was changed, why and by whom, newest first. */
export function historyCommand(): Command {
  return withDaemonFlags(new Command('history'))
    .description('show what was changed, why and by whom, newest first')
    .argument('[object]', 'only what is about this object, as Kind/name')
    .option('--limit <count>', 'entries at most', wholeNumber, 50)
    .option('--before <id>', 'only what is older than this entry', wholeNumber)
    .action(history);
}

async function history(object: string | undefined, flags: Flags): Promise<void> {
  const names = kinds.map(({ name }) => name);
  const [key] = object === undefined ? [] : parseTargets([object], [], names).keys;
  const query = new URLSearchParams({ limit: String(flags.limit) });
  if (key !== undefined) query.set('key', key);
  if (flags.before !== undefined) query.set('before', String(flags.before));
  const daemon = await daemonOf(flags);
  const page = await daemon.get<HistoryPage>(`history?${query}`);
  if (flags.output === 'json') printJson(page);
  else print(renderHistory(page, layout(process.stdout)));
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,15}$/.test(text)) throw new InvalidArgumentError('Must be a whole number above zero.');
  return Number(text);
}
